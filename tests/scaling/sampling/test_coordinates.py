"""Splines between the nodes of sampling coordinates."""

import numpy as np
import pytest

from bayescale.scaling.sampling.coordinates import spline_weights


def test_splines_are_exact_at_nodes_and_for_straight_lines() -> None:
    nodes = np.array([-6.0, -5.5, -5.0, -4.5, -4.0])
    assert spline_weights(nodes, nodes) == pytest.approx(np.eye(5))
    inside = np.linspace(-5.5, -4.5, 21)
    assert spline_weights(nodes, inside) @ nodes == pytest.approx(inside)
    beyond = spline_weights(nodes, np.array([-9.0, 3.0]))
    assert beyond == pytest.approx(np.eye(5)[[0, 4]])
