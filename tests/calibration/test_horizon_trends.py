"""Calibration of trends by simulation, and its contrast: slopes beyond the prior must be caught."""

import pytest

from bayescale.calibration import horizon_trends
from bayescale.calibration.horizon_trends import check_trend_calibration, simulate_trend
from bayescale.errors import InputError

STRICT = 1e-3


def test_trends_hold_the_truth_as_often_as_they_say() -> None:
    result = check_trend_calibration(simulations=60, random_seed=2)
    assert result.table["p_value"].min() > STRICT / len(result.table)
    assert {"line_end", "slope_end", "scatter", "agent_next_year"} <= set(result.table["quantity"])
    again = simulate_trend(8, 1.0, 2, 17)
    assert int(again.ranks["slope_end"]) == int(result.ranks["slope_end"].to_numpy()[17])


def test_slopes_beyond_the_prior_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(horizon_trends, "SLOPE_SCALE", 60.0)
    result = check_trend_calibration(n_agents=3, error=20.0, simulations=60, random_seed=2)
    assert not result.passed


def test_too_few_agents_are_refused() -> None:
    with pytest.raises(InputError, match="n_agents"):
        check_trend_calibration(n_agents=2)
