"""Saturation of test-time scaling: the number of samples after which one more gains little.

With the same success probability p for every problem, expected performance is F(N) = F_max (1 - (1 - p)^N), for
parallel samples and for rounds of rethinking, and the next sample gains F_max p (1 - p)^N (test-time scaling
performance model, Wang et al. 2025, arXiv 2505.20522). When problems differ, the gain is the mean of p (1 - p)^N over
problems: it falls like a power of N instead of exponentially, so that saturation needs many more samples.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import median_and_interval, require_prob
from bayescale.errors import InputError
from bayescale.risk.arguments import in_one_shape, read_numbers, read_shares, scalar_or_array
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import MOST_ATTEMPTS
from bayescale.risk.predict.crossed_rates import DRAWS, crossed_rates
from bayescale.risk.root_finding import largest_integer

type Array = NDArray[np.float64]


@checked
def saturation_point(rate: ArrayLike, epsilon: ArrayLike, max_performance: ArrayLike = 1.0) -> Array:
    """Compute the number of samples after which one more gains `epsilon` or less, if all problems have the same rate.

    Parameters
    ----------
    rate : array_like
        p, the probability that one sample (or one round of rethinking) succeeds, from 0 to 1.
    epsilon : array_like
        Smallest gain of performance that justifies one more sample, a share above 0.
    max_performance : array_like, default 1.0
        F_max, performance after infinitely many samples, from 0 to 1. The arguments broadcast.

    Returns
    -------
    ndarray or float
        The least N ≥ 0 with F_max p (1 - p)^N ≤ ε: ⌈log(ε / (F_max p)) / log(1 - p)⌉.

    Raises
    ------
    InputError
        For values outside their range.

    References
    ----------
    Wang et al. (2025), arXiv:2505.20522: the model; the point is derived here from its marginal gain.
    """
    p, least, top = read_shares(rate, "rate"), _read_epsilon(epsilon), read_shares(max_performance, "max_performance")
    p, least, top = in_one_shape({"rate": p, "epsilon": least, "max_performance": top})
    gain = p * top
    inner = (gain > least) & (p < 1)
    inner_p, inner_gain = np.where(inner, p, 0.5), np.where(inner, gain, 1.0)
    exact = np.log(np.where(inner, least, 1.0) / inner_gain) / np.log1p(-inner_p)
    whole = np.ceil(exact)
    # rounding of the logarithms may exceed an exact tie
    earlier = np.maximum(whole - 1, 0.0)
    tie = np.abs(exact - earlier) <= 1e-12 * np.maximum(exact, 1.0)
    return scalar_or_array(np.where(inner, np.where(tie, earlier, whole), np.where(gain > least, 1.0, 0.0)))


@checked
def mean_saturation_point(
    rates: ArrayLike, epsilon: float, max_performance: float = 1.0, weights: ArrayLike | None = None
) -> Array:
    """Compute the number of samples after which one more gains `epsilon` or less, averaged over problems.

    Parameters
    ----------
    rates : array_like, shape (..., n_problems)
        Success probability of one sample at each problem.
    epsilon : float
        Smallest gain of mean performance that justifies one more sample, a share above 0.
    max_performance : float, default 1.0
        Performance of the selection among infinitely many samples, from 0 to 1.
    weights : array_like, shape (..., n_problems), optional
        Weight of each problem; normalised to sum to one.

    Returns
    -------
    ndarray or float, shape (...)
        The least N ≥ 0 with F_max · mean of p (1 - p)^N ≤ ε; infinity beyond 1e12.

    Raises
    ------
    InputError
        For values outside their range or shapes that do not fit.
    """
    p, least, top = read_shares(rates, "rates"), _read_epsilon(epsilon), read_shares(max_performance, "max_performance")
    share = np.ones(p.shape) if weights is None else read_numbers(weights, "weights")
    if not p.ndim or not p.shape[-1] or least.ndim or top.ndim:
        raise InputError(
            "rates must have an axis of one problem or more; epsilon and max_performance must be one number each"
        )
    try:
        p, share = np.broadcast_arrays(p, share)
    except ValueError as error:
        raise InputError(
            f"weights have shape {share.shape}, rates {p.shape}: give one weight for each problem"
        ) from error
    if not (np.isfinite(share) & (share >= 0)).all() or not (share > 0).any(axis=-1).all():
        raise InputError("weights must be finite, 0 or more, and above 0 for at least one problem")
    with np.errstate(divide="ignore"):
        decay = -np.log1p(-p)
    share = share / share.max(axis=-1, keepdims=True)  # a sum of large weights overflows
    return scalar_or_array(_first_below(share / share.sum(axis=-1, keepdims=True) * p * top, decay, float(least)))


def _first_below(gain: Array, decay: Array, epsilon: float) -> Array:
    """The least N ≥ 0 with sum over the last axis of gain exp(-N decay) ≤ epsilon; infinity beyond 1e12."""

    def above(n: Array) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            exponent = np.where(n[..., None] > 0, n[..., None] * decay, 0.0)
        return np.asarray((gain * np.exp(-exponent)).sum(axis=-1) > epsilon)

    shape = gain.shape[:-1]
    never = above(np.full(shape, float(MOST_ATTEMPTS)))
    return np.where(never, np.inf, largest_integer(above, shape, -1, MOST_ATTEMPTS) + 1)


def _read_epsilon(epsilon: ArrayLike) -> Array:
    numbers = read_shares(epsilon, "epsilon")
    if not (numbers > 0).all():
        raise InputError("epsilon=0 must be above 0, such as 0.001: the gain of a sample never falls to 0")
    return numbers


@checked
@dataclass(frozen=True, repr=False)
class Saturation(Shown):
    """Number of samples after which one more gains little, by group.

    Attributes
    ----------
    table : DataFrame
        One row per group: the group's columns; `homogeneous`, the number if every problem had the mean rate; `these_*`
        and `new_*` (`median`, `lower`, `upper`), fresh samples after which one more gains `epsilon` or less on the
        measured problems and on new ones; `reached_*`, share of new problems solved by then; `ceiling_*`, F_max, the
        share of new problems that any number of samples solves.
    epsilon : float
        Gain of the share of problems solved that one more sample must exceed.
    prob : float
        Probability of the intervals.
    """

    table: pd.DataFrame
    epsilon: float
    prob: float

    @property
    def _page(self) -> Page:
        title = (
            f"Samples after which one more solves a share of {self.epsilon:.3g} of problems or less; "
            f"{100 * self.prob:.4g} % intervals"
        )
        return Page(title, self.table)


def saturation(self: RiskPosterior, epsilon: float = 0.001, prob: float = 0.9) -> Saturation:
    """Compute the number of fresh samples after which one more solves a share `epsilon` of problems or less.

    Parameters
    ----------
    epsilon : float, default 0.001
        Smallest gain of the share of problems solved that justifies one more sample, strictly between 0 and 1.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    Saturation
        Samples by group, for the measured problems and for new ones.

    Raises
    ------
    InputError
        For an epsilon or a `prob` that is not strictly between 0 and 1, and a judge whose errors persist.
    """
    require_prob(prob)
    if isinstance(epsilon, bool) or not isinstance(epsilon, int | float | np.number) or not 0 < epsilon < 1:
        raise InputError(f"epsilon={epsilon!r} must be a share strictly between 0 and 1, such as 0.001")
    labels = self.problems.group_table
    rows = [_row(self, group, float(epsilon), prob) for group in range(len(labels))]
    return Saturation(pd.concat([labels, pd.DataFrame(rows)], axis=1), float(epsilon), prob)


def _row(posterior: RiskPosterior, group: int, epsilon: float, prob: float) -> dict[str, float]:
    laws, problems = posterior.law_draws(group, DRAWS), posterior.problems
    success = -np.expm1(-RATE)
    new = _first_below(laws.mass * success, np.broadcast_to(RATE, laws.mass.shape), epsilon)
    mean = float((laws.mass @ success).mean())
    row = {"homogeneous": float(saturation_point(mean, epsilon))}
    if len(problems.tried(group)) > 1:
        option = [problems.groups[group]] if problems.group_names else None
        rates = crossed_rates(posterior, option).rates[:, 0]
        these = _first_below(-np.expm1(-rates) / rates.shape[1], rates, epsilon)
        row |= _summary("these", these, prob)
    row |= _summary("new", new, prob)
    with np.errstate(over="ignore"):
        solved = -np.expm1(-np.minimum(new, float(MOST_ATTEMPTS))[:, None] * RATE)
    row |= _summary("reached", (laws.mass * solved).sum(axis=1), prob)
    return row | _summary("ceiling", 1 - laws.zero, prob)


def _summary(name: str, draws: Array, prob: float) -> dict[str, float]:
    quantiles = median_and_interval(draws, prob, "nearest" if np.isinf(draws).any() else "linear")
    return dict(zip((f"{name}_median", f"{name}_lower", f"{name}_upper"), map(float, quantiles), strict=True))
