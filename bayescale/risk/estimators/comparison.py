"""The published estimators of ASR@N and the posterior in one table, group by group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.summary import require_prob
from bayescale.risk.estimators import ESTIMATORS
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import read_budgets
from bayescale.risk.predict.forecast import at
from bayescale.risk.problems import Problems

COLUMNS = ("method", "budget", "value", "lower", "upper", "caveat", "source")


def estimators(self: RiskPosterior, budgets: int | Sequence[int], prob: float = 0.9) -> pd.DataFrame:
    """Compute ASR@N by the posterior and by every published estimator.

    Parameters
    ----------
    budgets : int or sequence of int
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    DataFrame
        One row per group, method and budget, budgets fastest: the group's columns ("method (group)" for one with the
        name of a column of this table), `method` ("posterior_new", "posterior_these" and the keys of
        `bayescale.ESTIMATORS`), `budget`, `value` (the posterior's median), `lower` and `upper` (NaN without an
        interval), `caveat`, `source`. A group without attempts has the posterior only.

    Raises
    ------
    InputError
        For budgets that are not positive whole numbers, and a `prob` that is not between 0 and 1.

    References
    ----------
    See the `source` column.
    """
    require_prob(prob)
    numbers, problems = read_budgets(budgets), self.problems
    forecast = at(self, numbers.tolist(), prob).table
    frames = []
    for group, labels in enumerate(problems.groups):
        of_group = forecast.iloc[group * len(numbers) : (group + 1) * len(numbers)].reset_index(drop=True)
        parts = [
            pd.DataFrame({"method": f"posterior_{name}", "budget": numbers, "caveat": "", "source": ""}).assign(
                value=of_group[f"{name}_median"], lower=of_group[f"{name}_lower"], upper=of_group[f"{name}_upper"]
            )
            for name in ("new", "these")
        ]
        frame = pd.concat([*parts, *_published(problems, group, numbers, prob)], ignore_index=True)[list(COLUMNS)]
        for position, (name, label) in enumerate(zip(problems.group_names, labels, strict=True)):
            frame.insert(position, f"{name} (group)" if name in COLUMNS else name, label)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _published(problems: Problems, group: int, budgets: NDArray[np.int64], prob: float) -> list[pd.DataFrame]:
    tried = problems.tried(group)
    estimates = [
        estimator(problems.attempts[tried], problems.successes[tried], budgets, prob)
        for estimator in (ESTIMATORS.values() if len(tried) else ())
    ]
    return [
        estimate.table.assign(method=estimate.name, budget=budgets, caveat=estimate.caveat, source=estimate.source)
        for estimate in estimates
    ]
