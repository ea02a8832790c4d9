"""Sampling coordinates in which a posterior is nearly round, and the splines that interpolate them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Coordinates:
    """Sampling coordinates u in which a posterior is nearly round, whatever the scale s of its discrepancy.

    `point = centre(s) + matrix(s) @ u`, with log s = centre + width·u at index `scale`: at every s the mode and (as
    a Cholesky factor) the covariance of all else, interpolated smoothly between `nodes` of log s. Level, exponents,
    noise and weights all widen with s; in fixed coordinates that is a funnel. Without a discrepancy there is one node.

    Attributes
    ----------
    nodes : array, shape (node,)
        log s, equally spaced.
    centres : array, shape (node, coordinate)
        Points at u = 0.
    matrices : array, shape (node, coordinate, coordinate)
        Lower triangular.
    scale : int
        Index of log s in a point; -1 without a discrepancy.
    """

    nodes: Array
    centres: Array
    matrices: Array
    scale: int

    def points(self, coordinates: Array) -> Array:
        """Compute points of the model from sampled coordinates.

        Parameters
        ----------
        coordinates : array, shape (..., coordinate)
            u.

        Returns
        -------
        array, shape (..., coordinate)
            Points.
        """
        flat = coordinates.reshape(-1, coordinates.shape[-1])
        blend = self._blend(flat)
        out = blend @ self.centres
        for node in range(len(self.nodes)):
            out += blend[:, [node]] * (flat @ self.matrices[node].T)
        return np.asarray(out.reshape(coordinates.shape))

    def is_regular(self, coordinate: Array) -> bool:
        """Check that the matrix has a positive diagonal: splines between nodes may overshoot zero.

        Parameters
        ----------
        coordinate : array, shape (coordinate,)
            u.

        Returns
        -------
        bool
            Whether the map from u to points is invertible there.
        """
        diagonal = self._diagonal(coordinate[None])
        return bool((diagonal > 0).all())

    def log_volume(self, coordinates: Array) -> Array:
        """Compute the log determinant of the map from coordinates to points.

        Parameters
        ----------
        coordinates : array, shape (point, coordinate)
            u.

        Returns
        -------
        array, shape (point,)
            Log determinants; NaN where the map is not invertible.
        """
        diagonal = self._diagonal(coordinates)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.log(diagonal).sum(axis=1))

    def _blend(self, flat: Array) -> Array:
        """Weights of the nodes at coordinates (point, node)."""
        if self.scale < 0:
            return np.ones((len(flat), 1))
        log_scale = self.centres[0, self.scale] + self.matrices[0, self.scale, self.scale] * flat[:, self.scale]
        return spline_weights(self.nodes, log_scale)

    def _diagonal(self, flat: Array) -> Array:
        """Diagonal of the matrix at coordinates (point, coordinate)."""
        return np.asarray(self._blend(flat) @ np.diagonal(self.matrices, axis1=1, axis2=2))


def spline_weights(nodes: Array, at: Array) -> Array:
    """Compute the weights of Catmull-Rom splines between equally spaced nodes, constant beyond the ends.

    Parameters
    ----------
    nodes : array, shape (node,)
        At least two.
    at : array, shape (point,)
        Where to interpolate.

    Returns
    -------
    array, shape (point, node)
        Weights, which sum to 1.
    """
    last = len(nodes) - 1
    position = np.clip((at - nodes[0]) / (nodes[1] - nodes[0]), 0.0, last)
    left = np.minimum(position.astype(int), last - 1)
    t = (position - left)[:, None]
    weights = 0.5 * np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3])
    out = np.zeros((len(at), len(nodes)))
    for k in range(4):
        np.add.at(out, (np.arange(len(at)), np.clip(left + k - 1, 0, last)), weights[:, k])
    return out
