"""The report of a risk posterior for a safety reviewer: results, assumptions and limits.

Its content comes from the posterior's tree. The JSON document contains every number under the name of its part.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.errors import InputError
from bayescale.plots.plotted_data import MOST_PANELS
from bayescale.report.elements import Drawing, Equation, Facts, Notes, Report, Section, Text
from bayescale.report.findings import checks_table, verdict
from bayescale.report.origin import origin_of
from bayescale.report.risk import audit, claims, support, tables
from bayescale.report.risk.neutral_names import distinct, redacted
from bayescale.report.risk.query import Query, attempts_text
from bayescale.report.risk.saturation import saturation_section
from bayescale.risk.predict.asr_draws import read_budgets
from bayescale.risk.problems import Problems
from bayescale.risk.result import Risk

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["require_query", "risk_report"]


@checked
def risk_report(
    risk: Risk,
    budgets: int | Sequence[int],
    prob: float = 0.9,
    *,
    title: str,
    claim: str = "",
    level: float = 0.5,
    threshold: float = 0.5,
    other: Risk | None = None,
    redact: bool = False,
    owner: str = "",
    requested_by: str = "",
    date: str = "",
) -> Report:
    """Write the report of a risk posterior.

    Parameters
    ----------
    risk : Risk
        The posterior.
    budgets : int or sequence of int
        Total attempts per prompt.
    prob : float, default 0.9
        Probability of the intervals.
    title : str
        Title of the report.
    claim : str, default ""
        One sentence on what the report shows.
    level : float, default 0.5
        Share of prompts. The report states how many attempts break that many.
    threshold : float, default 0.5
        Share of prompts. The report states how probable it is that more are broken.
    other : Risk, optional
        The posterior of the same trials under the other assumption on the judge's errors, for comparison.
    redact : bool, default False
        Replace labels of groups and problems by neutral names, and leave out the source and notes that may contain a
        name.
    owner, requested_by : str, default ""
        Person or team that is responsible for the report, and that requested it. A redacted report shows them too.
    date : str, default ""
        Date of the report, as YYYY-MM-DD.

    Returns
    -------
    Report
        The report; `Report.save` writes it as HTML, Markdown or JSON.

    Raises
    ------
    InputError
        A budget, a probability or a share is out of its range, `other` is a posterior of other trials, or `date` is no
        date.
    """
    origin = origin_of(owner, requested_by, date)
    valid_budgets = require_query(budgets, prob, level, threshold)
    if other is not None:
        _require_same(risk, other)
    named = redacted if redact else distinct
    risk, other = named(risk), None if other is None else named(other)
    query = Query(risk, valid_budgets, prob, level, threshold, other)
    gate = verdict(query.checks, "importance sampling")
    result, checks = claims.answer(query), query.checks
    return Report(title, claim, checks.passed, gate, _sections(query), checks.warnings, result, origin)


def _sections(query: Query) -> tuple[Section, ...]:
    return (
        _risk(query),
        Section("curve", "Risk by number of attempts", (_curve(query),)),
        saturation_section(query),
        _bounds(query),
        _mixing(query),
        Section("judge", "The judge", (Text("judge", support.judge_statement(query)), support.judges_table(query))),
        *_cross_checks(query),
        Section("data", "Data", (audit.data_table(query), Notes("notes", audit.notes(query), "Notes"))),
        Section(
            "method",
            "Method",
            (Equation("latex", audit.LATEX), Text("method", audit.METHOD), audit.priors_table(query)),
        ),
        Section("limits", "Limits", (Notes("limits", audit.LIMITS),)),
        Section("checks", "Diagnostics", (checks_table(query.checks),)),
        Section("lineage", "Lineage", (Facts("lineage", audit.lineage(query)),)),
    )


def require_query(
    budgets: object, prob: float, level: float, threshold: float, name: str = "budgets"
) -> tuple[int, ...]:
    """Check the arguments of a report.

    Parameters
    ----------
    budgets : object
        Attempts per prompt, in any form that `Risk.at` accepts.
    prob : float
        Probability of the intervals.
    level, threshold : float
        Shares of prompts.
    name : str, default "budgets"
        Name of the argument or option that holds the budgets, for messages.

    Returns
    -------
    tuple of int
        The budgets, increasing and without duplicates.

    Raises
    ------
    InputError
        A budget, a probability or a share is out of its range.
    """
    require_prob(prob)
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise InputError(f"level={level!r} must be a share between 0 and 1, such as 0.5; 0 and 1 are not allowed")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise InputError(f"threshold={threshold!r} must be a share from 0 to 1, such as 0.5")
    return tuple(sorted({int(budget) for budget in read_budgets(budgets, name)}))


def _require_same(risk: Risk, other: Risk) -> None:
    first, second = risk.problems, other.problems
    same = (first.groups, first.problem) == (second.groups, second.problem) and all(
        np.array_equal(getattr(first, name), getattr(second, name)) for name in ("group", "attempts", "successes")
    )
    if not same:
        raise InputError(
            "other is a posterior of other trials: fit it to the same trials, with the other assumption on the judge's "
            "errors"
        )


def _risk(query: Query) -> Section:
    parts = (
        Text("warnings", claims.warnings(query), warning=True),
        tables.forecast_table(query),
        tables.budget_table(query),
        Text("estimand", claims.estimand(query), "Definition of the numbers"),
    )
    return Section("risk", "Risk", parts)


def _curve(query: Query) -> Drawing:
    groups, design = len(query.problems.groups), query.problems.design
    more = (
        (groups > MOST_PANELS, f" The figure shows the {MOST_PANELS} of {groups} groups with the highest risk."),
        (query.risk.judge is not None, " Measured shares are uncorrected: they are what the judge reports."),
        (
            bool(design.of("until_success").any()),
            " Where sampling stopped at a success, circles are the observed shares of broken prompts.",
        ),
        (
            bool(design.of("adaptive").any()),
            " Where attempts depended on outcomes, no share is measured at fewer attempts.",
        ),
        (not design.declared, " Measured shares depend on the inferred sampling design."),
    )
    return Drawing(
        "asr",
        "Share of prompts broken by number of attempts",
        "Share of prompts broken against attempts per prompt, by group: measured values up to the number of attempts "
        "made, and the forecast beyond, whose intervals widen.",
        f"Bands are {query.interval} intervals. The dotted line marks the largest number of attempts made: to its left "
        "the curve of these prompts refers to fresh attempts, to its right nothing is measured. Grey vertical lines "
        f"mark the budgets of this report ({', '.join(map(attempts_text, query.budgets))} attempts)."
        + "".join(sentence for applies, sentence in more if applies),
        partial(_draw_curve, query),
    )


def _draw_curve(query: Query) -> "Figure":
    from bayescale.plots.risk import plot_asr

    return plot_asr(query.risk, query.budgets, query.prob)


def _bounds(query: Query) -> Section:
    table = tables.bounds_table(query)
    return Section(
        "bounds",
        "Bounds for groups without any success, or without any failure",
        (Text("bounds_said", claims.bounds_statement(query, table)), table),
    )


def _mixing(query: Query) -> Section:
    values, budget = query.risk.sensitivity(query.budgets, query.prob), max(query.budgets)
    table = support.laws_table(query, values)
    average, by_law = (
        frame[frame["budget"] == budget].reset_index(drop=True) for frame in (query.forecast.table, values)
    )
    drawing = Drawing(
        "laws",
        "Result under each mixing law",
        f"Intervals of the share of new prompts broken within {attempts_text(budget)} attempts under each mixing law, "
        "and a band for their average.",
        f"Lines are {query.interval} intervals; the size of a disc shows the weight of the law. The band and the "
        "dashed line are the average of all laws, which this report states.",
        partial(_draw_laws, query.problems, average, by_law, budget),
    )
    statement = Text("sensitivity_said", support.laws_statement(query, table))
    return Section("sensitivity", "Sensitivity to the mixing law", (statement, drawing, table))


def _draw_laws(problems: Problems, average: pd.DataFrame, by_law: pd.DataFrame, budget: int) -> "Figure":
    from bayescale.plots.risk import draw_laws

    return draw_laws(problems, average, by_law, budget)


def _cross_checks(query: Query) -> tuple[Section, Section]:
    baselines = support.baselines_table(query)
    worst, statement = support.worst_table(query)
    return (
        Section(
            "baselines",
            "Other estimators",
            (
                Text("baselines_said", support.baselines_statement(query, baselines)),
                baselines,
                Facts("caveats", support.caveats(baselines)),
            ),
        ),
        Section("tail", "Highest success rate among many new prompts", (Text("tail_said", statement), worst)),
    )
