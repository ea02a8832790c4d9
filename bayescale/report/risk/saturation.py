"""Where repeated attempts saturate, as a section of the risk report."""

import pandas as pd

from bayescale.report.elements import Section, Text
from bayescale.report.risk.query import MOST_ROWS, Asked, attempts_text
from bayescale.report.tables import Format, Table, share, shares, table_of

LEAST_GAIN = 0.001  # share of prompts that one more attempt must break to be worth it


def saturation_section(asked: Asked) -> Section:
    """Attempts after which one more breaks a thousandth of prompts or less, by group."""
    judge = asked.risk.judge
    if judge is not None and judge.errors == "persistent":
        why = "Not computed: a judge whose errors persist corrects shares of prompts, not the gain of one attempt."
        return Section("saturation", "Saturation", (Text("saturation_said", (why,)), saturation_table(asked, None)))
    values = asked.risk.saturation(LEAST_GAIN, asked.prob).table
    said = (
        "The homogeneous point takes every prompt to have the mean rate (Wang et al. 2025, arXiv 2505.20522). Prompts "
        "differ, so that the gain of one more attempt falls more slowly. These prompts: fresh attempts at them. The "
        "ceiling is the share of new prompts that any number of attempts breaks."
    )
    return Section("saturation", "Saturation", (Text("saturation_said", (said,)), saturation_table(asked, values)))


def saturation_table(asked: Asked, values: pd.DataFrame | None) -> Table:
    """The table of `Risk.saturation` as people read it."""

    def span(name: str) -> Format:
        return lambda row: (
            f"{attempts_text(row[f'{name}_lower'])}\u00a0to\u00a0{attempts_text(row[f'{name}_upper'])}"
            if f"{name}_median" in row and row[f"{name}_median"] is not None
            else ""
        )

    columns = asked.names | {
        "homogeneous": lambda row: attempts_text(row["homogeneous"]),
        f"these prompts, {asked.interval}": span("these"),
        "new prompts, median": lambda row: attempts_text(row["new_median"]),
        f"new, {asked.interval}": span("new"),
        "broken by then": share("reached_median"),
        "ceiling": share("ceiling_median"),
        f"ceiling, {asked.interval}": shares("ceiling"),
    }
    caption = "Attempts per prompt after which one more breaks 0.1 % of prompts or less"
    return table_of("saturation", pd.DataFrame() if values is None else values, caption, columns, MOST_ROWS)
