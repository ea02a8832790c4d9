"""The discrepancy away from the data, as one function of the inputs per posterior draw.

The part that the basis does not span has covariance a(x)a(x')·(K(x, x') − φ(x)φ(x')ᵀ), a the amplitude. A function with
that covariance is a(x)·(g(x) − φ(x)·Wᵀg(Z)), for a function g drawn from the kernel's process and the landmarks Z
(Matheron's rule; Wilson et al. 2020, arXiv:2002.09309). g is a sum of waves whose frequencies follow the kernel's
spectrum (Rahimi and Recht 2007). The seed fixes the function of a draw, and targets only evaluate it: near targets move
together, and the result at a target does not depend on the other targets.

The amplitudes of the waves are random signs. Their covariance is that of standard normal amplitudes, and the sum of so
many waves is nearly normal (measured excess kurtosis -0.03 at most), at a fifth of the time.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from bayescale.scaling.model.discrepancy import Basis
from bayescale.scaling.predict.draws import Functions

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

WAVES = 512  # covariances are right to within about 0.01


def discrepancy(functions: Functions, log_inputs: Array, family: Index, seed: int) -> Array:
    """Evaluate the discrepancy at points: what the basis spans and what it does not.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    log_inputs : ndarray
        Points on the axes of the inputs (point, input).
    family : ndarray of int
        Family of each point (point,).
    seed : int
        Predictive seed.

    Returns
    -------
    ndarray
        The discrepancy on the model's scale (chain, draw, point).
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
        The discrepancy's basis.
    log_inputs : ndarray
        Points on the axes of the inputs (point, input).
    family : ndarray of int
        Family of each point (point,).
    draws : tuple of int
        Numbers of chains and of draws a chain.
    seed : int
        Predictive seed.

    Returns
    -------
    ndarray
        Draws in units of the discrepancy's standard deviation at the centre of the data (chain, draw, point).
    """
    frequencies = _frequencies(log_inputs.shape[1]) / basis.lengthscales
    origin = basis.landmarks.mean(axis=0)
    at_points, at_landmarks = (_waves(x - origin, frequencies) for x in (log_inputs, basis.landmarks))
    back = basis.unit_features(log_inputs, family) @ basis.weights.T  # (point, landmark)
    amplitude = basis.amplitude(log_inputs)[:, None]
    out = np.zeros((draws[0] * draws[1], len(log_inputs)), dtype=np.float64)
    of_all = np.ones(len(log_inputs), dtype=bool), np.ones(len(basis.landmarks), dtype=bool)
    parts = [(0, basis.shared, *of_all)]
    families = sorted({*map(int, family), *map(int, basis.landmark_family)})
    parts += [(2 + f, 1 - basis.shared, family == f, basis.landmark_family == f) for f in families]
    for key, share, points, landmarks in parts:
        rows = amplitude * (at_points * points[:, None] - back[:, landmarks] @ at_landmarks[landmarks])
        signs = _signs(np.random.SeedSequence([seed, 1, key]), len(out))
        out += signs @ (np.sqrt(share) * rows.T).astype(np.float32)
    return out.reshape(*draws, -1)


def _signs(seed: np.random.SeedSequence, draws: int) -> NDArray[np.float32]:
    """Draw signs, one bit each, of every cosine and sine: (draw, 2·wave). More draws leave the first as they are."""
    words = np.random.PCG64(seed).random_raw(draws * 2 * WAVES // 64).astype("<u8")
    signs = np.unpackbits(words.view(np.uint8)).astype(np.float32).reshape(draws, 2 * WAVES)
    signs *= 2
    signs -= 1
    return signs


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
    """Evaluate a family's average over repeated runs, law and discrepancy, on the model's scale.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    log_inputs : ndarray
        Points on the axes of the inputs (point, input).
    family : ndarray of int
        Family of each point (point,).
    seed : int
        Predictive seed.

    Returns
    -------
    ndarray
        The average (chain, draw, point).
    """
    return functions.law_response(log_inputs, family) + discrepancy(functions, log_inputs, family, seed)
