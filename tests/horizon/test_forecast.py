"""Doubling time, forecasts and the probability of reaching a horizon."""

import dataclasses

import numpy as np
import pytest

from bayescale.core.serialization import fact
from bayescale.errors import InputError
from bayescale.horizon.result import Horizon
from tests.golden import golden_horizon


def test_the_table_is_consistent() -> None:
    trend = golden_horizon("agents").trend()
    row = trend.table.iloc[0]
    assert row["doubling_days_lower"] < row["doubling_days_median"] < row["doubling_days_upper"]
    assert row["doubling_days_median"] == pytest.approx(365.25 / row["doublings_per_year_median"], rel=0.01)
    assert row["grows"] > 0.9
    assert trend.agents[-1] == "late"
    assert "2021-01-01 to 2025-01-01" in repr(trend)


def test_probabilities_agree_with_the_forecast() -> None:
    trend = golden_horizon("agents").trend()
    forecast = trend.forecast(["2025-06-01", "2027-01-01"])
    assert (forecast["agent_lower"] < forecast["trend_lower"]).all()
    assert (forecast["agent_upper"] > forecast["trend_upper"]).all()
    at_median = trend.reaches(float(forecast["trend_median"][1]), "2027-01-01")
    assert at_median["trend"].iloc[0] == pytest.approx(0.5, abs=0.01)
    rising = trend.reaches([30, 300, 3000], "2027-01-01")
    assert rising["trend"].is_monotonic_decreasing
    assert rising["agent"].is_monotonic_decreasing


def test_agents_without_a_date_are_left_out_or_named() -> None:
    tree = golden_horizon("agents").tree.copy(deep=True)
    tree["constant_data"]["release_day"].values[[0, 1]] = np.nan
    horizon = Horizon(tree)
    assert len(horizon.trend().agents) == 3
    with pytest.raises(InputError, match="without a release date: weak"):
        horizon.trend(agents=["weak", "late"])
    tree["constant_data"]["release_day"].values[:] = np.nan
    with pytest.raises(InputError, match="a trend needs at least 3"):
        Horizon(tree).trend()


def test_a_trend_cannot_be_changed() -> None:
    trend = golden_horizon("agents").trend(0.8)
    with pytest.raises(dataclasses.FrozenInstanceError):
        trend.level = 0.5  # type: ignore[misc]
    assert fact(golden_horizon("agents").tree, "kind") == "horizon"
