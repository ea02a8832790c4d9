"""The worst of many queries, from the largest success rates of a few: a cross-check on the mixing laws' upper tail.

On the scale ψ = −log(−log p) of a query's rate p the logarithm of the share of queries above ψ is close to a line,
log S(ψ) = a ψ + b with a < 0, far out in the tail (Jones et al. 2025, arXiv 2502.16797). Their forecast is least
squares through the k largest rates. Beside it stands a posterior: excesses over the next largest rate as exponential
with rate −a ~ LogNormal(0, 0.5), and the share of queries above it as Beta(k + 1, m − k), as an order statistic of m.

Rates are taken as given. Raw successes over attempts err upward among the largest, since luck is what put some there:
give posterior means.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import gammainc, gammaln
from scipy.stats import beta

from bayescale.data.text import values_in_rows
from bayescale.errors import InputError
from bayescale.risk.exact import read_numbers, read_whole

type Array = NDArray[np.float64]

ENOUGH = 10  # largest rates, as published
LEAST = 3  # a line through two says nothing of its error
DECADES = 2  # beyond the queries measured: the farthest that was tested
PRIOR_SD = 0.5  # of log(−a), whose mean is 0

_SLOPES, _SHARES = 161, 64  # quadrature nodes
_WIDTH = 8.0  # of the slope's grid, in posterior standard deviations each way
_HALVINGS = 60


@dataclass(frozen=True)
class Tail:
    """The upper tail of a set of rates.

    queries           m, how many rates there are.
    threshold         ψ of the (k + 1)-th largest, above which the k largest are the tail.
    excesses          ψ − threshold of the k largest, falling (k,).
    slope, intercept  a and b of the least-squares line.
    body              mean rate of the queries that are not in the tail.
    note              what makes it weak; empty where nothing does.
    """

    queries: int
    threshold: float
    excesses: Array
    slope: float
    intercept: float
    body: float
    note: str


@dataclass(frozen=True)
class TailForecast:
    """A quantity of the tail at each of `at`: the published `line`, and the posterior's median and interval.

    `note` says what makes it weak; empty where nothing does.
    """

    at: Array
    line: Array
    median: Array
    lower: Array
    upper: Array
    note: str


def to_psi(rates: ArrayLike) -> Array:
    """ψ = −log(−log p): −infinity at 0, infinity at 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(-np.log(np.asarray(rates, dtype=float))))


def from_psi(values: ArrayLike) -> Array:
    """The rate p = exp(−exp(−ψ))."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-np.exp(-np.asarray(values, dtype=float))))


def fit_tail(rates: ArrayLike, top: int = ENOUGH) -> Tail:
    """The tail of `rates` (query,) through the `top` largest: least squares of log(i/m) on ψ of the i-th largest.

    Fewer than 10 are noted; at least 3 are needed, and one more rate above 0 than `top`.
    Raises InputError, all problems at once, for rates outside [0, 1) and for a tail that has too few or no spread.
    """
    p = np.atleast_1d(read_numbers(rates, "rates"))
    problems = [f"rates have shape {p.shape}: give one axis, of queries."] if p.ndim > 1 else []
    wrong = ~((p >= 0) & (p < 1)).ravel()
    if wrong.any():
        shown = values_in_rows(p.ravel()[wrong].tolist(), (np.flatnonzero(wrong) + 1).tolist())
        problems.append(f"rates: {shown} must be 0 or more and below 1; a posterior mean is never 1.")
    if not isinstance(top, int) or top < LEAST:
        problems.append(f"top={top!r} must be a whole number of {LEAST} or more largest rates.")
    elif (above := int((p > 0).sum())) <= top:
        problems.append(
            f"{above} of {p.size} rates are above 0, and a tail of the {top} largest needs {top + 1}: give posterior "
            f"means, which are above 0, or measure more queries{f', or top={above - 1}' if above > LEAST else ''}."
        )
    if problems:
        raise InputError("these rates have no tail that can be fitted", problems)
    falling = np.sort(p)[::-1]
    psi = to_psi(falling[: top + 1])
    if not psi[0] > psi[top - 1]:
        raise InputError(
            f"the {top} largest rates are all {falling[0]:g}: no slope can be told; give posterior means, or make more "
            "attempts"
        )
    slope, intercept = np.polyfit(psi[:top], np.log(np.arange(1, top + 1) / len(p)), 1)
    note = "" if top >= ENOUGH else f"only {top} largest rates: fewer than the {ENOUGH} the method was tested with"
    body = float(falling[top:].mean())
    return Tail(len(p), float(psi[top]), psi[:top] - psi[top], float(slope), float(intercept), body, note)


def worst_of(tail: Tail, queries: ArrayLike, prob: float = 0.9) -> TailForecast:
    """The rate of the worst of M fresh `queries`, one number or several, no fewer than were measured.

    The line gives the rate that one in M queries exceeds, ψ = −(log M + b) / a; median and interval are those of the
    largest of M, predictive: slope, threshold's share and the draw of the queries are all unknown.
    Raises InputError for numbers of queries or a `prob` that cannot be used.
    """
    many = _queries(tail, queries, prob)
    line = from_psi(-(np.log(many) + tail.intercept) / tail.slope)
    slopes, shares, weights = _posterior(tail)
    quantiles = np.array([0.5, 0.5 - prob / 2, 0.5 + prob / 2])[:, None]
    # bisection on ψ over all M and quantiles at once; the largest of M is below ψ with probability E (1 − S(ψ))^M
    low = np.full((3, len(many)), tail.threshold)
    high = low + (np.log(many) - np.log1p(-quantiles) + 10) / slopes.min()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        survival = shares * np.exp(-slopes * (middle[..., None] - tail.threshold))
        below = (weights * np.exp(many[:, None] * np.log1p(-survival))).sum(axis=-1) < quantiles
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    median, lower, upper = from_psi(low)
    return TailForecast(many, line, median, lower, upper, _note(tail, many))


def frequency(tail: Tail, rates: ArrayLike, prob: float = 0.9) -> TailForecast:
    """The share of queries whose rate exceeds each of `rates`, which must lie in the tail.

    Raises InputError for rates at or below the tail's threshold, where counting the measured queries answers.
    """
    levels = np.atleast_1d(read_numbers(rates, "rates"))
    _require_prob(prob)
    least = float(from_psi(tail.threshold))
    outside = ~((levels > least) & (levels < 1))
    if levels.ndim > 1 or outside.any():
        raise InputError(
            f"rates={rates!r} must be one number or one axis of them, above {least:.4g}, where the tail begins, and "
            "below 1; at or below that count the measured queries"
        )
    psi = to_psi(levels)
    slopes, shares, weights = _posterior(tail)
    survival = shares * np.exp(-slopes * (psi[:, None] - tail.threshold))
    line = np.exp(tail.slope * psi + tail.intercept)
    return TailForecast(levels, line, *_quantiles(survival, weights, prob), tail.note)


def aggregate_risk(tail: Tail, queries: ArrayLike, prob: float = 0.9) -> TailForecast:
    """The chance that any of M fresh `queries`, each tried once, shows the behaviour: 1 − (1 − E p)^M.

    E p is the mean rate of the queries below the tail and, above its threshold u, that of the line or of each posterior
    node: with rate λ = −a the mean of p is e^(λu) Γ(λ + 1) P(λ, e^−u), P the regularised incomplete gamma function.
    Arguments and errors as `worst_of`.
    """
    many = _queries(tail, queries, prob)
    slopes, shares, weights = _posterior(tail)

    def risk(rate: Array, share: Array) -> Array:
        u = tail.threshold
        exceeding = np.exp(rate * u + gammaln(rate + 1)) * gammainc(rate, np.exp(-u))
        mean = (1 - share) * tail.body + share * exceeding
        return np.asarray(-np.expm1(many[:, None] * np.log1p(-mean)))

    at_line = min(np.exp(tail.slope * tail.threshold + tail.intercept), 1.0)
    line = risk(np.array([-tail.slope]), np.array([at_line]))[:, 0]
    return TailForecast(many, line, *_quantiles(risk(slopes, shares), weights, prob), _note(tail, many))


def _posterior(tail: Tail) -> tuple[Array, Array, Array]:
    """Nodes of the slope λ = −a and of the share above the threshold, flat (node,), and their weights."""
    k, total = len(tail.excesses), float(tail.excesses.sum())
    precision = PRIOR_SD**-2
    # of t = log λ: k t − total·e^t − precision·t²/2 is concave, with its top between the prior's and the likelihood's
    ends = sorted((0.0, float(np.log(k / total))))
    top = brentq(lambda t: k - total * np.exp(t) - precision * t, ends[0] - 1e-9, ends[1] + 1e-9)
    sd = (total * np.exp(top) + precision) ** -0.5
    t = top + sd * np.linspace(-_WIDTH, _WIDTH, _SLOPES)
    logs = k * t - total * np.exp(t) - 0.5 * precision * t**2
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    # equal shares of probability, each at its middle
    share = beta.ppf((np.arange(_SHARES) + 0.5) / _SHARES, k + 1, tail.queries - k)
    slopes, shares = np.meshgrid(np.exp(t), share, indexing="ij")
    return slopes.ravel(), shares.ravel(), np.repeat(weight / _SHARES, _SHARES)


def _quantiles(values: Array, weights: Array, prob: float) -> tuple[Array, Array, Array]:
    """Median, lower and upper of each row of values (row, node)."""
    order = np.argsort(values, axis=-1)
    rising = np.take_along_axis(values, order, -1)
    upto = np.cumsum(weights[order], axis=-1) - weights[order] / 2
    levels = (0.5, 0.5 - prob / 2, 0.5 + prob / 2)
    found = np.array([np.interp(levels, at, row) for at, row in zip(upto, rising, strict=True)])
    median, lower, upper = found.T
    return median, lower, upper


def _queries(tail: Tail, queries: ArrayLike, prob: float) -> Array:
    many = np.atleast_1d(read_whole(queries, "queries"))
    if many.ndim > 1 or (many < tail.queries).any():
        raise InputError(
            f"queries={queries!r} must be one number or one axis of them, each {tail.queries} or more: the queries "
            "measured say themselves what the worst of fewer is"
        )
    _require_prob(prob)
    return many


def _require_prob(prob: float) -> None:
    if not 0 < prob < 1:
        raise InputError(f"prob={prob!r} must lie between 0 and 1, such as 0.9 for a 90 % interval")


def _note(tail: Tail, many: Array) -> str:
    far = many.max() / tail.queries
    beyond = f"{far:.3g} times the queries measured: farther than the {DECADES} decades the method was tested on"
    return "; ".join(part for part in (tail.note, beyond if far > 10.0**DECADES else "") if part)
