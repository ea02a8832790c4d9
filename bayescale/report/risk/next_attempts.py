"""A plan of dynamic sampling as people read it: the problems that get attempts, most first."""

import numpy as np

from bayescale.report.tables import Format, Table, number, table_of, text
from bayescale.risk.decisions.dynamic_sampling import SamplingPlan

MOST_ROWS = 30
COUNTS = {"attempts": "attempts so far", "successes": "successes", "next_attempts": "next attempts"}


def next_attempts_table(plan: SamplingPlan, most: int | None = MOST_ROWS) -> Table:
    """Problems with attempts to make, most first; `records` hold all of them."""
    values = plan.table[plan.table["next_attempts"] > 0]
    values = values.sort_values("next_attempts", ascending=False, kind="stable", ignore_index=True)
    names = [str(name) for name in values if name not in COUNTS]
    columns: dict[str, Format] = {name: text(name) for name in names}
    columns |= {heading: number(name, ",d") for name, heading in COUNTS.items()}
    total = int(plan.table["next_attempts"].sum())
    caption = f"The next {total:,} attempts for pass@{plan.k:,}, by {plan.rule.replace('_', ' ')}"
    return table_of("next_attempts", values, caption, columns, most)


def next_attempts_note(plan: SamplingPlan) -> str:
    """What the plan is expected to gain; empty for a rule without a model."""
    if np.isnan(plan.relative_variance):
        return ""
    return (
        f"the expected variance of the plug-in estimate of pass@{plan.k:,} is {plan.relative_variance:.2f} times that "
        "of an even spread; what that is worth to a forecast is measured in docs/risk.md"
    )
