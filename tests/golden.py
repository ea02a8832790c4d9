"""Golden posteriors, which tests read instead of sampling: `make fixtures` writes them.

Those of laws have 4 x 300 draws, every eighth of a longer chain, with bulk and tail ESS of at least 600, so that tests
hold on every processor. Those of risk are drawn by importance sampling. `tests/scaling/test_golden.py` and
`tests/risk/test_golden.py` compare them with fresh posteriors.
"""

import sys
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import bayescale as bs
from bayescale.capability.result import Capability
from bayescale.horizon.result import Horizon
from bayescale.risk.result import Risk
from bayescale.scaling.result import Fit
from tests.capability.simulation import BENCHMARKS, CHANCE, ITEMS, scores_table
from tests.horizon.simulation import RELEASED, agent_trials
from tests.risk.simulation import beta_counts, option_counts, trials, without_rates
from tests.simulation import (
    ERROR_OF_LOSS,
    HOSTILE,
    MATHEMATICAL,
    RUN_EFFECTS,
    hostile_runs,
    learning_curves,
    losses_and_errors,
    simulated_runs,
)

FOLDER = Path(__file__).parent / "fixtures"
DRAWS, CHAINS, THINNING = 300, 4, 8
PLAIN: dict[str, Any] = {"discrepancy": False, "random_seed": 1}
FALSE_POSITIVES = {"false_positive_rate": (2.0, 998.0)}


def plain(sampler: bs.Sampler) -> Fit:
    """The Chinchilla law, two families, no discrepancy."""
    return bs.fit(simulated_runs(), "chinchilla", **PLAIN, sampler=sampler)


def joint(sampler: bs.Sampler) -> Fit:
    """The default fit: the joint law with a discrepancy."""
    return bs.fit(simulated_runs(), random_seed=1, sampler=sampler)


def hostile(sampler: bs.Sampler) -> Fit:
    """Families with names that contain markup, quotes and mathematics."""
    settings = {**PLAIN, "random_seed": 11, "noise": "constant"}
    return bs.fit(bs.read_runs(hostile_runs()), "chinchilla", **settings, sampler=sampler)


def stack(sampler: bs.Sampler) -> Fit:
    """A stack of the law that the runs follow and of a law without their second input."""
    return bs.fit(simulated_runs(n=16), ["chinchilla", "kaplan_params"], noise="constant", **PLAIN, sampler=sampler)


def curves(sampler: bs.Sampler) -> Fit:
    """Learning curves: five runs of several rows, each with an effect of its own."""
    return bs.fit(learning_curves(RUN_EFFECTS), "m2", **PLAIN, sampler=sampler)


def curve(sampler: bs.Sampler) -> Fit:
    """The first half of the learning curve of one run."""
    rows = learning_curves({"only": 0.03}, n=40)
    return bs.fit(rows[rows["examples"] < 3000], "m2", **PLAIN, sampler=sampler)


def link(sampler: bs.Sampler) -> Fit:
    """Errors as a function of losses, the same one for every family."""
    return bs.fit(losses_and_errors(), ERROR_OF_LOSS, noise="constant", **PLAIN, sampler=sampler)


def link_by_family(sampler: bs.Sampler) -> Fit:
    """Errors as a function of losses, at a level of its own for each family."""
    return bs.fit(
        losses_and_errors(), ERROR_OF_LOSS, noise="constant", pooling={"eps": "partial"}, **PLAIN, sampler=sampler
    )


MAKERS: dict[str, Callable[[bs.Sampler], Fit]] = {
    make.__name__: make for make in (plain, joint, hostile, stack, curves, curve, link, link_by_family)
}


def groups() -> Risk:
    """Two groups of trials, averaged over the default mixing laws."""
    table = without_rates(beta_counts({"a": (0.4, 4.0), "b": (0.6, 20.0)}))
    return bs.fit_risk(table, ["model"], random_seed=1)


def unlike_options() -> Risk:
    """Two options whose rates are almost unrelated."""
    return bs.fit_risk(option_counts(4.0)[1], ["temperature"], mixing="logit_normal", draws=300, random_seed=1)


def equal_options() -> Risk:
    """Two options whose rates are the same."""
    return bs.fit_risk(option_counts(0.0)[1], ["temperature"], mixing="logit_normal", draws=300, random_seed=1)


def hostile_groups() -> Risk:
    """Groups and prompts with names that contain markup, quotes and mathematics."""
    return bs.fit_risk(trials({HOSTILE: (0.4, 6.0), MATHEMATICAL: (0.4, 30.0)}), mixing="beta", random_seed=1)


def extreme_groups() -> Risk:
    """One group where nothing was broken, one where every attempt succeeded, one that was hardly tried."""
    table = trials({"none": (0.4, 1e9), "all": (1e9, 0.4)}, prompts=20)
    table["successes"] = np.where(table["model"] == "none", 0, 100)
    table = pd.concat([table, trials({"one": (1.0, 20.0)}, prompts=1)])
    return bs.fit_risk(table, mixing="beta", random_seed=1)


def two_laws() -> Risk:
    """One group, averaged over two mixing laws."""
    return bs.fit_risk(trials({"a": (0.4, 6.0)}), mixing=["beta", "logit_normal"], random_seed=1)


def independent_errors() -> Risk:
    """Verdicts of a judge that errs anew at each attempt."""
    judge = bs.Judge(**FALSE_POSITIVES, errors="independent")
    return bs.fit_risk(trials({"a": (0.4, 30.0)}, prompts=25), mixing="beta", judge=judge, random_seed=1)


def persistent_errors() -> Risk:
    """Verdicts of a judge that errs on some problems always."""
    judge = bs.Judge(**FALSE_POSITIVES, errors="persistent")
    return bs.fit_risk(trials({"a": (0.4, 30.0)}, prompts=25), mixing="beta", judge=judge, random_seed=1)


RISK_MAKERS: dict[str, Callable[[], Risk]] = {
    make.__name__: make
    for make in (
        *(groups, unlike_options, equal_options, hostile_groups, extreme_groups),
        *(two_laws, independent_errors, persistent_errors),
    )
}


def agents() -> Horizon:
    """Time horizons of five agents, one of which never succeeds, with names that contain markup and mathematics."""
    return bs.fit_horizon(agent_trials(), release_dates=RELEASED, draws=4000, random_seed=1)


def models() -> Capability:
    """Capabilities of models in families with markup in their names, with blank scores and unknown compute."""
    table = scores_table()[0]
    table.loc[::3, "code"] = np.nan
    table.loc[[4, 9, 14], "flops"] = np.nan
    return bs.fit_capability(table, BENCHMARKS, chance=CHANCE, items=ITEMS, draws=600, random_seed=1)


CAPABILITY_MAKERS: dict[str, Callable[[], Capability]] = {"models": models}
HORIZON_MAKERS: dict[str, Callable[[], Horizon]] = {"agents": agents}


@cache
def golden_horizon(name: str) -> Horizon:
    """The posterior of time horizons of that name, read from its file."""
    horizon = bs.load(FOLDER / f"{name}.nc")
    assert isinstance(horizon, Horizon)
    return horizon


@cache
def golden_capability(name: str) -> Capability:
    """The posterior of capabilities of that name, read from its file."""
    capability = bs.load(FOLDER / f"{name}.nc")
    assert isinstance(capability, Capability)
    return capability


@cache
def golden(name: str) -> Fit:
    """The posterior of a law or stack of that name, read from its file."""
    fit = bs.load(FOLDER / f"{name}.nc")
    assert isinstance(fit, Fit)
    return fit


@cache
def golden_risk(name: str) -> Risk:
    """The posterior of risk of that name, read from its file."""
    risk = bs.load(FOLDER / f"{name}.nc")
    assert isinstance(risk, Risk)
    return risk


def thinned(tree: xr.DataTree, step: int = THINNING) -> xr.DataTree:
    """Every `step`-th draw of each chain, numbered from 0 as those of results are: xarray aligns by number."""
    nodes = {}
    for node in tree.subtree:
        dataset = node.to_dataset(inherit=False)
        if "draw" in dataset.dims:
            dataset = dataset.isel(draw=slice(None, None, step))
            dataset = dataset.assign_coords(draw=np.arange(dataset.sizes["draw"]))
        nodes[node.path] = dataset
    return xr.DataTree.from_dict(nodes)


def main(names: Collection[str]) -> None:
    """Sample the golden posteriors of these names and write their files."""
    sampler = bs.Sampler(draws=DRAWS * THINNING, chains=CHAINS)
    for name in names:
        posterior: Fit | Risk | Horizon | Capability
        if name in CAPABILITY_MAKERS:
            posterior = Capability(thinned(CAPABILITY_MAKERS[name]().tree, 2).isel(chain=slice(0, CHAINS)))
        elif name in HORIZON_MAKERS:
            posterior = Horizon(thinned(HORIZON_MAKERS[name]().tree))
        else:
            posterior = Fit(thinned(MAKERS[name](sampler).tree)) if name in MAKERS else RISK_MAKERS[name]()
        posterior.save(FOLDER / f"{name}.nc")


if __name__ == "__main__":
    main(sys.argv[1:] or [*MAKERS, *RISK_MAKERS, *HORIZON_MAKERS, *CAPABILITY_MAKERS])
