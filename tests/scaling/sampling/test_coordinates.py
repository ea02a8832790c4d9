"""Splines between the nodes of sampling coordinates."""

import numpy as np
import pytest

from bayescale.scaling.sampling.coordinates import Coordinates, spline_weights


def test_splines_are_exact_at_nodes_and_for_straight_lines() -> None:
    nodes = np.array([-6.0, -5.5, -5.0, -4.5, -4.0])
    assert spline_weights(nodes, nodes) == pytest.approx(np.eye(5))
    inside = np.linspace(-5.5, -4.5, 21)
    assert spline_weights(nodes, inside) @ nodes == pytest.approx(inside)
    beyond = spline_weights(nodes, np.array([-9.0, 3.0]))
    assert beyond == pytest.approx(np.eye(5)[[0, 4]])


def made_coordinates(scale: int) -> Coordinates:
    """Three coordinates at four nodes, or at one node without a scale."""
    rng, count = np.random.default_rng(2), 4 if scale >= 0 else 1
    matrices = np.tril(0.3 * rng.standard_normal((count, 3, 3)), -1) + np.eye(3) * rng.uniform(0.5, 2.0, (count, 1, 3))
    centres = rng.standard_normal((count, 3))
    if scale >= 0:
        matrices[:, scale, :] = matrices[:, :, scale] = 0.0
        centres[:, scale], matrices[:, scale, scale] = -4.0, 0.4
    return Coordinates(np.arange(count) / 2 - 5.0, centres, matrices, scale)


@pytest.mark.parametrize("scale", [-1, 0, 1, 2])
def test_log_volume_is_that_of_the_jacobian(scale: int) -> None:
    coordinates, step = made_coordinates(scale), 1e-5
    for u in np.random.default_rng(3).standard_normal((5, 3)):
        shifted = np.stack([u + sign * step * axis for axis in np.eye(3) for sign in (1, -1)])
        points = coordinates.points(shifted)
        jacobian = (points[::2] - points[1::2]) / (2 * step)
        assert coordinates.log_volume(u[None])[0] == pytest.approx(np.linalg.slogdet(jacobian)[1], abs=1e-6)
        assert coordinates.is_regular(u)


def test_coordinates_that_fold_have_no_volume() -> None:
    folded = Coordinates(np.zeros(1), np.zeros((1, 2)), np.diag([1.0, -1.0])[None], -1)
    assert np.isnan(folded.log_volume(np.zeros((1, 2))))[0]
    assert not folded.is_regular(np.zeros(2))
