"""Figures of a horizon posterior: agents, trend, curves and measured shares."""

from xml.etree import ElementTree

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.plots import wording
from bayescale.plots.horizon import plot_horizons, plot_success
from bayescale.plots.svg import figure_svg
from tests.golden import golden_horizon
from tests.horizon.simulation import HOSTILE


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


def test_curves_fall_and_circles_are_measured_shares() -> None:
    horizon = golden_horizon("agents")
    figure = plot_success(horizon, ["late", HOSTILE])
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == ["late", wording.plain(HOSTILE)]
    curve, circles = panels[0].get_lines()
    assert (np.diff(np.asarray(curve.get_ydata())) < 0).all()
    shares = horizon.measured()
    assert np.asarray(circles.get_ydata()) == pytest.approx(shares[shares["model"] == "late"]["share"].to_numpy())


def test_a_hostile_name_stays_text() -> None:
    root = ElementTree.fromstring(figure_svg(plot_success(golden_horizon("agents")), "success"))
    assert not [element for element in root.iter() if element.tag.endswith(("script", "foreignObject"))]
    assert HOSTILE in " ".join("".join(e.itertext()) for e in root.iter() if e.tag.endswith("text"))
