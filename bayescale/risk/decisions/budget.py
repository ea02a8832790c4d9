"""Attempts per problem at which ASR@N reaches a level."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import median_and_interval, require_prob
from bayescale.errors import InputError
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import MOST_ATTEMPTS, asr_of_new, asr_of_these

type Array = NDArray[np.float64]

_GRID = np.unique(np.round(np.geomspace(1, MOST_ATTEMPTS, 241)).astype(np.int64))


@dataclass(frozen=True, repr=False)
class Budget(Shown):
    """Attempts per problem at which ASR@N reaches a level.

    Attributes
    ----------
    dataset : Dataset
        `these` and `new`, attempts over (chain, draw, group); infinite where the level is never reached.
    table : DataFrame
        One row per group: the group's columns, and `these_*` and `new_*`, each `median`, `lower` and `upper`.
    level : float
        The level, a share of problems.
    prob : float
        Probability of the intervals.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    level: float
    prob: float

    @property
    def _page(self) -> Page:
        title = (
            f"Attempts per problem until {100 * self.level:.4g} % of problems are broken; "
            f"{100 * self.prob:.4g} % intervals"
        )
        return Page(title, self.table)


def budget_for(self: RiskPosterior, level: float, prob: float = 0.9) -> Budget:
    """Compute the attempts per problem at which ASR@N reaches a level, interpolated on log N.

    Parameters
    ----------
    level : float
        A share of problems, strictly between 0 and 1.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    Budget
        The least N, infinite where the level is never reached. For `these`, N below the attempts made counts fresh
        attempts, and N from there on counts attempts in total.

    Raises
    ------
    InputError
        For a level or a `prob` that is not strictly between 0 and 1.
    """
    require_prob(prob)
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise InputError(f"level={level!r} must be a share strictly between 0 and 1, such as 0.5")
    shares = {"these": asr_of_these(self, _GRID), "new": asr_of_new(self, _GRID)}
    budgets = {name: _crossing(values, _GRID, level) for name, values in shares.items()}
    table = self.problems.group_table
    for name, draws in budgets.items():
        median, lower, upper = median_and_interval(draws, prob, "nearest")
        table = table.assign(**{f"{name}_median": median, f"{name}_lower": lower, f"{name}_upper": upper})
    dims = ("chain", "draw", "group")
    dataset = xr.Dataset({name: (dims, draws[None]) for name, draws in budgets.items()})
    return Budget(dataset, table, level, prob)


def _crossing(share: Array, grid: NDArray[np.int64], level: float) -> Array:
    """Where shares (draw, group, grid) first reach the level: (draw, group)."""
    reached = share >= level
    first = np.where(reached.any(axis=2), reached.argmax(axis=2), len(grid))  # `these` may fall at the attempts made
    log_grid = np.log(grid.astype(float))
    after, before = np.clip(first, 0, len(grid) - 1), np.clip(first - 1, 0, len(grid) - 1)
    high = np.take_along_axis(share, after[..., None], 2)[..., 0]
    low = np.take_along_axis(share, before[..., None], 2)[..., 0]
    fraction = np.where(high > low, (level - low) / np.where(high > low, high - low, 1.0), 1.0)
    crossing = np.exp(log_grid[before] + np.clip(fraction, 0, 1) * (log_grid[after] - log_grid[before]))
    return np.where(first == len(grid), np.inf, np.where(first == 0, float(grid[0]), np.ceil(crossing)))
