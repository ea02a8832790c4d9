"""Weights of laws in a stack: a posterior of weights, from the log score of held-out larger runs.

The likelihood is that of stacking of predictive distributions (Yao et al. 2018, arXiv 1704.02030), and the weight is
its posterior mean (Yao et al. 2022, arXiv 2101.08954). The weights of largest likelihood are overconfident: of two laws
that eight runs hardly distinguish, they give one all of the weight. Under a uniform prior the posterior mean stays near
equal weights until larger runs distinguish the laws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from bayescale.core.display import Page, Shown
from bayescale.errors import InputError

type Array = NDArray[np.float64]

DRAWS = 4000  # from each half of the proposal
STEPS = 200


@dataclass(frozen=True, repr=False)
class Stack(Shown):
    """Weights of laws.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per law: `weight` (posterior mean), `lower` and `upper` (its 90 % interval), and `log_score`, the
        mean log score per run of the law by itself.
    runs : int
        Number of held-out runs that the weights rest on.
    """

    table: pd.DataFrame
    runs: int

    @property
    def _page(self) -> Page:
        return Page(f"Weights of laws in a stack, from {self.runs} held-out runs; 90 % intervals", self.table)


def stack(points: pd.DataFrame, random_seed: int = 0) -> Stack:
    """Compute stacking weights from the points of a backtest. Rows of one run, over all cuts, count as one.

    Parameters
    ----------
    points : pandas.DataFrame
        One row per law, cut and test row, with its `log_score`.
    random_seed : int, default 0
        Seed of the draws of the posterior.

    Returns
    -------
    Stack
        Weight of each law.

    Raises
    ------
    InputError
        If the laws were not all scored on the same rows, or there is a single run.

    References
    ----------
    Yao et al. (2018), arXiv:1704.02030. Yao et al. (2022), arXiv:2101.08954.
    """
    wide = points.pivot_table("log_score", ["family", "run", "cut", "row"], "law", sort=False)
    if wide.isna().any().any():
        raise InputError("stacking needs every law scored on the same rows")
    runs = wide.groupby(["family", "run"], sort=False).ngroup().to_numpy()
    share = 1 / np.bincount(runs)[runs]  # a run with many rows counts once
    count = int(runs.max()) + 1
    if count < 2:
        raise InputError("stacking needs at least two held-out runs: one run does not determine weights")
    density = np.exp(wide.to_numpy() - wide.to_numpy().max(axis=1, keepdims=True))
    draws, importance = _posterior(density, share, np.random.default_rng(random_seed))
    weight = importance @ draws
    low, high = ([_quantile(weights, importance, level) for weights in draws.T] for level in (0.05, 0.95))
    log_score = np.array([np.sum(share * wide[law].to_numpy()) / count for law in wide])
    names = [str(name) for name in wide.columns]
    table = pd.DataFrame({"law": names, "weight": weight, "lower": low, "upper": high, "log_score": log_score})
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
    log_proposal = np.logaddexp(_log_dirichlet(draws, flat), _log_dirichlet(draws, near))
    log_likelihood = np.log(draws @ density.T) @ share
    importance = np.exp(log_likelihood - log_proposal - (log_likelihood - log_proposal).max())
    return draws, importance / importance.sum()


def _log_dirichlet(weights: Array, concentration: Array) -> Array:
    """Log density of weights (draw, law) under a Dirichlet distribution (draw,)."""
    constant = float(gammaln(concentration.sum()) - gammaln(concentration).sum())
    return constant + np.log(weights) @ (concentration - 1)


def _mode(density: Array, share: Array) -> Array:
    """Weights of the largest likelihood, by expectation–maximisation of a mixture with known components."""
    weight = np.full(density.shape[1], 1 / density.shape[1])
    for _ in range(STEPS):
        weight = np.asarray(share @ (density * weight / (density @ weight)[:, None]) / share.sum())
    return weight


def _quantile(values: Array, importance: Array, level: float) -> float:
    order = np.argsort(values)
    place = int(np.searchsorted(np.cumsum(importance[order]), level))
    return float(values[order[min(place, len(values) - 1)]])


def equal_weights(names: Sequence[str]) -> Stack:
    """Return equal weights, which rest on no runs.

    Parameters
    ----------
    names : sequence of str
        Names of the laws.

    Returns
    -------
    Stack
        Equal weights without intervals.
    """
    share = 1 / len(names)
    rows = [{"law": name, "weight": share, "lower": np.nan, "upper": np.nan, "log_score": np.nan} for name in names]
    return Stack(pd.DataFrame(rows), 0)
