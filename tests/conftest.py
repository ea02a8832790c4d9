"""Simulated runs, two small fits shared by every test, and draws made up for designs that nothing samples."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.scaling.fit import fit
from bayescale.scaling.model.design import Design
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.registry import law

type MadeUp = Callable[[Design], Any]

TRUTH = {
    "a": {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 420.0, "beta": 0.28},
    "b": {"E": 1.8, "A": 300.0, "alpha": 0.32, "B": 500.0, "beta": 0.29},
}


def simulated_runs(
    truth: Mapping[str, Mapping[str, float]] = TRUTH, n: int = 25, noise: float = 0.005, seed: int = 1
) -> pd.DataFrame:
    """`n` runs a family of the Chinchilla law, sizes and data spread over two decades, normal noise on log loss."""
    rng = np.random.default_rng(seed)
    tables = []
    for family, parameters in truth.items():
        inputs = {
            "n_params": np.exp(rng.uniform(np.log(1e7), np.log(1e9), n)),
            "n_tokens": np.exp(rng.uniform(np.log(3e8), np.log(3e10), n)),
        }
        loss = law("chinchilla").predict(inputs, parameters) * np.exp(noise * rng.standard_normal(n))
        runs = [f"{family}{i}" for i in range(n)]
        tables.append(pd.DataFrame({"family": family, "run": runs, **inputs, "loss": loss}))
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="session")
def plain_fit() -> Fit:
    """The Chinchilla law, two families, no discrepancy."""
    return fit(simulated_runs(), law="chinchilla", discrepancy=False, random_seed=1)


@pytest.fixture(scope="session")
def joint_fit() -> Fit:
    """What `fit` does unless told otherwise: the joint law with a discrepancy."""
    return fit(simulated_runs(), random_seed=1)


@pytest.fixture
def made_up() -> MadeUp:
    """Draws of a design's variables that no sampler made: near the priors' centre, for what needs no posterior."""
    return _made_up


def _made_up(design: Design) -> Any:
    from bayescale.core.diagnostics import Diagnosis
    from bayescale.scaling.model.priors import coordinate_names, prior_of
    from bayescale.scaling.sampling.nuts import STATS
    from bayescale.scaling.sampling.sampler import Draws

    layout, rng, shape = design.layout, np.random.default_rng(3), (2, 30)

    def around(names: tuple[str, ...], *more: int) -> Any:
        centre = np.array([prior_of(layout.law, name).location for name in names]).reshape(-1, *(1 for _ in more))
        return centre + 0.1 * rng.standard_normal((*shape, len(names), *more))

    families = layout.n_families
    values = {
        "population": around(layout.population),
        "log_spread": np.log(0.2) + 0.1 * rng.standard_normal((*shape, len(layout.pooled))),
        "member": around(layout.members, families),
        "free": around(layout.sampled_free, families),
        "level": np.log(np.abs(design.min_loss) * 1.5) + 0.01 * rng.standard_normal((*shape, families)),
        "noise": np.log(0.02) + 0.1 * rng.standard_normal((*shape, len(layout.noise_names))),
        "log_discrepancy": np.log(0.02) + 0.1 * rng.standard_normal(shape),
        "weight": 0.02 * rng.standard_normal((*shape, layout.n_basis)),
    }
    assert set(coordinate_names(layout.law)) >= {*layout.members, *layout.sampled_free}
    stats = {name: np.zeros(shape, dtype=bool if name == "diverging" else float) for name in STATS}
    stats["energy"] = rng.standard_normal(shape)
    return Draws(values, stats, Diagnosis(1.0, 1000.0, 1000.0, 0, 1.0), "made up")
