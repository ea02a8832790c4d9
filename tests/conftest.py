"""Golden posteriors shared by all tests, and draws made up for designs that are not sampled."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.result import Fit
from tests.golden import golden
from tests.simulation import TRUTH, simulated_runs

__all__ = ["TRUTH", "MadeUp", "simulated_runs"]

type MadeUp = Callable[[Design], Any]

# Examples may take any time: machines are shared, and no test asserts a time.
settings.register_profile("any_time", deadline=None)
settings.load_profile("any_time")


@pytest.fixture(autouse=True)
def _no_stated_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output has no width that a terminal or a test runner states, unless a test states one."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(scope="session")
def plain_fit() -> Fit:
    """The golden posterior of the Chinchilla law: two families, no discrepancy."""
    return golden("plain")


@pytest.fixture(scope="session")
def joint_fit() -> Fit:
    """The golden posterior of the default fit: the joint law with a discrepancy."""
    return golden("joint")


@pytest.fixture(scope="session")
def made_up() -> MadeUp:
    """Draws of a design's variables that no sampler made: near the priors' centre, for what needs no posterior."""
    return _made_up


def _made_up(design: Design) -> Any:
    from bayescale.scaling.model.priors import coordinate_names, prior_of
    from bayescale.scaling.sampling.diagnostics import Diagnosis
    from bayescale.scaling.sampling.nuts import STATS
    from bayescale.scaling.sampling.sampler import Draws

    layout, rng, shape = design.layout, np.random.default_rng(3), (2, 30)

    def around(names: tuple[str, ...], *more: int) -> Any:
        centre = np.array([prior_of(design.spec, name).location for name in names]).reshape(-1, *(1 for _ in more))
        return centre + 0.1 * rng.standard_normal((*shape, len(names), *more))

    families = layout.n_families
    values = {
        "population": around(layout.population),
        "log_spread": np.log(0.2) + 0.1 * rng.standard_normal((*shape, len(layout.pooled))),
        "member": around(layout.members, families),
        "free": around(layout.sampled_free, families),
        "level": np.log(np.abs(design.min_loss) * 1.5) + 0.01 * rng.standard_normal((*shape, families)),
        "noise": np.log(0.02) + 0.1 * rng.standard_normal((*shape, len(layout.noise_names))),
        "noise_scale": 0.5 * rng.standard_normal((*shape, int(layout.family_noise), families)),
        "log_discrepancy": np.log(0.02) + 0.1 * rng.standard_normal(shape),
        "weight": 0.02 * rng.standard_normal((*shape, layout.n_basis)),
    }
    assert set(coordinate_names(layout.law)) >= {*layout.members, *layout.sampled_free}
    stats = {name: np.zeros(shape, dtype=bool if name == "diverging" else float) for name in STATS}
    stats["energy"] = rng.standard_normal(shape)
    return Draws(values, stats, Diagnosis(1.0, 60.0, 60.0, 0, 1.0), "made up")


@pytest.fixture(scope="session")
def mixture_laws() -> FittedLaws:
    """Approximate draws of two losses of mixtures."""
    from tests.mixtures import made_mixtures

    return made_mixtures()
