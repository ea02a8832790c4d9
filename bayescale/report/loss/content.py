"""The report of a forecast. Its content comes from the posterior's tree and from the table of the forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bayescale.core.arguments import checked
from bayescale.core.checks import Checks
from bayescale.report.elements import Facts, Notes, Report, Section, Text
from bayescale.report.findings import checks_table, verdict
from bayescale.report.loss import backtest as backtests
from bayescale.report.loss import neutral_names
from bayescale.report.loss.data import data_table, lineage
from bayescale.report.loss.figures import drawings
from bayescale.report.loss.forecast import answer, compare, estimand, forecast_table, outcome
from bayescale.report.loss.model import model_parts
from bayescale.report.names import names_of
from bayescale.report.origin import origin_of
from bayescale.scaling.evaluation.backtest import Backtest
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

__all__ = ["loss_report"]


@checked
def loss_report(
    fit: Fit,
    forecast: Forecast,
    checks: Checks,
    *,
    title: str,
    claim: str = "",
    actual: Sequence[float] | None = None,
    backtest: Backtest | None = None,
    notes: Sequence[str] = (),
    redact: bool = False,
    owner: str = "",
    requested_by: str = "",
    date: str = "",
) -> Report:
    """Write the report of a forecast.

    Parameters
    ----------
    fit : Fit
        The posterior.
    forecast : Forecast
        A forecast of this posterior.
    checks : Checks
        The checks of the forecast's own targets: `fit.check(targets)`.
    title : str
        Title of the report.
    claim : str, default ""
        One sentence on what the report shows.
    actual : sequence of float, optional
        The measured response of each target, in the order of the targets; NaN where it is unknown.
    backtest : Backtest, optional
        Earlier forecasts of the same runs.
    notes : sequence of str, default ()
        Further notes. They follow the notes of the posterior.
    redact : bool, default False
        Replace the names of families and runs by neutral ones ("family 1", "run 3"). Texts that may contain a name are
        left out: the source, some notes, and a title or a claim that mentions one. `checks` are computed again for the
        posterior under neutral names. The report states all of this.
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
        `actual` does not hold one number per target, or `date` is no date.
    """
    origin = origin_of(owner, requested_by, date)
    all_notes = tuple(dict.fromkeys((*fit.notes, *notes)))
    subject = _Subject(fit, forecast, checks, title, claim, backtest, all_notes)
    return replace(_report(_redacted(subject) if redact else subject, actual), origin=origin)


@dataclass(frozen=True, eq=False)
class _Subject:
    """What a report is about, and the statement on names of a redacted one."""

    fit: Fit
    forecast: Forecast
    checks: Checks
    title: str
    claim: str
    backtest: Backtest | None
    notes: tuple[str, ...]
    redaction: tuple[str, ...] = ()


def _redacted(subject: _Subject) -> _Subject:
    """The same subject under neutral names."""
    tables = [subject.forecast.targets] + ([subject.backtest.points] if subject.backtest is not None else [])
    names = names_of(subject.fit, *tables)
    fit = neutral_names.hidden_fit(subject.fit, names)
    column = fit.designs[0].spec.family or "family"
    forecast = neutral_names.hidden_forecast(subject.forecast, names, column)
    return _Subject(
        fit,
        forecast,
        fit.check(forecast.targets),
        neutral_names.TITLE if names.mentioned(subject.title) else subject.title,
        "" if names.mentioned(subject.claim) else subject.claim,
        None if subject.backtest is None else neutral_names.hidden_backtest(subject.backtest, names),
        neutral_names.hidden_notes(names, subject.notes),
        neutral_names.redaction_statement(names),
    )


def _report(subject: _Subject, actual: Sequence[float] | None) -> Report:
    fit, forecast, checks = subject.fit, subject.forecast, subject.checks
    compared, prob = compare(forecast, actual), forecast.prob
    explanation = (*estimand(fit, prob), *outcome(compared, prob))
    redaction = Text("redacted", subject.redaction, "Names")
    sections = (
        Section(
            "forecast",
            "Forecast",
            (redaction, Text("estimand", explanation), forecast_table(fit, compared, prob)),
        ),
        Section("figures", "Figures", drawings(fit, forecast, actual)),
        backtests.section(subject.backtest),
        Section("model", "Model", model_parts(fit, prob)),
        Section("data", "Data", (data_table(fit), Notes("notes", subject.notes, "Notes"))),
        Section("checks", "Diagnostics", (checks_table(checks),)),
        Section("lineage", "Lineage", (Facts("lineage", lineage(fit)),)),
    )
    gate = verdict(checks, "convergence")
    result = answer(fit, compared, prob)
    return Report(subject.title, subject.claim, checks.passed, gate, sections, checks.warnings, result)
