"""After how many samples one more hardly helps: saturation of test-time scaling.

With one success probability p for every problem the expected performance is F(N) = F_max (1 - (1 - p)^N), for parallel
samples as for rounds of rethinking, and the next sample gains F_max p (1 - p)^N (test-time scaling performance model,
Wang et al. 2025, arXiv 2505.20522). Problems differ, and then the gain is the mean of p (1 - p)^N over problems: it
falls like a power of N instead of exponentially, and saturation comes much later.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.errors import InputError
from bayescale.risk.crossed_rates import DRAWS, crossed
from bayescale.risk.estimators.exact import plain, read_numbers
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import drawn, problems_of
from bayescale.risk.predict import MOST_ATTEMPTS, group_table
from bayescale.risk.shapes import in_one_shape

type Array = NDArray[np.float64]


@checked
def saturation_point(rate: ArrayLike, epsilon: ArrayLike, max_performance: ArrayLike = 1.0) -> Array:
    """Number of samples after which one more gains `epsilon` or less, where every problem has the same success rate.

    Parameters
    ----------
    rate : array_like
        p, the probability that one sample (or one round of rethinking) succeeds, from 0 to 1.
    epsilon : array_like
        Least gain of performance that one more sample is worth, a share above 0.
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
    p, least, top = (_shares(values, name) for values, name in _named(rate, epsilon, max_performance))
    _require_positive(least)
    p, least, top = in_one_shape({"rate": p, "epsilon": least, "max_performance": top})
    gain = p * top
    inner = (gain > least) & (p < 1)
    safe, some = np.where(inner, p, 0.5), np.where(inner, gain, 1.0)
    exact = np.log(np.where(inner, least, 1.0) / some) / np.log1p(-safe)
    whole = np.ceil(exact)
    # rounding of the logarithms may put an exact tie one too high
    earlier = np.maximum(whole - 1, 0.0)
    tie = np.abs(exact - earlier) <= 1e-12 * np.maximum(exact, 1.0)
    return plain(np.where(inner, np.where(tie, earlier, whole), np.where(gain > least, 1.0, 0.0)))


@checked
def mean_saturation_point(
    rates: ArrayLike, epsilon: float, max_performance: float = 1.0, weights: ArrayLike | None = None
) -> Array:
    """Number of samples after which one more gains `epsilon` or less on average over problems that differ.

    Parameters
    ----------
    rates : array_like, shape (..., n_problems)
        Success probability of one sample at each problem.
    epsilon : float
        Least gain of mean performance that one more sample is worth, a share above 0.
    max_performance : float, default 1.0
        Factor on performance: what a selection among infinitely many samples loses, from 0 to 1.
    weights : array_like, shape (..., n_problems), optional
        How much each problem counts; made to sum to one.

    Returns
    -------
    ndarray or float, shape (...)
        The least N ≥ 0 with F_max · mean of p (1 - p)^N ≤ ε; infinity beyond 1e12.

    Raises
    ------
    InputError
        For values outside their range or shapes that do not fit.
    """
    p, least, top = (_shares(values, name) for values, name in _named(rates, epsilon, max_performance, "rates"))
    _require_positive(least)
    share = np.ones(p.shape) if weights is None else read_numbers(weights, "weights")
    if not p.ndim or not p.shape[-1] or least.ndim or top.ndim:
        raise InputError("rates need an axis of problems, one or more; epsilon and max_performance are one number each")
    try:
        p, share = np.broadcast_arrays(p, share)
    except ValueError as error:
        raise InputError(f"weights have shape {share.shape}, rates {p.shape}: give one weight a problem") from error
    if not (np.isfinite(share) & (share >= 0)).all() or not (share > 0).any(axis=-1).all():
        raise InputError("weights must be finite, 0 or more, and more than 0 for some problem")
    with np.errstate(divide="ignore"):
        decay = -np.log1p(-p)
    share = share / share.max(axis=-1, keepdims=True)  # a sum of large weights overflows
    return plain(_first_below(share / share.sum(axis=-1, keepdims=True) * p * top, decay, float(least)))


def _first_below(gain: Array, decay: Array, epsilon: float) -> Array:
    """The least N with sum over the last axis of gain exp(-N decay) ≤ epsilon; the sum only falls with N."""

    def above(n: Array) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            exponent = np.where(n[..., None] > 0, n[..., None] * decay, 0.0)
        return np.asarray((gain * np.exp(-exponent)).sum(axis=-1) > epsilon)

    low = np.full(gain.shape[:-1], -1.0)  # still above there, or nowhere
    high = np.full(gain.shape[:-1], float(MOST_ATTEMPTS))
    never = above(high)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        up = above(middle)
        wide = high - low > 1
        low, high = np.where(wide & up, middle, low), np.where(wide & ~up, middle, high)
    return np.where(never, np.inf, high)


@checked
@dataclass(frozen=True, repr=False)
class Saturation(Shown):
    """Samples after which one more hardly helps, by group.

    Attributes
    ----------
    table : DataFrame
        One row per group: the group's columns; `homogeneous`, the point if every problem had the mean rate;
        `these_*` and `new_*` (`median`, `lower`, `upper`): samples after which one more fresh sample gains `epsilon` or
        less on the measured problems and on new ones; `reached_*`: share of new problems solved by then; `ceiling_*`:
        F_max, the share of new problems that any number of samples solves.
    epsilon : float
        Gain of the share of problems solved that one more sample must exceed.
    prob : float
        Probability of intervals.
    """

    table: pd.DataFrame
    epsilon: float
    prob: float

    @property
    def _page(self) -> Page:
        title = (
            f"Samples after which one more solves {self.epsilon:.3g} of problems or less; "
            f"{100 * self.prob:.4g} % intervals"
        )
        return Page(title, self.table)


def saturation(tree: xr.DataTree, epsilon: float, prob: float = 0.9) -> Saturation:
    """Find where test-time scaling saturates, from a risk posterior.

    Parameters
    ----------
    tree : DataTree
        A risk posterior.
    epsilon : float
        Least gain of the share of problems solved that one more sample is worth, strictly between 0 and 1.
    prob : float, default 0.9
        Probability of intervals.

    Returns
    -------
    Saturation
        Samples by group, of these problems (fresh samples) and of new ones.

    Raises
    ------
    InputError
        For an epsilon that cannot be used, and a judge whose errors persist.
    """
    if isinstance(epsilon, bool) or not isinstance(epsilon, int | float | np.number) or not 0 < epsilon < 1:
        raise InputError(f"epsilon={epsilon!r} must be a share strictly between 0 and 1, such as 0.001")
    labels = group_table(problems_of(tree))
    rows = [_row(tree, group, float(epsilon), prob) for group in range(len(labels))]
    return Saturation(pd.concat([labels, pd.DataFrame(rows)], axis=1), float(epsilon), prob)


def _row(tree: xr.DataTree, group: int, epsilon: float, prob: float) -> dict[str, float]:
    law, problems = drawn(tree, group, DRAWS), problems_of(tree)
    success = -np.expm1(-RATE)
    new = _first_below(law.mass * success, np.broadcast_to(RATE, law.mass.shape), epsilon)
    mean = float((law.mass @ success).mean())
    row = {"homogeneous": float(saturation_point(mean, epsilon))}
    if ((problems.group == group) & (problems.attempts > 0)).sum() > 1:
        rates = crossed(tree, [problems.groups[group]] if problems.group_names else None).rates[:, 0]
        these = _first_below(-np.expm1(-rates) / rates.shape[1], rates, epsilon)
        row |= _summary("these", these, prob)
    row |= _summary("new", new, prob)
    with np.errstate(over="ignore"):
        solved = -np.expm1(-np.minimum(new, float(MOST_ATTEMPTS))[:, None] * RATE)
    row |= _summary("reached", (law.mass * solved).sum(axis=1), prob)
    return row | _summary("ceiling", 1 - law.zero, prob)


def _summary(name: str, values: Array, prob: float) -> dict[str, float]:
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    found = np.quantile(values, levels, method="nearest" if np.isinf(values).any() else "linear")
    return {f"{name}_{what}": float(value) for what, value in zip(("median", "lower", "upper"), found, strict=True)}


def _named(
    rate: ArrayLike, epsilon: ArrayLike, top: ArrayLike, name: str = "rate"
) -> tuple[tuple[ArrayLike, str], ...]:
    return (rate, name), (epsilon, "epsilon"), (top, "max_performance")


def _shares(values: ArrayLike, name: str) -> Array:
    numbers = read_numbers(values, name)
    wrong = ~((numbers >= 0) & (numbers <= 1))
    if wrong.any():
        raise InputError(f"{name}={np.unique(numbers[wrong])[:8].tolist()} must lie between 0 and 1")
    return numbers


def _require_positive(epsilon: Array) -> None:
    if not (epsilon > 0).all():
        raise InputError("epsilon=0 is never reached: give a gain above 0, such as 0.001")
