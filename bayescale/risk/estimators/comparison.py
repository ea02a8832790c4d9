"""The published estimators of ASR@N beside the posterior, group by group, from the counts of a risk posterior."""

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.risk.estimators import ESTIMATORS
from bayescale.risk.posterior import Problems, problems_of
from bayescale.risk.predict import at

COLUMNS = ("method", "budget", "value", "lower", "upper", "caveat", "source")


def beside(tree: xr.DataTree, budgets: NDArray[np.int64], prob: float) -> pd.DataFrame:
    """Compute ASR@N of every group by the posterior (`new`, `these`) and by every published estimator.

    Parameters
    ----------
    tree : DataTree
        A risk posterior.
    budgets : ndarray of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float
        Probability of intervals.

    Returns
    -------
    DataFrame
        One row per group, method and budget, budgets fastest: the group's columns ("method (group)" for one called
        like a column here), `method`, `budget`, `value` (the posterior's median), `lower` and `upper` (NaN without an
        interval), `caveat`, `source`. A group that was not tried has the posterior alone.

    References
    ----------
    See the `source` column.
    """
    problems, forecast = problems_of(tree), at(tree, budgets.tolist(), prob).table
    frames = []
    for group, labels in enumerate(problems.groups):
        own = forecast.iloc[group * len(budgets) : (group + 1) * len(budgets)].reset_index(drop=True)
        parts = [
            pd.DataFrame({"method": f"posterior_{name}", "budget": budgets, "caveat": "", "source": ""}).assign(
                value=own[f"{name}_median"], lower=own[f"{name}_lower"], upper=own[f"{name}_upper"]
            )
            for name in ("new", "these")
        ]
        frame = pd.concat([*parts, *_published(problems, group, budgets, prob)], ignore_index=True)[list(COLUMNS)]
        for place, (name, label) in enumerate(zip(problems.group_names, labels, strict=True)):
            frame.insert(place, f"{name} (group)" if name in COLUMNS else name, label)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _published(problems: Problems, group: int, budgets: NDArray[np.int64], prob: float) -> list[pd.DataFrame]:
    tried = np.flatnonzero((problems.group == group) & (problems.attempts > 0))
    estimates = [
        estimator(problems.attempts[tried], problems.successes[tried], budgets, prob)
        for estimator in (ESTIMATORS.values() if len(tried) else ())
    ]
    return [
        estimate.table.assign(method=estimate.name, budget=budgets, caveat=estimate.caveat, source=estimate.source)
        for estimate in estimates
    ]
