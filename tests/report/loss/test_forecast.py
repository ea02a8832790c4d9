"""The forecast in a report, compared with measurements."""

from dataclasses import replace

import pytest

import bayescale as bs
from bayescale.core.serialization import MARK
from bayescale.report.elements import Report, Text
from bayescale.report.loss.forecast import compare, preview_table
from bayescale.report.tables import Table
from bayescale.scaling.result import Fit
from tests.simulation import simulated_runs


def test_forecast_is_compared_with_measurements(content: Report) -> None:
    assert any("1 of 2 measured values" in line for line in content.part(Text, "estimand").paragraphs)
    forecast = content.part(Table, "forecast")
    assert [record["inside"] for record in forecast.records] == [True, False, None]
    column = forecast.columns.index("inside")
    assert [row[column] for row in forecast.rows] == ["yes", "NO", ""]


def test_the_table_of_a_preview_is_marked() -> None:
    preview = bs.preview(simulated_runs(n=8), "chinchilla", discrepancy=False, random_seed=1)
    table = preview_table(preview)
    assert table.name == "preview"
    assert MARK in table.caption
    assert "law chinchilla" in table.caption
    assert all(MARK in row[-1] for row in table.rows)
    assert [record["run_upper"] for record in table.records] == list(preview.table["run_upper"])


def test_the_error_of_a_negative_response_has_the_sign_of_the_difference(plain_fit: Fit) -> None:
    forecast = plain_fit.forecast({"family": "a", "n_params": [1e9, 1e9], "n_tokens": [2e10, 2e10]})
    negative = replace(forecast, table=forecast.table.assign(law_median=[-4.0, -5.0]))
    assert list(compare(negative, [-5.0, -4.0])["error"]) == pytest.approx([0.2, -0.25])
    positive = replace(forecast, table=forecast.table.assign(law_median=[4.0, 5.0]))
    assert list(compare(positive, [5.0, 4.0])["error"]) == pytest.approx([-0.2, 0.25])
