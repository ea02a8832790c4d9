"""The design of a table of runs: how its inputs were chosen, and what that allows a law to tell apart."""

import numpy as np
import pandas as pd

from bayescale.core.text import count
from bayescale.data.columns import as_numbers
from bayescale.data.quantities import KNOWN, SIZES

ISOFLOP_SIZES = 3  # sizes at one compute, at least
TOLERANCE = 0.05  # relative difference of compute that counts as one budget
CROSSED = 0.6  # share of the cells of size and data that a grid has, at least
RATIO_SPREAD = 0.02  # standard deviation of the logarithm of a ratio that counts as constant


def design_of(table: pd.DataFrame, response: str) -> tuple[str, list[str]]:
    """Return the design of a table and its limits.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Validated rows of runs.
    response : str
        Name of the measured column.

    Returns
    -------
    design : str
        A sentence part, such as "curves: 12 runs of 25 to 30 checkpoints".
    limits : list of str
        What the design does not allow, one sentence each.
    """
    used = table[as_numbers(table[response])[0] > -np.inf] if response in table else table
    inputs = [name for name in KNOWN if name in used and name != response]
    size = next((name for name in SIZES if name in used), "")
    limits = _limits(used, inputs)
    per_run = used.groupby(["family", "run"], sort=False).size()
    if (per_run > 1).sum() > len(per_run) / 2:
        least, most = int(per_run.min()), int(per_run.max())
        rows = f"{most}" if least == most else f"{least} to {most}"
        return f"curves: {count(len(per_run), 'run')} of {rows} checkpoints", limits
    if size and "n_tokens" in used:
        points = used[[size, "n_tokens"]].dropna()
        budgets = _budgets(points, used, size)
        if budgets:
            return f"isoFLOP: {budgets} compute budgets, each with several sizes", limits
        levels = [len(np.unique(np.round(np.log(points[name]), 2))) for name in (size, "n_tokens")]
        cells = len(points.map(lambda value: round(float(np.log(value)), 2)).drop_duplicates())
        if min(levels) >= ISOFLOP_SIZES and cells >= CROSSED * levels[0] * levels[1]:
            return f"a grid: {levels[0]} sizes, {levels[1]} amounts of data, {cells} of their combinations", limits
    return f"single runs: {count(len(per_run), 'run')}, each measured once", limits


def _budgets(points: pd.DataFrame, used: pd.DataFrame, size: str) -> int:
    """The number of compute budgets with several sizes, where most rows belong to one; else 0."""
    compute = 6 * points[size] * points["n_tokens"]
    if "flops" in used and used.loc[points.index, "flops"].notna().all():
        compute = used.loc[points.index, "flops"]
    order = np.argsort(compute.to_numpy())
    logs = np.log(compute.to_numpy()[order])
    groups = np.cumsum(np.diff(logs, prepend=logs[:1]) > TOLERANCE)
    sizes = pd.Series(points[size].to_numpy()[order]).groupby(groups).nunique()
    rows = pd.Series(groups).value_counts().reindex(sizes.index)
    whole = sizes >= ISOFLOP_SIZES
    return int(whole.sum()) if whole.sum() > 1 and rows[whole].sum() > 0.7 * len(points) else 0


def _limits(used: pd.DataFrame, inputs: list[str]) -> list[str]:
    limits = []
    constant = [name for name in inputs if len(used) and (used[name] == used[name].iloc[0]).all()]
    limits += [f"{name} has one value in all rows: no law can learn its effect from them." for name in constant]
    size = next((name for name in SIZES if name in inputs), "")
    if size and "n_tokens" in inputs and not {size, "n_tokens"} & set(constant):
        ratio = (used["n_tokens"] / used[size]).dropna().map(np.log)
        if len(ratio) > 1 and ratio.std() < RATIO_SPREAD:
            limits.append(
                f"n_tokens is {np.exp(ratio.median()):.3g} times {size} in all rows: a law of both cannot tell their "
                "effects apart, so that forecasts at another ratio rest on its priors."
            )
    return limits
