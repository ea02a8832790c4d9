"""The discrepancy between law and truth: a low-rank Gaussian process on log loss over the log inputs.

Kennedy and O'Hagan (2001), Bayesian calibration of computer models.

Covariance of the discrepancy δ between (x, family f) and (x', f'), in units of its variance:

    a(x) a(x') · exp(−½ Σ_j ((log x_j − log x'_j) / ℓ_j)²) · (ρ + (1 − ρ)·[f = f'])

a part all families share and a part of each family's own. The amplitude a falls with the reducible response, which is
taken as log-linear in the inputs: a(x) = exp(Σ_j κ_j (log x_j − log x_j^centre)), κ the slopes of the log reducible
response at the medians of the priors times the setting `discrepancy_growth`. The discrepancy is written as
δ = s·Σ_k w_k a φ_k with w ~ Normal(0, 1): φ are the leading eigenfunctions over the training inputs (Nyström). At a new
point what the basis does not span is added back as covariance, so that δ reverts to its full variance away from the
data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

MOST_LANDMARKS = 300
N_FUNCTIONS = 16  # leading eigenfunctions; a fixed number, so that data sets share compiled code
SAME_FAMILY = 0.5  # distance, in length scales, at which two families count as apart when landmarks are chosen
LEAST_EIGENVALUE = 1e-9  # relative to the largest


@dataclass(frozen=True)
class Basis:
    """Eigenfunctions φ of the discrepancy's kernel on the training inputs, frozen with the posterior.

    Attributes
    ----------
    landmarks : array, shape (landmark, input)
        Training points, on the axes of the inputs.
    landmark_family : array of int, shape (landmark,)
        Index of each landmark's family.
    lengthscales : array, shape (input,)
        Length scales ℓ, on the axes of the inputs.
    weights : array, shape (landmark, basis)
        φ(x) = K(x, landmarks) @ weights; zero columns where the data have fewer distinct points than there are
        functions.
    shared : float
        Share ρ of the variance that is common to all families.
    centre : array, shape (input,)
        Where the amplitude is 1: the mean of the training inputs, on their axes.
    slopes : array, shape (input,)
        Slopes κ of the log amplitude along the inputs; zeros where the amplitude is constant.
    """

    landmarks: Array
    landmark_family: NDArray[np.int64]
    lengthscales: Array
    weights: Array
    shared: float
    centre: Array
    slopes: Array

    @property
    def size(self) -> int:
        """Number of functions."""
        return int(self.weights.shape[1])

    def amplitude(self, log_inputs: Array) -> Array:
        """Evaluate the standard deviation of the discrepancy over that at the centre of the data.

        Parameters
        ----------
        log_inputs : array, shape (point, input)
            Points, on the axes of the inputs.

        Returns
        -------
        array, shape (point,)
            a.
        """
        return np.asarray(np.exp((log_inputs - self.centre) @ self.slopes))

    def features(self, log_inputs: Array, family: NDArray[np.int64]) -> Array:
        """Evaluate the functions times the amplitude.

        Parameters
        ----------
        log_inputs : array, shape (point, input)
            Points, on the axes of the inputs.
        family : array of int, shape (point,)
            Index of each point's family; -1 is one never seen.

        Returns
        -------
        array, shape (point, basis)
            a·φ.
        """
        return self.amplitude(log_inputs)[:, None] * self.unit_features(log_inputs, family)

    def unit_features(self, log_inputs: Array, family: NDArray[np.int64]) -> Array:
        """Evaluate the functions, whose squares sum to the share of the variance that they span.

        Parameters
        ----------
        log_inputs : array, shape (point, input)
            Points, on the axes of the inputs.
        family : array of int, shape (point,)
            Index of each point's family; -1 is one never seen.

        Returns
        -------
        array, shape (point, basis)
            φ.
        """
        cross = kernel(log_inputs, family, self.landmarks, self.landmark_family, self.lengthscales, self.shared)
        return np.asarray(cross @ self.weights)

    def residual_covariance(self, log_inputs: Array, family: NDArray[np.int64]) -> Array:
        """Compute the covariance that the functions do not span.

        Parameters
        ----------
        log_inputs : array, shape (point, input)
            Points, on the axes of the inputs.
        family : array of int, shape (point,)
            Index of each point's family; -1 is one never seen.

        Returns
        -------
        array, shape (point, point)
            Covariance in units of the discrepancy's variance at the centre.
        """
        features, amplitude = self.unit_features(log_inputs, family), self.amplitude(log_inputs)
        full = kernel(log_inputs, family, log_inputs, family, self.lengthscales, self.shared)
        return np.asarray(amplitude[:, None] * (full - features @ features.T) * amplitude)


def kernel(
    left: Array,
    left_family: NDArray[np.int64],
    right: Array,
    right_family: NDArray[np.int64],
    lengthscales: Array,
    shared: float,
) -> Array:
    """Compute the covariance of the discrepancy between two sets of points where its amplitude is 1.

    Parameters
    ----------
    left, right : array, shape (point, input)
        Points, on the axes of the inputs.
    left_family, right_family : array of int, shape (point,)
        Indices of their families.
    lengthscales : array, shape (input,)
        Length scales.
    shared : float
        Share of the variance that is common to all families.

    Returns
    -------
    array, shape (left point, right point)
        Covariance in units of the discrepancy's variance.
    """
    gap = (left[:, None, :] - right[None, :, :]) / lengthscales
    same = left_family[:, None] == right_family[None, :]
    return np.asarray(np.exp(-0.5 * (gap**2).sum(axis=-1)) * np.where(same, 1.0, shared))


def make_basis(log_inputs: Array, family: NDArray[np.int64], lengthscale: float, shared: float, slopes: Array) -> Basis:
    """Compute the basis for training points.

    Parameters
    ----------
    log_inputs : array, shape (row, input)
        Training points, on the axes of the inputs.
    family : array of int, shape (row,)
        Index of each row's family.
    lengthscale : float
        Length scale, as a share of each input's range and as much again in units of its axis.
    shared : float
        Share of the variance that is common to all families.
    slopes : array, shape (input,)
        Slopes of the log amplitude along the inputs.

    Returns
    -------
    Basis
        The leading eigenfunctions (Nyström).
    """
    points = np.unique(np.column_stack([log_inputs, family]), axis=0)
    spread = np.ptp(log_inputs, axis=0)
    lengthscales = lengthscale * (spread + 1.0)
    chosen = points[_spread_out(points / np.append(lengthscales, SAME_FAMILY), MOST_LANDMARKS)]
    landmarks, landmark_family = chosen[:, :-1], chosen[:, -1].astype(np.int64)
    covariance = kernel(landmarks, landmark_family, landmarks, landmark_family, lengthscales, shared)
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = values[::-1], vectors[:, ::-1]
    size = min(N_FUNCTIONS, int(np.sum(values > LEAST_EIGENVALUE * values[0])))
    vectors = vectors[:, :size] * np.sign(vectors[np.abs(vectors[:, :size]).argmax(axis=0), np.arange(size)])
    weights = np.zeros((len(landmarks), N_FUNCTIONS))
    weights[:, :size] = vectors / np.sqrt(values[:size])
    return Basis(landmarks, landmark_family, lengthscales, weights, shared, log_inputs.mean(axis=0), slopes)


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
