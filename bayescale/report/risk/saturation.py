"""The section of a risk report on saturation: when one more attempt breaks hardly any further prompt."""

import pandas as pd

from bayescale.report.elements import Section, Text
from bayescale.report.formats import Format, share, shares
from bayescale.report.risk.query import MOST_ROWS, Query, attempts_text
from bayescale.report.tables import Table, table_of

LEAST_GAIN = 0.001  # share of prompts that one more attempt breaks at the point of saturation


def saturation_section(query: Query) -> Section:
    """Return the section on the attempts after which one more breaks at most 0.1 % of prompts.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    Section
        One paragraph and a table, which is empty for a judge with persistent errors.
    """
    judge = query.risk.judge
    if judge is not None and judge.errors == "persistent":
        why = (
            "Not computed. With persistent errors of the judge, the share of broken prompts can be corrected, but not "
            "the gain of one attempt."
        )
        return Section("saturation", "Saturation", (Text("saturation_said", (why,)), saturation_table(query, None)))
    values = query.risk.saturation(LEAST_GAIN, query.prob).table
    explanation = (
        "“Homogeneous” assumes that every prompt has the mean success rate (Wang et al. 2025, arXiv:2505.20522). "
        "Because prompts differ, the gain of one more attempt decreases more slowly. “These prompts” refers to fresh "
        "attempts at the measured prompts. “Ceiling” is the share of new prompts that are broken after any number of "
        "attempts."
    )
    text = Text("saturation_said", (explanation,))
    return Section("saturation", "Saturation", (text, saturation_table(query, values)))


def saturation_table(query: Query, values: pd.DataFrame | None) -> Table:
    """Format the table of `Risk.saturation`.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.
    values : pandas.DataFrame or None
        The table; None where it is not computed.

    Returns
    -------
    Table
        One row per group.
    """

    def span(name: str) -> Format:
        return lambda row: (
            f"{attempts_text(row[f'{name}_lower'])}\u00a0to\u00a0{attempts_text(row[f'{name}_upper'])}"
            if f"{name}_median" in row and row[f"{name}_median"] is not None
            else ""
        )

    columns = query.names | {
        "homogeneous": lambda row: attempts_text(row["homogeneous"]),
        f"these prompts, {query.interval}": span("these"),
        "new prompts, median": lambda row: attempts_text(row["new_median"]),
        f"new, {query.interval}": span("new"),
        "broken by then": share("reached_median"),
        "ceiling": share("ceiling_median"),
        f"ceiling, {query.interval}": shares("ceiling"),
    }
    caption = "Attempts per prompt after which one more attempt breaks at most 0.1 % of prompts"
    return table_of("saturation", pd.DataFrame() if values is None else values, caption, columns, MOST_ROWS)
