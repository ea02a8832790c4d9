"""Curves of success fall with human time, beside measured shares."""

from xml.etree import ElementTree

import numpy as np
import pytest

from bayescale.plots import wording
from bayescale.plots.horizon.success import plot_success
from bayescale.plots.panels.svg import figure_svg
from tests.golden import golden_horizon
from tests.horizon.simulation import HOSTILE


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
