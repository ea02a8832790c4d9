"""The posterior of the upper tail of success rates, as quadrature nodes of scale, shape and share above a threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

type Array = NDArray[np.float64]

SHAPE_MEAN, SHAPE_SD = -0.05, 0.15

_SHAPES, _SCALES, _SHARES, _EXCESSES = 21, 61, 16, 40  # quadrature nodes
_NEGLIGIBLE = 1e-5  # weight of a node over that of the heaviest


def to_psi(rates: ArrayLike) -> Array:
    """Compute ψ = −log(−log p).

    Parameters
    ----------
    rates : array_like
        p, from 0 to 1.

    Returns
    -------
    ndarray
        ψ: −infinity at 0, infinity at 1.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(-np.log(np.asarray(rates, dtype=float))))


def from_psi(values: ArrayLike) -> Array:
    """Compute the rate p = exp(−exp(−ψ)).

    Parameters
    ----------
    values : array_like
        ψ.

    Returns
    -------
    ndarray
        p.
    """
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-np.exp(-np.asarray(values, dtype=float))))


@dataclass(frozen=True)
class TailNodes:
    """Quadrature nodes of the posterior of a tail.

    Attributes
    ----------
    unit : float
        Unit of excesses, on the scale of ψ.
    scale : ndarray, shape (n_nodes,)
        Scale of the excesses, in `unit`.
    shape : ndarray, shape (n_nodes,)
        Shape of the generalised Pareto distribution.
    share : ndarray, shape (n_nodes,)
        Share of queries above the threshold.
    weight : ndarray, shape (n_nodes,)
        Weights, which sum to one.
    """

    unit: float
    scale: Array
    shape: Array
    share: Array
    weight: Array

    def survival(self, excess: Array) -> Array:
        """Compute the share of queries above the threshold by more than an excess.

        Parameters
        ----------
        excess : ndarray, shape (..., 1)
            Excess, in `unit`.

        Returns
        -------
        ndarray, shape (..., n_nodes)
            Share of queries.
        """
        return np.asarray(self.share * np.exp(-_cumulative_hazard(excess / self.scale, self.shape)))

    def mean_above(self, threshold: float) -> Array:
        """Compute the mean rate of the queries above the threshold.

        Parameters
        ----------
        threshold : float
            The threshold, on the scale of ψ.

        Returns
        -------
        ndarray, shape (n_nodes,)
            Mean rate.
        """
        hazard, weight = np.polynomial.laguerre.laggauss(_EXCESSES)
        bent = hazard[:, None] * self.shape
        straight = np.abs(bent) < 1e-9
        growth = np.where(straight, 1.0, np.expm1(bent) / np.where(straight, 1.0, bent))
        return np.asarray(weight @ from_psi(threshold + self.unit * self.scale * hazard[:, None] * growth))


def _cumulative_hazard(excess: Array, shape: Array) -> Array:
    """log(1 + ξ x) / ξ, x at ξ = 0, infinity beyond the end of a tail with ξ < 0."""
    inner = shape * excess
    straight = np.abs(inner) < 1e-9
    with np.errstate(divide="ignore"):
        bent = np.log1p(np.maximum(inner, -1.0)) / np.where(straight, 1.0, shape)
    return np.where(straight, excess, bent)


def tail_nodes(excesses: Array, queries: int) -> TailNodes:
    """Compute the posterior of a tail on a grid of scale, shape and share above the threshold.

    The prior of the scale is 1/σ, that of the shape normal; the share above the threshold is an order statistic's.

    Parameters
    ----------
    excesses : ndarray, shape (k,)
        Excesses over the threshold of the k largest rates, on the scale of ψ.
    queries : int
        Number of rates.

    Returns
    -------
    TailNodes
        The nodes.
    """
    k, unit = len(excesses), float(excesses.mean())
    reach = 8 / np.sqrt(k) + 0.9
    shape, log_scale = np.meshgrid(
        SHAPE_MEAN + SHAPE_SD * np.linspace(-4, 4, _SHAPES), np.linspace(-reach, reach, _SCALES), indexing="ij"
    )
    scale = np.exp(log_scale)
    hazard = _cumulative_hazard(excesses / unit / scale[..., None], shape[..., None])
    logs = -((1 + shape[..., None]) * hazard).sum(axis=-1) - k * log_scale
    logs -= 0.5 * ((shape - SHAPE_MEAN) / SHAPE_SD) ** 2
    weight = np.exp(logs - logs.max())
    used = weight > _NEGLIGIBLE
    # equally probable shares, each the median of its interval
    share = betaincinv(k + 1, queries - k, (np.arange(_SHARES) + 0.5) / _SHARES)
    scales, shapes, weights = (np.repeat(values[used], _SHARES) for values in (scale, shape, weight))
    return TailNodes(unit, scales, shapes, np.tile(share, int(used.sum())), weights / weights.sum())


def weighted_quantiles(values: Array, weights: Array, prob: float) -> tuple[Array, Array, Array]:
    """Compute median and equal-tailed interval of each row of weighted values.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_nodes)
        The values.
    weights : ndarray, shape (n_nodes,)
        Their weights, which sum to one.
    prob : float
        Probability of the interval.

    Returns
    -------
    median, lower, upper : ndarray, shape (n_rows,)
        The quantiles.
    """
    order = np.argsort(values, axis=-1)
    ascending = np.take_along_axis(values, order, -1)
    cumulative = np.cumsum(weights[order], axis=-1) - weights[order] / 2
    levels = (0.5, 0.5 - prob / 2, 0.5 + prob / 2)
    quantiles = np.array([np.interp(levels, below, row) for below, row in zip(cumulative, ascending, strict=True)])
    median, lower, upper = quantiles.T
    return median, lower, upper
