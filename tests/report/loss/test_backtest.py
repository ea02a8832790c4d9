"""The section of a backtest in a report."""

import json

import pytest

from bayescale.core.checks import Checks
from bayescale.report.loss.content import loss_report
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from tests.report.conftest import Page, made_backtest


def test_a_backtest_is_a_section_of_the_page(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    found = made_backtest(fitted.families, [1e20], known=fitted.families)
    content = loss_report(fitted, forecast, checks, title="made", backtest=found)
    page = Page(to_html(content))
    assert [one.get("id") for one in page.named("h2")] == [
        "forecast",
        "figures",
        "backtest",
        "model",
        "data",
        "checks",
        "lineage",
    ]
    (row,) = json.loads(to_json(content))["backtest"]
    assert row["law"] == "chinchilla"
    assert row["error"] == pytest.approx(float(found.summary["error"].iloc[0]))
    assert "Error and coverage by distance" in "".join(page.words)
