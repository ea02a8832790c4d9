"""The discrepancy away from the data, as one function of the inputs per posterior draw.

What the basis does not span has covariance K(x, x') − φ(x)φ(x')ᵀ. A function with that covariance is g(x) − φ(x)·Wᵀg(Z)
for a function g drawn from the kernel's own process and the landmarks Z (Matheron's rule; Wilson et al. 2020, arXiv
2002.09309); g is a sum of waves whose frequencies follow the kernel's spectrum (Rahimi and Recht 2007). So each draw is
a function fixed by the seed: targets only evaluate it, near targets move together, and no answer depends on the other
targets.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from bayescale.scaling.model.discrepancy import Basis
from bayescale.scaling.predict.draws import Functions

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

WAVES = 512  # covariances come out right to within .01 or so


def discrepancy(functions: Functions, log_inputs: Array, family: Index, seed: int) -> Array:
    """Evaluate the discrepancy: the part that the basis spans, and a draw of the rest.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    log_inputs : array, shape (point, input)
        Points, on the axes of the inputs.
    family : array of int, shape (point,)
        Index of each point's family.
    seed : int
        Predictive seed of the posterior.

    Returns
    -------
    array, shape (chain, draw, point)
        The discrepancy on the model's scale.
    """
    spanned = functions.spanned(log_inputs, family)
    basis = functions.design.basis
    if basis is None or functions.scale is None:
        return spanned
    residual = unspanned(basis, log_inputs, family, functions.draws, seed)
    return np.asarray(spanned + functions.scale[..., None] * residual)


def unspanned(basis: Basis, log_inputs: Array, family: Index, draws: tuple[int, int], seed: int) -> Array:
    """Draw the part of the discrepancy that the basis does not span.

    Parameters
    ----------
    basis : Basis
        Functions of the discrepancy.
    log_inputs : array, shape (point, input)
        Points, on the axes of the inputs.
    family : array of int, shape (point,)
        Index of each point's family.
    draws : tuple of int
        Numbers of chains and of draws a chain.
    seed : int
        Predictive seed of the posterior.

    Returns
    -------
    array, shape (chain, draw, point)
        Values in units of the discrepancy's standard deviation.
    """
    frequencies = _frequencies(log_inputs.shape[1]) / basis.lengthscales
    origin = basis.landmarks.mean(axis=0)
    at_points, at_landmarks = (_waves(x - origin, frequencies) for x in (log_inputs, basis.landmarks))
    to_landmarks = basis.features(log_inputs, family) @ basis.weights.T  # (point, landmark)
    out = np.zeros((draws[0] * draws[1], len(log_inputs)), dtype=np.float64)
    everywhere = np.ones(len(log_inputs), dtype=bool), np.ones(len(basis.landmarks), dtype=bool)
    parts = [(0, basis.shared, *everywhere)]
    indices = sorted({*map(int, family), *map(int, basis.landmark_family)})
    parts += [(2 + f, 1 - basis.shared, family == f, basis.landmark_family == f) for f in indices]
    for key, share, points, landmarks in parts:
        rows = at_points * points[:, None] - to_landmarks[:, landmarks] @ at_landmarks[landmarks]
        rng = np.random.default_rng(np.random.SeedSequence([seed, 1, key]))
        amplitudes = rng.standard_normal((len(out), rows.shape[1]), dtype=np.float32)
        out += amplitudes @ (np.sqrt(share) * rows.T).astype(np.float32)
    return out.reshape(*draws, -1)


def _waves(points: Array, frequencies: Array) -> Array:
    """Cosines and sines at points (point, input): (point, 2·wave), of unit length."""
    phase = points @ frequencies.T
    return np.asarray(np.concatenate([np.cos(phase), np.sin(phase)], axis=1) / np.sqrt(len(frequencies)))


def _frequencies(dimensions: int) -> Array:
    """Evenly spread standard normal frequencies (wave, input): an additive recurrence on a golden ratio."""
    ratio = 1.5
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    steps = ratio ** -np.arange(1.0, dimensions + 1)
    return np.asarray(ndtri((0.5 + np.arange(1.0, WAVES + 1)[:, None] * steps) % 1))


def mean_response(functions: Functions, log_inputs: Array, family: Index, seed: int) -> Array:
    """Evaluate law and discrepancy together: the mean over repeated runs of a family.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    log_inputs : array, shape (point, input)
        Points, on the axes of the inputs.
    family : array of int, shape (point,)
        Index of each point's family.
    seed : int
        Predictive seed of the posterior.

    Returns
    -------
    array, shape (chain, draw, point)
        Responses on the model's scale.
    """
    return functions.law_response(log_inputs, family) + discrepancy(functions, log_inputs, family, seed)
