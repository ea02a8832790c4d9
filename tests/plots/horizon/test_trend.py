"""Figures of a horizon posterior: agents, trend, curves and measured shares."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.plots.horizon.trend import plot_horizons
from tests.golden import golden_horizon


def test_every_agent_is_drawn_at_its_release_with_its_interval() -> None:
    horizon = golden_horizon("agents")
    axes = plot_horizons(horizon).axes[0]
    table = horizon.horizons(0.5)
    points = [line for line in axes.get_lines() if line.get_marker() == "o"]
    drawn = [float(np.asarray(line.get_ydata())[0]) for line in points]
    assert drawn == pytest.approx(table["minutes_median"].tolist())
    assert axes.get_yscale() == "log"
    assert axes.get_title(loc="left").startswith("doubling time ")


def test_the_forecast_ends_where_it_is_asked_to() -> None:
    axes = plot_horizons(golden_horizon("agents"), until="2027-01-01").axes[0]
    line = axes.get_lines()[0]
    assert np.asarray(line.get_xdata())[-1] == pytest.approx(20819, abs=1)
    with pytest.raises(InputError, match="until"):
        plot_horizons(golden_horizon("agents"), until="soon")
