"""The tables of a risk report contain the numbers of the posterior."""

import pandas as pd
import pytest

from bayescale.report.elements import Report, Text
from bayescale.report.render.html import to_html
from bayescale.report.risk.content import risk_report
from bayescale.report.tables import Table
from bayescale.risk.result import Risk
from tests.report.risk.conftest import BUDGETS


def test_forecast_holds_both_estimands_and_the_threshold(risk: Risk) -> None:
    content = risk_report(risk, BUDGETS, 0.8, title="t", threshold=0.7)
    records = pd.DataFrame(content.part(Table, "forecast").records)
    forecast = risk.at(sorted(BUDGETS), 0.8)
    for name in ("these_median", "these_lower", "new_upper"):
        assert records[name].to_numpy() == pytest.approx(forecast.table[name].to_numpy())
    for name in ("these_above", "new_above"):
        assert records[name].to_numpy() == pytest.approx(forecast.above(0.7)[name].to_numpy())
    assert records["extrapolation"].to_list() == [10, 100, 10, 100]
    assert "new, 80\u00a0%" in content.part(Table, "forecast").columns


def test_attempts_to_a_level_may_be_never(extreme_content: Report) -> None:
    table = extreme_content.part(Table, "budget")
    by_group = {str(row["model"]): (row, shown) for row, shown in zip(table.records, table.rows, strict=True)}
    record, shown = by_group["none"]
    assert record["new_upper"] is None
    assert any(cell.endswith("to\u00a0never") for cell in shown)
    assert by_group["all"][0]["these_median"] == 1
    assert 0 <= float(str(record["new_ever"])) < 1


def test_bounds_exist_for_groups_without_success_or_failure(content: Report, extreme_content: Report) -> None:
    assert content.part(Table, "bounds").empty
    assert "Bounds for groups" not in to_html(content)
    assert "Bounds for groups" in to_html(extreme_content)
    report = extreme_content
    bounds = pd.DataFrame(report.part(Table, "bounds").records)
    assert set(bounds["model"]) >= {"none", "all"}
    assert bounds.set_index(["model", "budget"])["prior_free"][("none", 1000)] == pytest.approx(
        1 - 0.1 ** (1000 / 2000)
    )
    assert bounds.set_index(["model", "budget"])["side"][("all", 1000)] == "lower"
    said = report.part(Text, "bounds_said").paragraphs
    assert len(said) == 1
    assert said[0].startswith("In 2 groups no attempt succeeded, or every attempt did.")
    assert any("Compare the bounds below" in one for one in report.part(Text, "warnings").paragraphs)
