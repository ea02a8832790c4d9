"""What the answer of a risk report rests on: the mixing law, the judge, and how other methods would answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from bayescale.report.risk.decisions import worst_of_new
from bayescale.report.risk.query import MOST_ROWS, Asked, attempts_text, exactly, few
from bayescale.report.tables import Format, Table, percent, percents, records_of, share, shares, table_of, text
from bayescale.risk.result import Risk

COUNTED = 0.05  # laws with less weight than this are not spoken of
ERRORS = {"independent": "made anew with every attempt", "persistent": "one a prompt, however often it is tried"}
METHODS = {
    "naive": "observed rates taken as true",
    "beta_binomial": "exact ASR of the most likely Beta",
    "plugin": "power law of the Beta (SABER plug-in)",
    "anchored": "anchored at what was reached (SABER)",
    "coverage_line_brown": "coverage law, fitted as Brown et al.",
    "coverage_line_hughes": "coverage law, fitted as Hughes et al.",
}
OURS = {"posterior_new": "this report, new prompts", "posterior_these": "this report, these prompts"}


def _beside(
    name: str,
    long: pd.DataFrame,
    caption: str,
    columns: dict[str, Format],
    asked: Asked,
    of: tuple[str, str, str] = ("new_median", "new_lower", "new_upper"),
) -> Table:
    """A table of `long`, whose rows run through the budgets fastest, with the budgets beside each other: the columns
    `of`, a value and the ends of its interval. The records stay as they were."""
    many = len(asked.budgets)
    wide = long.iloc[::many].reset_index(drop=True)
    for place, budget in enumerate(asked.budgets):
        for what, column in zip(("median", "lower", "upper"), of, strict=True):
            wide[f"at_{budget}_{what}"] = long[column].to_numpy()[place::many]
        within = f"within {attempts_text(budget)}"
        columns |= {within: share(f"at_{budget}_median"), f"{within}, {asked.interval}": _span(f"at_{budget}")}
    return replace(table_of(name, wide, caption, columns, MOST_ROWS), records=records_of(long))


def _span(name: str) -> Format:
    return lambda row: "" if row[f"{name}_lower"] is None else percents(row[f"{name}_lower"], row[f"{name}_upper"])


# --- the mixing law
# --------------------------------------------------------------------------------------------------------------


def laws_table(asked: Asked, values: pd.DataFrame) -> Table:
    """ASR@N of new prompts under each law by itself, a row per group and law, from `Risk.sensitivity`."""
    columns = asked.names | {"mixing law": text("law"), "weight": share("weight")}
    caption = "Share of new prompts broken under each mixing law by itself, and the law's weight in the average"
    return _beside("sensitivity", values, caption, columns, asked)


def laws_said(asked: Asked, table: Table) -> tuple[str, ...]:
    """How far the medians under the laws lie apart, group by group."""
    said, budget = [], max(asked.budgets)
    for group, values in enumerate(asked.problems.groups):
        medians = [
            float(row["new_median"])  # type: ignore[arg-type]
            for row in table.records
            if row["budget"] == budget
            and float(row["weight"]) >= COUNTED  # type: ignore[arg-type]
            and tuple(row[name] for name in asked.problems.group_names) == values
        ]
        if len(medians) > 1:
            low, high = percent(min(medians)), percent(max(medians))
            said.append(
                f"{asked.quoted(group)}under the laws that carry {exactly(COUNTED)} of the weight or more, the median "
                f"share of new prompts broken within {attempts_text(budget)} attempts "
                f"{f'runs from {low} to {high}' if low != high else f'is {low}'}."
            )
    if not said:
        return ("One mixing law was fitted alone: what another would say is not in these intervals.",)
    intro = "The intervals above average these laws by how well each predicts the counts; no law is chosen."
    return (intro, *few(said))


# --- the judge
# --------------------------------------------------------------------------------------------------------------


def judge_said(asked: Asked) -> tuple[str, ...]:
    """What is assumed of the judge, and what is not known of it."""
    judge = asked.risk.judge
    if judge is None:
        return (
            "No error of the judge is assumed. Errors made anew with every attempt compound: they make every prompt "
            "look broken in the end. Errors that stick to a prompt do not. The counts do not tell which kind there is.",
        )
    other = next(kind for kind in ERRORS if kind != judge.errors)
    stated = (
        f"This report takes errors as {judge.errors}: {ERRORS[judge.errors]}. They could be {other}: {ERRORS[other]}. "
        "Which holds is not in the counts; verdicts on several attempts at the same prompts, checked by people, tell."
    )
    beside = (
        "What the report would say then stands below." if asked.other else "What it would say then was not computed."
    )
    return (judge.description, f"{stated} {beside}")


def judges_table(asked: Asked) -> Table:
    """New prompts under both assumptions on the judge's errors, where the other was given too."""
    both = () if asked.other is None else (asked.risk, asked.other)
    frames = [_judged(risk, asked.budgets, asked.prob) for risk in both]
    values = pd.concat(frames).sort_index(kind="stable") if frames else pd.DataFrame()  # both readings of each row
    columns = asked.names | {
        "errors": text("errors"),
        "attempts each": lambda row: attempts_text(row["budget"]),
        "these prompts, median": share("these_median"),
        f"these, {asked.interval}": shares("these"),
        "new prompts, median": share("new_median"),
        f"new, {asked.interval}": shares("new"),
    }
    caption = "Share of prompts broken under either assumption on the judge's errors"
    return table_of("judge_compared", values, caption, columns, MOST_ROWS)


def _judged(risk: Risk, budgets: Sequence[int], prob: float) -> pd.DataFrame:
    judge = risk.judge
    return risk.at(budgets, prob).table.assign(errors="none" if judge is None else judge.errors)


# --- other methods
# --------------------------------------------------------------------------------------------------------------


def baselines_table(asked: Asked) -> Table:
    """What the published estimators say of the same counts, group by group, beside this report."""
    values = asked.risk.estimators(asked.budgets, asked.prob).replace({"method": OURS})
    columns = asked.names | {"method": lambda row: METHODS.get(row["method"], row["method"])}
    caption = "Share of prompts broken by the published estimators, with the published interval where there is one"
    return _beside("baselines", values, caption, columns, asked, ("value", "lower", "upper"))


def baselines_said(asked: Asked, table: Table) -> tuple[str, ...]:
    """How many of them lie inside this report's interval at the largest budget."""
    said, budget = [], max(asked.budgets)
    rows = [row for row in table.records if row["budget"] == budget]
    for group, values in enumerate(asked.problems.groups):
        own = [row for row in rows if tuple(row[name] for name in asked.problems.group_names) == values]
        ours = next(row for row in own if row["method"] == OURS["posterior_new"])
        theirs = [float(row["value"]) for row in own if row["method"] in METHODS]  # type: ignore[arg-type]
        inside = sum(ours["lower"] <= value <= ours["upper"] for value in theirs)  # type: ignore[operator]
        if theirs:
            said.append(
                f"{asked.quoted(group)}{inside} of {len(theirs)} lie inside this report's {asked.interval} interval of "
                f"new prompts within {attempts_text(budget)} attempts."
            )
    intro = "Each as published and none of them ours; they answer for the mean over problems, most without an interval."
    trusting = "They take every verdict of the judge as right; this report does not."
    return (f"{intro} {trusting}" if asked.risk.judge else intro, *few(said))


def caveats(table: Table) -> dict[str, str]:
    """What each estimator does not say, or met in these data, and where it is from."""
    found: dict[str, list[str]] = {}
    for row in table.records:
        if row["caveat"]:
            said = found.setdefault(METHODS[str(row["method"])], [str(row["source"])])
            said.append(str(row["caveat"]))
    return {name: f"{'; '.join(dict.fromkeys(said[1:]))} ({said[0]})" for name, said in found.items()}


# --- the worst of many prompts
# --------------------------------------------------------------------------------------------------------------


def worst_table(asked: Asked) -> tuple[Table, tuple[str, ...]]:
    """The highest rate among many new prompts, by the mixing laws and by the published line; and what that says."""
    values, notes = worst_of_new(asked.risk, asked.prob)
    columns = asked.names | {
        "broken prompts": lambda row: f"{row['broken']:,}",
        "of new prompts": lambda row: f"{row['prompts']:,}",
        "mixing laws, median": share("laws_median"),
        f"mixing laws, {asked.interval}": shares("laws"),
        "published line": share("tail_line"),
    }
    caption = "Success rate in one attempt of the worst of many new prompts"
    table = table_of("tail", values, caption, columns, MOST_ROWS)
    if table.empty:
        return table, notes
    outside = sum(not _holds_line(row) for row in table.records)
    verdict = f"The line lies outside the mixing laws' interval in {outside} of {len(table.records)} groups."
    intro = (
        "The mixing laws' posterior, and beside it a line through the ten largest posterior mean rates (Jones et al. "
        "2025, arXiv 2502.16797), for groups with ten broken prompts or more. The line has no interval."
    )
    if asked.risk.judge is not None and asked.risk.judge.errors == "persistent":
        intro += " Rates are as the judge reports them."
    return table, (f"{intro} {verdict}", *notes)


def _holds_line(row: Mapping[str, object]) -> bool:
    lower, upper, line = (float(row[name]) for name in ("laws_lower", "laws_upper", "tail_line"))  # type: ignore[arg-type]
    return lower <= line <= upper
