"""The posterior of the upper tail of success rates, as quadrature nodes of scale, shape and share above a threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta

type Array = NDArray[np.float64]

SHAPE_MEAN, SHAPE_SD = -0.05, 0.15

_SHAPES, _SCALES, _SHARES, _EXCESSES = 21, 61, 16, 40  # quadrature nodes
_NEGLIGIBLE = 1e-5  # weight of a node over that of the heaviest


def to_psi(rates: ArrayLike) -> Array:
    """ψ = −log(−log p): −infinity at 0, infinity at 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(-np.log(np.asarray(rates, dtype=float))))


def from_psi(values: ArrayLike) -> Array:
    """The rate p = exp(−exp(−ψ))."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-np.exp(-np.asarray(values, dtype=float))))


@dataclass(frozen=True)
class TailNodes:
    """Quadrature nodes of a tail's posterior, flat (node,): scale of the excesses over `unit`, shape, share of queries
    above the threshold, and weight."""

    unit: float
    scale: Array
    shape: Array
    share: Array
    weight: Array

    def survival(self, excess: Array) -> Array:
        """Share of queries above the threshold by more than `excess` (…, 1) times `unit`: (…, node)."""
        return np.asarray(self.share * np.exp(-_cumulative_hazard(excess / self.scale, self.shape)))

    def mean_above(self, threshold: float) -> Array:
        """Mean rate of the queries above the threshold: (node,)."""
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
    """The posterior of a tail whose `excesses` (k,) are the largest of `queries` rates, on the scale of ψ.

    The prior of the scale is 1/σ, that of the shape normal; the share above the threshold is an order statistic's.
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
    # equal shares of probability, each at its middle
    share = beta.ppf((np.arange(_SHARES) + 0.5) / _SHARES, k + 1, queries - k)
    every = [np.repeat(values[used], _SHARES) for values in (scale, shape, weight)]
    return TailNodes(unit, every[0], every[1], np.tile(share, int(used.sum())), every[2] / every[2].sum())


def weighted_quantiles(values: Array, weights: Array, prob: float) -> tuple[Array, Array, Array]:
    """Median, lower and upper of each row of values (row, node)."""
    order = np.argsort(values, axis=-1)
    rising = np.take_along_axis(values, order, -1)
    upto = np.cumsum(weights[order], axis=-1) - weights[order] / 2
    levels = (0.5, 0.5 - prob / 2, 0.5 + prob / 2)
    found = np.array([np.interp(levels, at, row) for at, row in zip(upto, rising, strict=True)])
    median, lower, upper = found.T
    return median, lower, upper
