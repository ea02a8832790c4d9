"""Golden posteriors, which tests read instead of sampling: `make fixtures` writes them.

Each has 4 x 500 draws, every fourth of a longer chain, with bulk and tail ESS of at least 800, so that tests hold on
every processor. `tests/scaling/test_golden.py` compares them with fresh fits.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import bayescale as bs
from bayescale.scaling.result import Fit
from tests.simulation import hostile_runs, simulated_runs

FOLDER = Path(__file__).parent / "fixtures"
THINNING = 4
SAMPLER = bs.Sampler(draws=500 * THINNING, chains=4)


def plain() -> Fit:
    """The Chinchilla law, two families, no discrepancy."""
    return bs.fit(simulated_runs(), "chinchilla", discrepancy=False, random_seed=1, sampler=SAMPLER)


def joint() -> Fit:
    """The default fit: the joint law with a discrepancy."""
    return bs.fit(simulated_runs(), random_seed=1, sampler=SAMPLER)


def hostile() -> Fit:
    """Families with names that contain markup, quotes and mathematics."""
    settings: dict[str, Any] = {"discrepancy": False, "noise": "constant", "random_seed": 11}
    return bs.fit(bs.read_runs(hostile_runs()), "chinchilla", sampler=SAMPLER, **settings)


MAKERS: dict[str, Callable[[], Fit]] = {"plain": plain, "joint": joint, "hostile": hostile}


@cache
def golden(name: str) -> Fit:
    """The posterior of that name, read from its file."""
    fit = bs.load(FOLDER / f"{name}.nc")
    assert isinstance(fit, Fit)
    return renumbered(fit)


def thinned(fit: Fit) -> Fit:
    """Every fourth draw of each chain."""
    tree = fit.tree.isel(draw=slice(None, None, THINNING)).copy(deep=True)
    tree.attrs = dict(fit.tree.attrs)
    return renumbered(Fit(tree))


def renumbered(fit: Fit) -> Fit:
    """The fit with draws numbered from 0, as those of results are: xarray aligns by number."""
    tree = fit.tree.copy(deep=True)
    for group in tree.children.values():
        if "draw" in group.dims:
            group.coords["draw"] = np.arange(group.sizes["draw"])
    return Fit(tree)


def main() -> None:
    """Sample every golden posterior and write its file."""
    for name, make in MAKERS.items():
        thinned(make()).save(FOLDER / f"{name}.nc")


if __name__ == "__main__":
    main()
