"""The verdict of a report names the checks that failed."""

from bayescale.core.checks import Checks
from bayescale.report.loss.content import loss_report
from bayescale.report.render.html import to_html
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit


def test_verdict_names_what_failed(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    table = checks.table.assign(passed=[False, *checks.table["passed"].iloc[1:]])
    failed = Checks(table, checks.details)
    content = loss_report(fitted, forecast, failed, title="t")
    assert not content.passed
    assert str(table["check"].iloc[0]) in content.verdict
    assert "FAILED" in to_html(content)
