"""The worst of many new prompts, and the prompts broken by many users."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.summary import median_and_interval, require_prob
from bayescale.errors import InputError
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import asr_of_new

type Array = NDArray[np.float64]


def worst_of(self: RiskPosterior, prompts: int, attempts: int, prob: float = 0.9) -> pd.DataFrame:
    """Compute the probability that at least one of several new prompts is broken.

    Parameters
    ----------
    prompts : int
        Number of new prompts.
    attempts : int
        Attempts at each.
    prob : float, default 0.9
        Probability of the interval.

    Returns
    -------
    DataFrame
        One row per group: the group's columns, `median`, `lower`, `upper` over the posterior, `expected` (the
        predictive probability, for decisions), `prompts` and `attempts`.

    Raises
    ------
    InputError
        For numbers that are not whole and positive, and a `prob` that is not between 0 and 1.
    """
    require_prob(prob)
    _require_whole("prompts", prompts)
    _require_whole("attempts", attempts)
    share = asr_of_new(self, np.array([attempts]))[..., 0]
    with np.errstate(divide="ignore"):
        probability = -np.expm1(prompts * np.log1p(-np.minimum(share, 1 - 1e-16)))
    return _summary(self, probability, prob).assign(prompts=prompts, attempts=attempts)


def fleet(self: RiskPosterior, users: int, attempts: int, prob: float = 0.9) -> pd.DataFrame:
    """Compute how many prompts are broken when each of many users tries a new one.

    Parameters
    ----------
    users : int
        Number of users, each with one new prompt.
    attempts : int
        Attempts of each user.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    DataFrame
        One row per group: the group's columns, expected number of broken prompts (`median`, `lower`, `upper` over the
        posterior, and `expected`), `users`, `attempts`, and the probability that any prompt is broken (`any_median`,
        `any_lower`, `any_upper`, `any_expected`).

    Raises
    ------
    InputError
        For numbers that are not whole and positive, and a `prob` that is not between 0 and 1.
    """
    _require_whole("users", users)
    any_broken = worst_of(self, users, attempts, prob)
    number = users * asr_of_new(self, np.array([attempts]))[..., 0]
    table = _summary(self, number, prob).assign(users=users, attempts=attempts)
    names = ("median", "lower", "upper", "expected")
    return table.assign(**{f"any_{name}": any_broken[name].to_numpy() for name in names})


def _summary(posterior: RiskPosterior, draws: Array, prob: float) -> pd.DataFrame:
    """Median, interval and mean of draws (draw, group)."""
    median, lower, upper = median_and_interval(draws, prob)
    groups = posterior.problems.group_table
    return groups.assign(median=median, lower=lower, upper=upper, expected=draws.mean(axis=0))


def _require_whole(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise InputError(f"{name}={value!r} must be a whole number, 1 or more")
