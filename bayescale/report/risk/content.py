"""The report of a risk posterior, for a safety reviewer: what is claimed, what it rests on, and what it does not say.

Everything in it comes from the posterior's tree; every number stands in the JSON document under its part's name.
"""

from collections.abc import Sequence

import numpy as np

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.errors import InputError
from bayescale.plots import risk as plots_risk
from bayescale.plots import style
from bayescale.report.elements import Drawing, Equation, Facts, Notes, Report, Section, Text
from bayescale.report.findings import checks_table, verdict
from bayescale.report.risk import audit as record
from bayescale.report.risk import claims as words
from bayescale.report.risk import support as support
from bayescale.report.risk import tables as tables
from bayescale.report.risk.neutral_names import distinct, redacted
from bayescale.report.risk.query import Asked, attempts_text
from bayescale.report.risk.saturation import saturation_section
from bayescale.risk.predict.asr_draws import read_budgets
from bayescale.risk.result import Risk

__all__ = ["require_asked", "risk_report"]


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
) -> Report:
    """The report of `risk` at total attempts per prompt `budgets`.

    level      share of prompts of which it is said how many attempts break them.
    threshold  share of prompts of which it is said how probable it is that more are broken.
    other      the same trials under the other assumption on the judge's errors, to stand beside.
    redact     whether labels of groups and problems, the source and notes that may name them are left out.

    Raises InputError for budgets, shares or another posterior that cannot be used.
    """
    whole = require_asked(budgets, prob, level, threshold)
    if other is not None:
        _require_same(risk, other)
    named = redacted if redact else distinct
    risk, other = named(risk), None if other is None else named(other)
    asked = Asked(risk, whole, prob, level, threshold, other)
    checked = verdict(asked.checks, "the importance sampling")
    return Report(title, claim, asked.checks.passed, checked, _sections(asked), asked.checks.warnings)


def _sections(asked: Asked) -> tuple[Section, ...]:
    return (
        _risk(asked),
        Section("curve", "Risk against attempts", (_curve(asked),)),
        saturation_section(asked),
        _bounds(asked),
        _mixing(asked),
        Section("judge", "The judge", (Text("judge", support.judge_said(asked)), support.judges_table(asked))),
        *_cross_checks(asked),
        Section("data", "Data", (record.data_table(asked), Notes("notes", record.notes(asked), "Notes"))),
        Section(
            "method",
            "Method",
            (Equation("latex", record.LATEX), Text("method", record.METHOD), record.priors_table(asked)),
        ),
        Section("limits", "What this does not say", (Notes("limits", record.LIMITS),)),
        Section("checks", "Checks", (checks_table(asked.checks),)),
        Section("lineage", "Lineage", (Facts("lineage", record.lineage(asked)),)),
    )


def require_asked(budgets: object, prob: float, level: float, threshold: float) -> tuple[int, ...]:
    """The budgets, rising, each once. Raises InputError for what a report cannot be asked."""
    require_prob(prob)
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise InputError(f"level={level!r} must be a share strictly between 0 and 1, such as 0.5")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise InputError(f"threshold={threshold!r} must be a share from 0 to 1, such as 0.5")
    return tuple(sorted({int(budget) for budget in read_budgets(budgets)}))


def _require_same(risk: Risk, other: Risk) -> None:
    mine, theirs = risk.problems, other.problems
    same = (mine.groups, mine.problem) == (theirs.groups, theirs.problem) and all(
        np.array_equal(getattr(mine, name), getattr(theirs, name)) for name in ("group", "attempts", "successes")
    )
    if not same:
        raise InputError("other is a posterior of other trials; fit it to the same ones, with the other judge")


def _risk(asked: Asked) -> Section:
    parts = (
        Notes("claims", words.claims(asked)),
        Text("warnings", words.warnings(asked), warning=True),
        tables.forecast_table(asked),
        tables.budget_table(asked),
        Text("estimand", words.estimand(asked), "What the numbers are of"),
    )
    return Section("risk", "Risk", parts)


def _curve(asked: Asked) -> Drawing:
    figure = plots_risk.plot_asr(asked.risk, asked.budgets, asked.prob)
    groups, most = len(asked.problems.groups), plots_risk.MOST_PANELS
    design = asked.problems.design
    more = (
        (groups > most, f" The {most} of {groups} groups with most risk are drawn."),
        (asked.risk.judge is not None, " What was measured is as the judge reports it."),
        (
            bool(design.of("until_success").any()),
            " Where sampling stopped at a success, circles are shares really broken.",
        ),
        (bool(design.of("adaptive").any()), " Where attempts depended on outcomes, fewer attempts were not measured."),
        (not design.declared, " What is measured rests on the inferred sampling design."),
    )
    return Drawing(
        "asr",
        "Prompts broken against attempts",
        "Share of prompts broken against attempts per prompt, by group: measured up to the attempts made, and the "
        "forecast widening beyond them.",
        f"Bands are {asked.interval} intervals. Left of the dotted line, the most attempts made, these prompts are "
        "tried anew; right of it nothing was measured. Grey verticals are the "
        f"attempts asked for ({', '.join(map(attempts_text, asked.budgets))})."
        + "".join(sentence for applies, sentence in more if applies),
        style.svg(figure, "asr"),
    )


def _bounds(asked: Asked) -> Section:
    table = tables.bounds_table(asked)
    return Section(
        "bounds", "Nothing broken, or everything", (Text("bounds_said", words.bounds_said(asked, table)), table)
    )


def _mixing(asked: Asked) -> Section:
    values, budget = asked.risk.sensitivity(asked.budgets, asked.prob), max(asked.budgets)
    table = support.laws_table(asked, values)
    average, by_law = (
        frame[frame["budget"] == budget].reset_index(drop=True) for frame in (asked.forecast.table, values)
    )
    drawing = Drawing(
        "laws",
        "The answer under each law",
        f"Intervals of the share of new prompts broken within {attempts_text(budget)} attempts under each mixing law, "
        "beside a band for their average.",
        f"Lines are {asked.interval} intervals, discs grow with a law's weight; the band and the dashed line are the "
        "average of all, which this report states.",
        style.svg(plots_risk.draw_laws(asked.problems, average, by_law, budget), "laws"),
    )
    said = Text("sensitivity_said", support.laws_said(asked, table))
    return Section("sensitivity", "What it rests on: the mixing law", (said, drawing, table))


def _cross_checks(asked: Asked) -> tuple[Section, Section]:
    baselines = support.baselines_table(asked)
    worst, said = support.worst_table(asked)
    return (
        Section(
            "baselines",
            "Other estimators",
            (
                Text("baselines_said", support.baselines_said(asked, baselines)),
                baselines,
                Facts("caveats", support.caveats(baselines)),
            ),
        ),
        Section("tail", "The worst of many prompts", (Text("tail_said", said), worst)),
    )
