"""ASR@N and pass@k at any budget, of the problems that were measured (`these`) and of new ones of their population.

`these` is the expected share of the measured problems broken within N attempts in total, given the counts: a problem
that is already broken counts. This holds for N at or above the most attempts made at a problem of the group. For N
below, it is the expected share over N fresh attempts at the same problems: the counts do not show which attempts came
first, and where sampling stopped at a success attempts are not exchangeable. `new` is the share of problems drawn from
the population. Both are draws over everything uncertain: the mixing law, its parameters, the error rates of the judge,
and for `these` the rates of the problems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob, summaries, summarise
from bayescale.errors import InputError
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import asr_of_new, asr_of_these, read_budgets
from bayescale.risk.problems import Problems

type Array = NDArray[np.float64]

ESTIMANDS = ("these", "new")
MEASURED = "these_measured"
LEAST_DRAWS = 20  # of a law, for its own forecast


@dataclass(frozen=True, repr=False)
class RiskForecast(Shown):
    """Draws of ASR@N, and their summary.

    Attributes
    ----------
    dataset : Dataset
        `these` and `new`, shares of problems over (chain, draw, group, budget).
    table : DataFrame
        One row per group and budget: the group's columns, `budget`, and `these_*` and `new_*`, each `median`, `lower`
        and `upper`. Where the order of attempts is known for some group, also `these_measured`: the share of problems
        with a success within the first N attempts (measured, exact), NaN in other rows.
    prob : float
        Probability of the intervals.
    groups : DataFrame
        One row per group: its columns.
    """

    dataset: xr.Dataset
    table: pd.DataFrame
    prob: float
    groups: pd.DataFrame = field(repr=False)

    def above(self, threshold: float) -> pd.DataFrame:
        """Compute the probability that ASR@N exceeds a threshold.

        Parameters
        ----------
        threshold : float
            A share of problems, from 0 to 1.

        Returns
        -------
        DataFrame
            One row per group and budget: the group's columns, `budget`, `threshold`, `these_above` and `new_above`.

        Raises
        ------
        InputError
            If the threshold is not a share.
        """
        if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
            raise InputError(f"threshold={threshold!r} must be a share from 0 to 1, such as 0.5")
        exceeds = {f"{name}_above": self.dataset[name].to_numpy()[0] > threshold for name in ESTIMANDS}
        probabilities = {name: values.mean(axis=0).ravel() for name, values in exceeds.items()}
        return self.table[[*self.groups, "budget"]].assign(threshold=threshold, **probabilities)

    @property
    def _page(self) -> Page:
        title = f"{100 * self.prob:.4g} % intervals: these = the measured problems, new = problems of their population"
        return Page(title, self.table)


def at(self: RiskPosterior, budgets: int | Sequence[int], prob: float = 0.9) -> RiskForecast:
    """Forecast ASR@N (pass@k for k = N) of the measured problems and of new ones.

    Parameters
    ----------
    budgets : int or sequence of int
        N, attempts per problem, from 1 to 1e12.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    RiskForecast
        One row per group and budget: median and interval of the share of problems broken.

    Raises
    ------
    InputError
        For budgets that are not positive whole numbers, and a `prob` that is not between 0 and 1.
    """
    require_prob(prob)
    numbers = read_budgets(budgets)
    draws = {"these": asr_of_these(self, numbers), "new": asr_of_new(self, numbers)}
    measured = self.problems.measured(numbers)
    if self.judge is not None or np.isnan(measured).all():  # a judge that errs does not measure true successes
        return risk_forecast(self.problems, draws, numbers, prob)
    return risk_forecast(self.problems, draws, numbers, prob, {MEASURED: measured.ravel()})


def risk_forecast(
    problems: Problems,
    draws: Mapping[str, Array],
    budgets: NDArray[np.int64],
    prob: float,
    columns: Mapping[str, Array] | None = None,
) -> RiskForecast:
    """Summarise draws of ASR@N.

    Parameters
    ----------
    problems : Problems
        Counts and groups.
    draws : mapping of str to ndarray, shape (n_draws, n_groups, n_budgets)
        Shares of problems by estimand.
    budgets : ndarray of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float
        Probability of the intervals.
    columns : mapping of str to ndarray, optional
        More columns of the table.

    Returns
    -------
    RiskForecast
        The draws and their table.
    """
    groups = problems.group_table
    dims = ("chain", "draw", "group", "budget")
    coords = {
        "chain": [0],
        "draw": np.arange(len(next(iter(draws.values())))),
        "group": np.arange(len(groups)),
        "budget": budgets,
        **{f"group_{name}": ("group", groups[name].to_numpy(dtype=str)) for name in groups},
    }
    dataset = xr.Dataset({name: (dims, values[None]) for name, values in draws.items()}, coords)
    table = groups.loc[groups.index.repeat(len(budgets))].reset_index(drop=True)
    table["budget"] = np.tile(budgets, len(groups))
    rows = summaries({name: values.reshape(1, len(values), -1) for name, values in draws.items()}, prob)
    return RiskForecast(dataset, table.assign(**rows, **(columns or {})), prob, groups)


def sensitivity(self: RiskPosterior, budgets: int | Sequence[int], prob: float = 0.9) -> pd.DataFrame:
    """Forecast ASR@N of new problems under each mixing law alone.

    Parameters
    ----------
    budgets : int or sequence of int
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    DataFrame
        One row per group, law and budget: the group's columns, `law`, `weight` (share of the draws), `budget`,
        `new_median`, `new_lower` and `new_upper`, from the draws of this law. Laws with fewer than 20 draws in a group
        are left out.

    Raises
    ------
    InputError
        For budgets that are not positive whole numbers, and a `prob` that is not between 0 and 1.
    """
    require_prob(prob)
    numbers = read_budgets(budgets)
    new, groups = asr_of_new(self, numbers), self.problems.group_table
    rows = []
    for group in range(len(groups)):
        for place, law in enumerate(self.mixing_laws):
            draws = self.law_index[:, group] == place
            if draws.sum() < LEAST_DRAWS:
                continue
            labels = groups.iloc[[group] * len(numbers)].reset_index(drop=True)
            frame = labels.assign(law=law.name, weight=float(draws.mean()), budget=numbers)
            rows.append(frame.assign(**summarise(new[None, draws, group], prob, "new")))
    return pd.concat(rows, ignore_index=True)
