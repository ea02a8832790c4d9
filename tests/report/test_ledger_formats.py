"""A log of forecasts writes losses as numbers and horizons as times."""

from bayescale.report.ledger_formats import interval, measured


def test_horizons_are_times_and_losses_are_numbers() -> None:
    row = {"response": "horizon_50", "observed": 90.0, "run_lower": 0.5, "run_upper": 240.0}
    assert measured("observed")(row) == "90 min"
    assert interval(row) == "30 s to 4 h"
    loss = {"response": "loss", "observed": 2.125, "run_lower": 2.0, "run_upper": 2.25}
    assert measured("observed")(loss) == "2.125"
    assert "to" in interval(loss)
