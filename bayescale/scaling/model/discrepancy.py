"""What no law says: a low-rank Gaussian process on log loss over the log inputs (Kennedy and O'Hagan 2001).

Covariance of the discrepancy δ between (x, family f) and (x', f'), in units of its variance:

    exp(−½ Σ_j ((log x_j − log x'_j) / ℓ_j)²) · (ρ + (1 − ρ)·[f = f'])

a part all families share and a part of each family's own. It is written as δ = s·Σ_k w_k φ_k with w ~ Normal(0, 1):
φ are the leading eigenfunctions over the training inputs (Nyström). At a new point what the basis does not span is
added back as covariance, so that δ reverts to its full variance away from the data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

MOST_LANDMARKS = 300
FUNCTIONS = 16  # leading eigenfunctions kept; a fixed number, so that data sets share compiled code


@dataclass(frozen=True)
class Basis:
    """Eigenfunctions of the discrepancy's kernel on the training inputs, frozen with the posterior."""

    landmarks: Array  # (landmark, input): log inputs
    landmark_family: NDArray[np.int64]  # (landmark,): index of the family
    lengthscales: Array  # (input,): in log units
    weights: Array  # (landmark, basis); zero columns where the data have fewer distinct points than there are functions
    shared: float

    @property
    def size(self) -> int:
        return int(self.weights.shape[1])

    def features(self, log_inputs: Array, family: NDArray[np.int64]) -> Array:
        """φ at points: shape (point, basis). Family −1 is one never seen."""
        cross = kernel(log_inputs, family, self.landmarks, self.landmark_family, self.lengthscales, self.shared)
        return np.asarray(cross @ self.weights)

    def residual_covariance(self, log_inputs: Array, family: NDArray[np.int64]) -> Array:
        """Covariance, in units of the discrepancy's variance, that φ does not span: shape (point, point)."""
        features = self.features(log_inputs, family)
        full = kernel(log_inputs, family, log_inputs, family, self.lengthscales, self.shared)
        return np.asarray(full - features @ features.T)


def kernel(
    left: Array,
    left_family: NDArray[np.int64],
    right: Array,
    right_family: NDArray[np.int64],
    lengthscales: Array,
    shared: float,
) -> Array:
    """Covariance of the discrepancy in units of its variance: shape (left, right)."""
    gap = (left[:, None, :] - right[None, :, :]) / lengthscales
    same = left_family[:, None] == right_family[None, :]
    return np.asarray(np.exp(-0.5 * (gap**2).sum(axis=-1)) * np.where(same, 1.0, shared))


def make_basis(log_inputs: Array, family: NDArray[np.int64], lengthscale: float, shared: float) -> Basis:
    """The basis for training points: log inputs (row, input) and family index (row,)."""
    points = np.unique(np.column_stack([log_inputs, family]), axis=0)
    spread = np.ptp(log_inputs, axis=0)
    lengthscales = lengthscale * (spread + 1.0)
    chosen = points[_spread_out(points / np.append(lengthscales, 0.5), MOST_LANDMARKS)]
    landmarks, landmark_family = chosen[:, :-1], chosen[:, -1].astype(np.int64)
    covariance = kernel(landmarks, landmark_family, landmarks, landmark_family, lengthscales, shared)
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = values[::-1], vectors[:, ::-1]
    size = min(FUNCTIONS, int(np.sum(values > 1e-9 * values[0])))
    vectors = vectors[:, :size] * np.sign(vectors[np.abs(vectors[:, :size]).argmax(axis=0), np.arange(size)])
    weights = np.zeros((len(landmarks), FUNCTIONS))
    weights[:, :size] = vectors / np.sqrt(values[:size])
    return Basis(landmarks, landmark_family, lengthscales, weights, shared)


def _spread_out(points: Array, most: int) -> NDArray[np.int64]:
    """Indices of up to `most` points, each the farthest from those before it (deterministic)."""
    if len(points) <= most:
        return np.arange(len(points))
    chosen = [int(((points - points.mean(axis=0)) ** 2).sum(axis=1).argmin())]
    distance = np.full(len(points), np.inf)
    for _ in range(most - 1):
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(distance.argmax()))
    return np.array(sorted(chosen))
