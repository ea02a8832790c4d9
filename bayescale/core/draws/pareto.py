"""Pareto smoothing of importance ratios: a generalised Pareto distribution is fitted to the largest of them.

Vehtari, Simpson, Gelman, Yao and Gabry (2024, arXiv:1507.02646), with the settings of ArviZ and the R package loo.
"""

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

LEAST_TAIL = 5  # ratios that a tail is fitted to
PRIOR_SHAPE, PRIOR_WEIGHT = 0.5, 10.0  # of the shape of the tail, and as many observations as it counts
NEGLIGIBLE = 10 * np.finfo(np.float64).eps  # weight of a candidate of the fit


def tail_length(count: int, relative_efficiency: float) -> int:
    """Return how many of the largest ratios are smoothed.

    Parameters
    ----------
    count : int
        Number of draws.
    relative_efficiency : float
        Effective draws per draw.

    Returns
    -------
    int
        Number of ratios.
    """
    if count * relative_efficiency > 225:
        return int(3 * (count / relative_efficiency) ** 0.5)
    return count // 5


def smoothed_log_weights(log_ratios: Array, tail: int) -> tuple[Array, float]:
    """Smooth the largest importance ratios, and normalise all.

    Parameters
    ----------
    log_ratios : ndarray
        Log ratios (draw,). −inf is a ratio of zero.
    tail : int
        Number of ratios that are smoothed, see `tail_length`.

    Returns
    -------
    log_weights : ndarray
        Log weights (draw,); the weights sum to one.
    pareto_k : float
        Shape of the tail: NaN where none can be fitted, −inf where all its ratios are equal.

    Raises
    ------
    ValueError
        If the tail has fewer than five ratios or is not a part of all.
    """
    count = len(log_ratios)
    if not LEAST_TAIL <= tail < count:
        raise ValueError(f"a tail of {tail} of {count} ratios cannot be fitted: at least {LEAST_TAIL} and not all")
    log_weights = log_ratios - log_ratios.max()
    order = np.argpartition(log_weights, (count - tail - 1, count - tail))
    largest = order[count - tail :]
    largest = largest[log_weights[largest].argsort()]
    values, pareto_k = log_weights[largest], -np.inf
    if not values[-1] - values[0] < np.finfo(np.float64).tiny:
        cutoff = np.exp(log_weights[order[count - tail - 1]])
        pareto_k, scale = _fitted_tail(np.exp(values) - cutoff)
        if np.isfinite(pareto_k) and scale > 0:
            log_weights[largest] = np.minimum(np.log(cutoff + _quantiles(tail, pareto_k, scale)), values[-1])
    return log_weights - np.log(np.exp(log_weights).sum()), pareto_k


def smoothed_rows(log_ratios: Array) -> tuple[Array, Array]:
    """Smooth several sets of importance ratios, of draws that count as independent.

    Parameters
    ----------
    log_ratios : ndarray
        Log ratios (set, draw).

    Returns
    -------
    log_weights : ndarray
        Log weights (set, draw); the weights of a set sum to one.
    pareto_k : ndarray
        Shape of the tail of each set (set,).
    """
    tail = tail_length(log_ratios.shape[1], 1.0)
    log_weights, pareto_k = np.empty(log_ratios.shape), np.empty(len(log_ratios))
    for i, ratios in enumerate(log_ratios):
        log_weights[i], pareto_k[i] = smoothed_log_weights(ratios, tail)
    return log_weights, pareto_k


def log_sum_exp(values: Array) -> Array:
    """Compute the logarithm of sums of exponentials.

    Parameters
    ----------
    values : ndarray
        Logarithms (set, draw), at least one of each set finite.

    Returns
    -------
    ndarray
        Logarithm of the sum of each set (set,).
    """
    largest = values.max(axis=1)
    return np.asarray(largest + np.log(np.exp(values - largest[:, None]).sum(axis=1)))


def _fitted_tail(excess: Array) -> tuple[float, float]:
    """Shape and scale of the generalised Pareto distribution of ordered values above a threshold.

    The estimate is the posterior mean on a grid of the ratio of shape to scale.

    References
    ----------
    Zhang and Stephens (2009), A new and efficient estimation method for the generalized Pareto distribution.
    """
    count = len(excess)
    candidates = 30 + int(count**0.5)
    quartile = excess[int(count / 4 + 0.5) - 1]
    if quartile <= excess[0]:  # far from such a distribution
        return float("nan"), float("nan")
    with np.errstate(all="ignore"):  # ratios may be infinite or NaN
        ratio = (1 - np.sqrt(candidates / (np.arange(1.0, candidates + 1) - 0.5))) / (3 * quartile) + 1 / excess[-1]
        shape = np.log1p(-ratio[:, None] * excess).mean(axis=1)
        log_likelihood = count * (np.log(-ratio / shape) - shape - 1)
        weight = np.exp(log_likelihood - log_likelihood.max())
        weight /= weight.sum()
        ratio, weight = ratio[weight >= NEGLIGIBLE], weight[weight >= NEGLIGIBLE]
        mean_ratio = float((ratio * weight).sum() / weight.sum())
        fitted = float(np.log1p(-mean_ratio * excess).mean())
    if np.isnan(fitted):
        return float("inf"), float("nan")
    return (count * fitted + PRIOR_WEIGHT * PRIOR_SHAPE) / (count + PRIOR_WEIGHT), -fitted / mean_ratio


def _quantiles(count: int, shape: float, scale: float) -> Array:
    """Evenly spread quantiles of a generalised Pareto distribution above its threshold (count,)."""
    log_above = np.log1p(-np.arange(0.5, count) / count)
    return np.asarray(-scale * log_above if shape == 0 else scale * np.expm1(-shape * log_above) / shape)
