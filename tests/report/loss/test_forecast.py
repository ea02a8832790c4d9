"""The forecast in a report, compared with measurements."""

from bayescale.report.elements import Report, Text
from bayescale.report.tables import Table


def test_forecast_is_compared_with_measurements(content: Report) -> None:
    assert any("1 of 2 measured values" in line for line in content.part(Text, "estimand").paragraphs)
    forecast = content.part(Table, "forecast")
    assert [record["inside"] for record in forecast.records] == [True, False, None]
    column = forecast.columns.index("inside")
    assert [row[column] for row in forecast.rows] == ["yes", "NO", ""]
