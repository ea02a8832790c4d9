"""The table and the note of a plan of dynamic sampling."""

import numpy as np

from bayescale.report.formats import Format, number, text
from bayescale.report.tables import Table, table_of
from bayescale.risk.decisions.dynamic_sampling import SamplingPlan

MOST_ROWS = 30
COUNTS = {"attempts": "attempts so far", "successes": "successes", "next_attempts": "next attempts"}


def next_attempts_table(plan: SamplingPlan, most: int | None = MOST_ROWS) -> Table:
    """Format the problems that get further attempts, most attempts first.

    Parameters
    ----------
    plan : SamplingPlan
        The plan.
    most : int or None, default 30
        Number of rows to show at most; the records hold all.

    Returns
    -------
    Table
        One row per problem.
    """
    values = plan.table[plan.table["next_attempts"] > 0]
    values = values.sort_values("next_attempts", ascending=False, kind="stable", ignore_index=True)
    names = [str(name) for name in values if name not in COUNTS]
    columns: dict[str, Format] = {name: text(name) for name in names}
    columns |= {heading: number(name, ",d") for name, heading in COUNTS.items()}
    total = int(plan.table["next_attempts"].sum())
    caption = f"The next {total:,} attempts for pass@{plan.k:,}, by {plan.rule.replace('_', ' ')}"
    return table_of("next_attempts", values, caption, columns, most)


def next_attempts_note(plan: SamplingPlan) -> str:
    """State the expected gain of a plan.

    Parameters
    ----------
    plan : SamplingPlan
        The plan.

    Returns
    -------
    str
        One sentence; empty for a rule without a model.
    """
    if np.isnan(plan.relative_variance):
        return ""
    return (
        f"With this plan, the expected variance of the plug-in estimate of pass@{plan.k:,} is "
        f"{plan.relative_variance:.2f} times the variance with equal numbers of attempts. docs/risk.md reports what "
        "this is worth to a forecast."
    )
