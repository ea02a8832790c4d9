"""How much of each law: weights by the log score of held-out larger runs (stacking of predictive distributions, Yao et
al. 2018, arXiv 1704.02030), as a posterior (Yao et al. 2022, arXiv 2101.08954).

The best weights alone are too sure: of two laws that eight runs hardly tell apart, they take one whole. Under a uniform
prior over weights the posterior mean stays near equal until larger runs say otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import dirichlet

from bayescale.core.display import Page, Shown
from bayescale.errors import InputError

type Array = NDArray[np.float64]

DRAWS = 4000  # from each half of the proposal
STEPS = 200


@dataclass(frozen=True, repr=False)
class Stack(Shown):
    """`table` has one row per law: `weight` (posterior mean), its 90 % interval, and the log score of the law by itself
    per run. `runs` is how many independent runs the weights rest on."""

    table: pd.DataFrame
    runs: int

    @property
    def _page(self) -> Page:
        return Page(f"Weights of laws in a stack, from {self.runs} held-out runs; 90 % intervals", self.table)


def stack(points: pd.DataFrame, random_seed: int = 0) -> Stack:
    """Stacking weights from a backtest's points. Rows of one run, over all cuts, count as one.

    Raises InputError where the laws were not all scored on the same rows, or there is a single run.
    """
    wide = points.pivot_table("log_score", ["family", "run", "cut", "row"], "law", sort=False)
    if wide.isna().any().any():
        raise InputError("stacking needs every law scored on the same rows")
    runs = wide.groupby(["family", "run"], sort=False).ngroup().to_numpy()
    share = 1 / np.bincount(runs)[runs]  # a run with many rows speaks once
    count = int(runs.max()) + 1
    if count < 2:
        raise InputError("stacking needs at least two held-out runs: with one, weights would be that run's accident")
    density = np.exp(wide.to_numpy() - wide.to_numpy().max(axis=1, keepdims=True))
    draws, importance = _posterior(density, share, np.random.default_rng(random_seed))
    weight = importance @ draws
    low, high = ([_quantile(own, importance, level) for own in draws.T] for level in (0.05, 0.95))
    alone = np.array([np.sum(share * wide[law].to_numpy()) / count for law in wide])
    names = [str(name) for name in wide.columns]
    table = pd.DataFrame({"law": names, "weight": weight, "lower": low, "upper": high, "log_score": alone})
    order = points["law"].drop_duplicates().tolist()
    return Stack(table.set_index("law").loc[order].reset_index(), count)


def _posterior(density: Array, share: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draws of the weights (draw, law) and their importance: half proposed from the prior, half near the mode."""
    laws = density.shape[1]
    if laws == 1:
        return np.ones((1, 1)), np.ones(1)
    flat, near = np.ones(laws), 1 + share.sum() * _mode(density, share)
    draws = np.concatenate([rng.dirichlet(flat, DRAWS), rng.dirichlet(near, DRAWS)])
    draws = np.maximum(draws, 1e-12)
    draws /= draws.sum(axis=1, keepdims=True)
    log_proposal = np.logaddexp(dirichlet.logpdf(draws.T, flat), dirichlet.logpdf(draws.T, near))
    log_likelihood = np.log(draws @ density.T) @ share
    importance = np.exp(log_likelihood - log_proposal - (log_likelihood - log_proposal).max())
    return draws, importance / importance.sum()


def _mode(density: Array, share: Array) -> Array:
    """Weights of the largest likelihood, by expectation–maximisation of a mixture whose parts are known."""
    weight = np.full(density.shape[1], 1 / density.shape[1])
    for _ in range(STEPS):
        weight = np.asarray(share @ (density * weight / (density @ weight)[:, None]) / share.sum())
    return weight


def _quantile(values: Array, importance: Array, level: float) -> float:
    order = np.argsort(values)
    place = int(np.searchsorted(np.cumsum(importance[order]), level))
    return float(values[order[min(place, len(values) - 1)]])


def equal(names: Sequence[str]) -> Stack:
    """Equal weights, resting on no runs."""
    share = 1 / len(names)
    rows = [{"law": name, "weight": share, "lower": np.nan, "upper": np.nan, "log_score": np.nan} for name in names]
    return Stack(pd.DataFrame(rows), 0)
