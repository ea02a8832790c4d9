"""The horizon that will be measured of an agent to come scatters more than the agent's horizon itself."""

import numpy as np

from bayescale.horizon.forecast import trend_paths
from bayescale.horizon.measured_agent import measurable, measured_agent
from bayescale.horizon.release_dates import read_dates
from tests.golden import golden_horizon


def test_measurement_adds_an_error_to_the_agent() -> None:
    horizon = golden_horizon("agents")
    trend = horizon.trend(0.5)
    _, agent = trend_paths(trend, read_dates("dates", ["2026-01-01", "2027-01-01"]))
    measured = measured_agent(horizon, trend, ["2026-01-01", "2027-01-01"])
    assert measured.shape == agent.shape
    assert np.abs(np.median(measured - agent, axis=0)).max() < 0.1
    assert (measured - agent).std() > 0.1
    again = measured_agent(horizon, trend, "2026-01-01")
    assert np.array_equal(again[:, 0], measured[:, 0])  # the same at every call


def test_an_agent_without_a_success_is_not_measurable() -> None:
    horizon = golden_horizon("agents")
    names = [horizon.cells.agents[place] for place in measurable(horizon)]
    assert "weak" not in names
    assert "late" in names
