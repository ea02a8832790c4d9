"""Importance weights: effective number, Pareto shape, and resampling."""

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]


def effective_number(log_weight: Array) -> Array:
    """Compute the effective number of points (Kish).

    Parameters
    ----------
    log_weight : ndarray, shape (..., n_points)
        Log weights.

    Returns
    -------
    ndarray, shape (...)
        (Σ w)² / Σ w².
    """
    return log_mean_and_effective_number(log_weight)[1]


def log_mean_and_effective_number(log_weight: Array) -> tuple[Array, Array]:
    """Compute the log of the mean weight, which estimates the evidence, and the effective number of points (Kish).

    Parameters
    ----------
    log_weight : ndarray, shape (..., n_points)
        Log weights.

    Returns
    -------
    log_mean, effective : ndarray, shape (...)
        log(Σ w / n), and (Σ w)² / Σ w².
    """
    largest = log_weight.max(axis=-1)
    weight = log_weight - largest[..., None]
    np.exp(weight, out=weight)
    total, squares = weight.sum(axis=-1), np.einsum("...i,...i->...", weight, weight)
    return np.asarray(largest + np.log(total / log_weight.shape[-1])), np.asarray(total**2 / squares)


def pareto_k(log_weight: Array) -> Array:
    """Estimate the Pareto shape of the tail of importance weights; above 0.7 their mean is unreliable.

    Parameters
    ----------
    log_weight : ndarray, shape (..., n_points)
        Log weights, more than 225; the tail is the 3 √n largest.

    Returns
    -------
    ndarray, shape (...)
        The shape; NaN where a quarter of the tail equals its smallest value.

    References
    ----------
    Vehtari et al. (2024), arXiv:1507.02646.
    """
    count = log_weight.shape[-1]
    tail = int(3 * np.sqrt(count))
    largest = np.reshape(
        [_largest(row, tail + 1) for row in log_weight.reshape(-1, count)], (*log_weight.shape[:-1], -1)
    )
    weight = np.exp(largest - largest[..., -1:])
    excess = (weight[..., 1:] - weight[..., :1]).reshape(-1, tail)
    with np.errstate(all="ignore"):  # weights may all be equal, or fall off without bound
        return np.array([_pareto_shape(row) for row in excess]).reshape(log_weight.shape[:-1])


def _largest(values: Array, count: int) -> Array:
    """The largest of many values, ascending.

    The least of the `count` largest maxima of parts is no more than any of them, so that few values need sorting.
    """
    parts = min(len(values), count + count // 8)
    maxima = values[: len(values) // parts * parts].reshape(-1, parts).max(axis=0)
    return np.asarray(np.sort(values[values >= np.partition(maxima, parts - count)[parts - count]])[-count:])


def _pareto_shape(excess: Array) -> float:
    """Shape of a generalised Pareto law of ascending values (Zhang and Stephens 2009), regularised towards 0.5.

    The prior has the weight of ten values (Vehtari et al. 2024). ArviZ computes the same, more slowly for many groups.
    """
    count, grid = len(excess), 30 + int(np.sqrt(len(excess)))
    quartile = excess[int(count / 4 + 0.5) - 1]
    if quartile <= excess[0]:
        return float("nan")
    b = (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quartile) + 1 / excess[-1]
    shape = np.log(1 - b[:, None] * excess).mean(axis=1)  # np.log1p is much slower, and no more exact for the mean
    log_density = count * (np.log(-b / shape) - shape - 1)
    share = np.exp(log_density - log_density.max())
    share /= share.sum()
    share[share < 10 * np.finfo(float).eps] = 0.0
    best = np.log1p(-(b @ share) / share.sum() * excess).mean()
    return float("inf") if np.isnan(best) else float((count * best + 5) / (count + 10))


def resample(log_weight: Array, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw indices in proportion to weights, by systematic resampling.

    Parameters
    ----------
    log_weight : ndarray, shape (n_points,)
        Log weights.
    count : int
        Number of indices.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (count,)
        Indices in random order.
    """
    cumulative = np.cumsum(np.exp(log_weight - log_weight.max()))
    positions = (rng.random() + np.arange(count)) / count * cumulative[-1]
    return rng.permutation(np.minimum(np.searchsorted(cumulative, positions), len(cumulative) - 1))


def log_normal(z: Array) -> Array:
    """Compute the log density of independent standard normals.

    Parameters
    ----------
    z : ndarray, shape (..., n_dims)
        Coordinates.

    Returns
    -------
    ndarray, shape (...)
        Log density.
    """
    return np.asarray(-0.5 * (z**2).sum(axis=-1) - 0.5 * z.shape[-1] * np.log(2 * np.pi))
