"""The report of a forecast: its sections, notes and verdict."""

import pytest

from bayescale.core.checks import Checks
from bayescale.errors import InputError
from bayescale.report.elements import Facts, Notes, Report, Section, Text
from bayescale.report.loss.content import loss_report
from bayescale.report.tables import Table
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

TARGETS = [{"n_params": 1e10, "n_tokens": 2e11, "family": family} for family in ("a", "b")]


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are tested in test_figures.py."""
    monkeypatch.setattr("bayescale.report.loss.content.drawings", lambda *_: ())


@pytest.fixture(scope="module")
def forecast(plain_fit: Fit) -> Forecast:
    return plain_fit.forecast(TARGETS, 0.8)


@pytest.fixture(scope="module")
def checks(plain_fit: Fit) -> Checks:
    return plain_fit.check(TARGETS)


def section_of(report: Report, name: str) -> Section:
    (section,) = [section for section in report.sections if section.id == name]
    return section


@pytest.mark.usefixtures("no_figures")
def test_a_report_has_every_section(plain_fit: Fit, forecast: Forecast, checks: Checks) -> None:
    report = loss_report(plain_fit, forecast, checks, title="Run 7", claim="It will reach 2.1.")
    names = ["forecast", "figures", "backtest", "model", "data", "checks", "lineage"]
    assert [section.id for section in report.sections] == names
    assert [section.id for section in report.nonempty_sections] == [
        n for n in names if n not in ("figures", "backtest")
    ]
    assert (report.title, report.claim, report.passed) == ("Run 7", "It will reach 2.1.", checks.passed)
    table = report.part(Table, "forecast")
    assert [record["run_median"] for record in table.records] == forecast.table["run_median"].tolist()
    assert "80 %" in report.part(Text, "estimand").paragraphs[0]
    assert report.part(Facts, "lineage").facts["random seed"] == "1"
    assert len(report.part(Table, "checks").records) == len(checks.table)


@pytest.mark.usefixtures("no_figures")
def test_notes_of_the_fit_come_first_and_none_twice(plain_fit: Fit, forecast: Forecast, checks: Checks) -> None:
    notes = ["later", *plain_fit.notes, "later", "last"]
    report = loss_report(plain_fit, forecast, checks, title="t", notes=notes)
    assert report.part(Notes, "notes").items == (*plain_fit.notes, "later", "last")


@pytest.mark.usefixtures("no_figures")
def test_measured_values_are_compared(plain_fit: Fit, forecast: Forecast, checks: Checks) -> None:
    report = loss_report(
        plain_fit, forecast, checks, title="t", actual=[float(forecast.table["run_upper"].iloc[0]) + 1, float("nan")]
    )
    assert any("0 of 1 measured values" in text for text in report.part(Text, "estimand").paragraphs)


def test_measured_values_need_one_for_each_target(plain_fit: Fit, forecast: Forecast, checks: Checks) -> None:
    with pytest.raises(InputError, match="actual has 1 values for 2 targets"):
        loss_report(plain_fit, forecast, checks, title="t", actual=[2.0])


@pytest.mark.usefixtures("no_figures")
def test_a_redacted_report_mentions_no_family(plain_fit: Fit, forecast: Forecast, checks: Checks) -> None:
    report = loss_report(plain_fit, forecast, checks, title="Family a", claim="b is better", redact=True)
    assert (report.title, report.claim) == ("A redacted forecast", "")
    table = report.part(Table, "forecast")
    assert [row[table.columns.index("family")] for row in table.rows] == ["family 1", "family 2"]
    assert [record["run_median"] for record in table.records] == pytest.approx(forecast.table["run_median"].tolist())
    assert report.part(Text, "redacted").paragraphs
    assert section_of(report, "forecast").parts[0].name == "redacted"
