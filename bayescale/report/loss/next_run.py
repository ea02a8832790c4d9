"""The table of candidates for the next run: rank, cost, and expected width of the forecast's interval."""

import pandas as pd

from bayescale.plots import wording
from bayescale.report.formats import Format, number, text
from bayescale.report.tables import Table, table_of
from bayescale.scaling.decisions.next_run import Plan

#: Columns of a plan's table that are not inputs of a candidate.
RESULTS = ("cost", "rank", "effective_draws", "extrapolation", "flag")


def next_run_table(plan: Plan) -> Table:
    """Format candidates by rank.

    Parameters
    ----------
    plan : Plan
        The answer of `Fit.plan`.

    Returns
    -------
    Table
        One row per candidate.
    """
    values = plan.table.sort_values("rank", ignore_index=True)
    per = next(str(name) for name in values if str(name).startswith("shrinkage_per_"))
    columns: dict[str, Format] = {"rank": number("rank", "d")}
    columns |= {wording.AXES.get(name, name): _input_value(values, name) for name in _inputs(values, per)}
    columns |= {
        "cost": number("cost", ".3g"),
        "width now": number("percent_before", ".3g", "\u00a0%"),
        "expected after": number("percent_after", ".3g", "\u00a0%"),
        "narrower by": lambda row: f"{row['shrinkage']:.1f}\u00a0±\u00a0{row['shrinkage_se']:.1f}\u00a0%",
        per.replace("_", " ").replace("shrinkage", "%"): number(per, ".3g"),
    }
    if values["flag"].ne("").any():
        columns["flag"] = text("flag")
    return table_of("candidates", values, plan.promise, columns)


def _inputs(values: pd.DataFrame, per: str) -> list[str]:
    widths = [name for name in values if str(name).startswith(("width_", "percent_", "shrinkage"))]
    return [str(name) for name in values if name not in {*RESULTS, *widths, per}]


def _input_value(values: pd.DataFrame, name: str) -> Format:
    if not pd.api.types.is_numeric_dtype(values[name]):
        return text(name)
    return lambda row: "" if row[name] is None else wording.size_text(float(row[name]))
