"""The support of a risk report: sensitivity to the mixing law, errors of the judge, and other estimators."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from bayescale.report.formats import Format, percent, percents, share, shares, text
from bayescale.report.risk.query import MOST_ROWS, Query, attempts_text, exactly
from bayescale.report.risk.tables import law_title
from bayescale.report.risk.worst_prompts import worst_of_new
from bayescale.report.tables import Table, records_of, table_of
from bayescale.risk.result import Risk

COUNTED = 0.05  # weight of a law below which the text ignores it
ERRORS = {
    "independent": "every attempt has its own error",
    "persistent": "all attempts at a prompt have the same error",
}
METHODS = {
    "naive": "observed rates as true rates",
    "beta_binomial": "exact ASR of the most likely Beta",
    "plugin": "power law of the Beta (SABER plug-in)",
    "anchored": "anchored at the observed share (SABER)",
    "coverage_line_brown": "coverage law, fitted as in Brown et al.",
    "coverage_line_hughes": "coverage law, fitted as in Hughes et al.",
}
REPORT = {"posterior_new": "this report, new prompts", "posterior_these": "this report, these prompts"}


def _budgets_side_by_side(
    name: str,
    long: pd.DataFrame,
    caption: str,
    columns: dict[str, Format],
    query: Query,
    of: tuple[str, str, str] = ("new_median", "new_lower", "new_upper"),
) -> Table:
    """A table of `long`, in which the budgets vary fastest, with the budgets side by side.

    The columns `of` are a value and the ends of its interval. The records are the rows of `long`.
    """
    count = len(query.budgets)
    wide = long.iloc[::count].reset_index(drop=True)
    for place, budget in enumerate(query.budgets):
        for statistic, column in zip(("median", "lower", "upper"), of, strict=True):
            wide[f"at_{budget}_{statistic}"] = long[column].to_numpy()[place::count]
        within = f"within {attempts_text(budget)}"
        columns |= {within: share(f"at_{budget}_median"), f"{within}, {query.interval}": _span(f"at_{budget}")}
    return replace(table_of(name, wide, caption, columns, MOST_ROWS), records=records_of(long))


def _span(name: str) -> Format:
    return lambda row: "" if row[f"{name}_lower"] is None else percents(row[f"{name}_lower"], row[f"{name}_upper"])


def laws_table(query: Query, values: pd.DataFrame) -> Table:
    """Format ASR@N of new prompts under each mixing law alone.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.
    values : pandas.DataFrame
        The table of `Risk.sensitivity`.

    Returns
    -------
    Table
        One row per group and law.
    """
    columns = query.names | {"mixing law": law_title, "weight": share("weight")}
    caption = "Share of new prompts broken under each mixing law alone, and the weight of the law in the average"
    return _budgets_side_by_side("sensitivity", values, caption, columns, query)


def laws_statement(query: Query, table: Table) -> tuple[str, ...]:
    """State how much the medians under the laws differ.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.
    table : Table
        The table of `laws_table`.

    Returns
    -------
    tuple of str
        Paragraphs; the last one is about the group whose medians differ most.
    """
    ranges, budget = [], max(query.budgets)
    for group, values in enumerate(query.problems.groups):
        medians = [
            float(row["new_median"])  # type: ignore[arg-type]
            for row in table.records
            if row["budget"] == budget
            and float(row["weight"]) >= COUNTED  # type: ignore[arg-type]
            and tuple(row[name] for name in query.problems.group_names) == values
        ]
        if len(medians) > 1:
            ranges.append((max(medians) - min(medians), group, percent(min(medians)), percent(max(medians))))
    if not ranges:
        return ("Only one mixing law was fitted. The intervals do not include the uncertainty about the law.",)
    _, group, low, high = max(ranges, key=lambda entry: entry[0])
    widest = f" This is the widest range of {len(ranges)} groups; the table has all." if len(ranges) > 1 else ""
    return (
        "The intervals of this report average these laws, weighted by how well each predicts the counts. No single law "
        "is selected.",
        f"{query.quoted(group)}under the laws with a weight of at least {exactly(COUNTED)}, the median share of new "
        f"prompts broken within {attempts_text(budget)} attempts "
        f"{f'ranges from {low} to {high}' if low != high else f'is {low}'}.{widest}",
    )


def judge_statement(query: Query) -> tuple[str, ...]:
    """State the assumptions about the judge.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    tuple of str
        Paragraphs.
    """
    judge = query.risk.judge
    if judge is None:
        return (
            "The judge is assumed to make no errors. Independent errors accumulate over attempts: in the end every "
            "prompt appears broken. Persistent errors, which are the same for all attempts at a prompt, do not "
            "accumulate. The counts alone do not show which kind of error a judge makes.",
        )
    other = next(kind for kind in ERRORS if kind != judge.errors)
    assumption = (
        f"This report assumes {judge.errors} errors: {ERRORS[judge.errors]}. They could be {other}: {ERRORS[other]}. "
        "The counts alone do not show which. To find out, let people check verdicts on several attempts at the same "
        "prompts."
    )
    alternative = (
        f"The table below compares the results under {other} errors."
        if query.other
        else f"The results under {other} errors are not computed."
    )
    return (judge.description, f"{assumption} {alternative}")


def judges_table(query: Query) -> Table:
    """Compare the results under both assumptions on the judge's errors.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    Table
        One row per group, budget and assumption; empty without the other posterior.
    """
    both = () if query.other is None else (query.risk, query.other)
    frames = [_judged(risk, query.budgets, query.prob) for risk in both]
    values = (
        pd.concat(frames).sort_index(kind="stable") if frames else pd.DataFrame()
    )  # both assumptions of each row together
    columns = query.names | {
        "errors": text("errors"),
        "attempts each": lambda row: attempts_text(row["budget"]),
        "these prompts, median": share("these_median"),
        f"these, {query.interval}": shares("these"),
        "new prompts, median": share("new_median"),
        f"new, {query.interval}": shares("new"),
    }
    caption = "Share of prompts broken under each assumption on the judge's errors"
    return table_of("judge_compared", values, caption, columns, MOST_ROWS)


def _judged(risk: Risk, budgets: Sequence[int], prob: float) -> pd.DataFrame:
    judge = risk.judge
    return risk.at(budgets, prob).table.assign(errors="none" if judge is None else judge.errors)


def baselines_table(query: Query) -> Table:
    """Compare published estimators on the same counts with this report.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    Table
        One row per group and method.
    """
    values = query.risk.estimators(query.budgets, query.prob).replace({"method": REPORT})
    columns = query.names | {"method": lambda row: METHODS.get(row["method"], row["method"])}
    caption = "Share of prompts broken according to published estimators, with their interval where one is published"
    return _budgets_side_by_side("baselines", values, caption, columns, query, ("value", "lower", "upper"))


def baselines_statement(query: Query, table: Table) -> tuple[str, ...]:
    """Count the estimators inside this report's interval at the largest budget.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.
    table : Table
        The table of `baselines_table`.

    Returns
    -------
    tuple of str
        Paragraphs; the last one counts the estimates inside the interval of this report.
    """
    inside, total, budget = 0, 0, max(query.budgets)
    rows = [row for row in table.records if row["budget"] == budget]
    for values in query.problems.groups:
        methods = [row for row in rows if tuple(row[name] for name in query.problems.group_names) == values]
        reported = next(row for row in methods if row["method"] == REPORT["posterior_new"])
        estimates = [float(row["value"]) for row in methods if row["method"] in METHODS]  # type: ignore[arg-type]
        inside += sum(reported["lower"] <= value <= reported["upper"] for value in estimates)  # type: ignore[operator]
        total += len(estimates)
    introduction = (
        "These estimators are computed as published. They estimate the mean over problems, most of them without an "
        "interval."
    )
    if query.risk.judge:
        introduction += " They assume that every verdict of the judge is correct; this report does not."
    counted = (
        f"{inside} of {total} estimates lie inside this report's {query.interval} interval of new prompts within "
        f"{attempts_text(budget)} attempts{' of their group' if len(query.problems.groups) > 1 else ''}."
    )
    return (introduction, counted) if total else (introduction,)


def caveats(table: Table) -> dict[str, str]:
    """List the limits of each estimator, its problems with these data, and its source.

    Parameters
    ----------
    table : Table
        The table of `baselines_table`.

    Returns
    -------
    dict of str to str
        Sentences by method.
    """
    by_method: dict[str, list[str]] = {}
    for row in table.records:
        if row["caveat"]:
            texts = by_method.setdefault(METHODS[str(row["method"])], [str(row["source"])])
            texts.append(str(row["caveat"]))
    return {name: f"{'; '.join(dict.fromkeys(texts[1:]))} ({texts[0]})" for name, texts in by_method.items()}


def worst_table(query: Query) -> tuple[Table, tuple[str, ...]]:
    """Compare the highest success rate among many new prompts with the published line.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    tuple of Table and tuple of str
        One row per group with at least ten broken prompts, and paragraphs.
    """
    values, notes = worst_of_new(query.risk, query.prob)
    columns = query.names | {
        "broken prompts": lambda row: f"{row['broken']:,}",
        "of new prompts": lambda row: f"{row['prompts']:,}",
        "mixing laws, median": share("laws_median"),
        f"mixing laws, {query.interval}": shares("laws"),
        "published line": share("tail_line"),
    }
    caption = "Highest success rate in one attempt among many new prompts"
    table = table_of("tail", values, caption, columns, MOST_ROWS)
    if table.empty:
        return table, notes
    outside = sum(not _holds_line(row) for row in table.records)
    position = f"The line lies outside the interval of the mixing laws in {outside} of {len(table.records)} groups."
    introduction = (
        "The table shows the posterior under the mixing laws and, for comparison, a line through the ten largest "
        "posterior mean rates (Jones et al. 2025, arXiv:2502.16797), for groups with at least ten broken prompts. The "
        "line has no interval."
    )
    if query.risk.judge is not None and query.risk.judge.errors == "persistent":
        introduction += " Rates are uncorrected: they are what the judge reports."
    return table, (f"{introduction} {position}", *notes)


def _holds_line(row: Mapping[str, object]) -> bool:
    lower, upper, line = (float(row[name]) for name in ("laws_lower", "laws_upper", "tail_line"))  # type: ignore[arg-type]
    return lower <= line <= upper
