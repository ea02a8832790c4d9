"""The estimators in use for success at large budgets, as points of comparison: each as published, none of them ours.

`BASELINES` maps a name to a function of attempts (problem,), successes (problem,), budgets and the probability of its
interval. All estimate ASR@N, the mean over problems of the chance that N attempts succeed at least once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit, polygamma, psi
from scipy.stats import norm

from bayescale.errors import InputError
from bayescale.risk.exact import pass_at_k, read_counts, read_whole

type Array = NDArray[np.float64]

_SIZES = (1e-3, 1e6)  # of alpha + beta: below it problems are all or nothing, above it they are alike
_POINTS = 1000  # at most, on the curve a line is fitted to
_STARTS = (0.3, 5.0, 100.0)  # values of alpha + beta


@dataclass(frozen=True)
class Estimate:
    """ASR@N by one method.

    budgets       N, numbers of attempts; the arrays below are over them.
    value         the estimate, a share of problems.
    lower, upper  the published interval's ends; None where the method has none.
    source        where the method is from.
    caveat        what it does not say, or what it met in these data.
    """

    name: str
    budgets: Array
    value: Array
    lower: Array | None
    upper: Array | None
    source: str
    caveat: str


@dataclass(frozen=True)
class BetaBinomial:
    """Success rates over problems as Beta(alpha, beta): the most likely ones, and the standard error of alpha.

    `bound` is empty, or says which limit of the family was met, where `se_alpha` is NaN.
    """

    alpha: float
    beta: float
    se_alpha: float
    bound: str = ""


def naive(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """The plug-in 1 − mean((1 − s/n)^N): each problem's observed rate taken for its true one. It has no interval."""
    n, s, each = _read(attempts, successes, budgets, prob)
    value = (1 - (1 - s / n) ** each[:, None]).mean(axis=-1)
    return Estimate(
        "naive",
        each,
        value,
        None,
        None,
        "Chen et al. 2021, arXiv 2107.03374 (which advises against it)",
        "biased down: a problem not broken yet counts as never broken",
    )


def beta_binomial(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """Beta-binomial maximum likelihood, and its exact ASR@N = 1 − B(α, β + N) / B(α, β). It has no interval.

    Attempts may differ between problems. Where no or every attempt succeeded the estimate is 0 or 1.
    """
    n, s, each = _read(attempts, successes, budgets, prob)
    fitted = fit_beta_binomial(n, s)
    return Estimate(
        "beta_binomial",
        each,
        beta_asr(fitted.alpha, fitted.beta, each),
        None,
        None,
        "Kazdan et al. 2025, arXiv 2510.05197; SABER, arXiv 2601.22636",
        fitted.bound or "assumes that success rates are Beta-distributed, and no problem unbreakable",
    )


def anchored(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """SABER's anchored estimator 1 − ASR@N = (1 − ASR@n)(n/N)^α (arXiv 2601.22636, equation 12).

    α is the beta-binomial's, ASR@n what the attempts reached. Where they differ between problems each problem is
    anchored at its own n: the share unbroken is the mean of 1[s = 0] (n/N)^α, which is the published form where they
    are equal; a problem with more attempts than N enters by its unbiased pass@N. The interval is the published Wald
    interval on α alone (observed information), cut at α = 0; the noise of ASR@n is not in it.
    """
    n, s, each = _read(attempts, successes, budgets, prob)
    fitted = fit_beta_binomial(n, s)
    half = norm.ppf(0.5 + prob / 2) * fitted.se_alpha
    known = np.isfinite(half)
    ends = (max(fitted.alpha - half, 0.0), fitted.alpha + half) if known else (fitted.alpha, fitted.alpha)
    value, lower, upper = (_from_anchor(n, s, each, alpha) for alpha in (fitted.alpha, *ends))
    return Estimate(
        "anchored",
        each,
        value,
        lower if known else None,
        upper if known else None,
        "SABER, arXiv 2601.22636, equations 12 and 14",
        fitted.bound or "needs n and N far above β; the interval leaves the noise of ASR@n out",
    )


def log_linear(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """The coverage law −log ASR@N = a N^−b, a line of log(−log pass@k) on log k by least squares. It has no interval.

    Fitted to the mean unbiased pass@k of every k (a thousand evenly spaced ones, where there are more) up to the fewest
    attempts of any problem, so that each averages over all problems, whatever made attempts stop. Where the mean is 0
    or 1 it has no logarithm and is left out.
    """
    n, s, each = _read(attempts, successes, budgets, prob)
    return _line("log_linear", n, s, each, float(n.min()))


def log_linear_median(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """`log_linear`, fitted up to the median of the attempts, each k over the problems with that many.

    For attempts that differ for no reason of their own: biased where sampling stopped at a success, since the problems
    with many attempts are then those that are hard to break.
    """
    n, s, each = _read(attempts, successes, budgets, prob)
    return _line("log_linear_median", n, s, each, float(np.floor(np.median(n))))


#: The estimators by name: f(attempts, successes, budgets, prob=0.9).
BASELINES: Mapping[str, Callable[..., Estimate]] = {
    "naive": naive,
    "beta_binomial": beta_binomial,
    "anchored": anchored,
    "log_linear": log_linear,
    "log_linear_median": log_linear_median,
}


def beta_asr(alpha: ArrayLike, beta: ArrayLike, budgets: ArrayLike) -> Array:
    """1 − B(α, β + N) / B(α, β): the chance of a success within N attempts where rates are Beta(α, β); broadcasts.

    The limits are 0 at α = 0 and 1 at β = 0.
    """
    a, b, each = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (alpha, beta, budgets)))
    inner = (a > 0) & (b > 0)
    a, b = np.where(inner, a, 1.0), np.where(inner, b, 1.0)
    asr = 0.0 - np.expm1(betaln(a, b + each) - betaln(a, b))
    return np.asarray(np.where(inner, asr, np.asarray(alpha) > 0))


def fit_beta_binomial(attempts: ArrayLike, successes: ArrayLike) -> BetaBinomial:
    """The most likely Beta(α, β) of success rates, from counts (problem,) of any number of attempts each.

    Searched in the logit of the mean and the logarithm of α + β, where the likelihood has one hill, within α + β of
    1e-3 to 1e6; `bound` says where an end was met. `se_alpha` is from the observed information.
    """
    n, s, _ = _read(attempts, successes, 1, 0.5)
    pairs, problems = np.unique(np.stack([n, s]), axis=1, return_counts=True)
    n, s, times = *pairs, problems.astype(float)
    if not s.any():
        return BetaBinomial(0.0, np.inf, np.nan, "no attempt succeeded: the likelihood is highest where none ever does")
    if (s == n).all():
        return BetaBinomial(np.inf, 0.0, np.nan, "every attempt succeeded: the likelihood is highest where all do")
    mean = (times * s).sum() / (times * n).sum()
    found = [
        minimize(
            _negative_log_likelihood,
            [logit(mean), np.log(size)],
            args=(n, s, times),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-40.0, 40.0), tuple(np.log(_SIZES))],
            options={"ftol": 1e-15, "gtol": 1e-10},
        )
        for size in _STARTS
    ]
    position = min(found, key=lambda one: float(one.fun)).x
    alpha, beta = (float(x) for x in np.exp(position[1]) * expit([position[0], -position[0]]))
    at_least, at_most = np.abs(position[1] - np.log(_SIZES)) < 1e-6
    if at_least:
        return BetaBinomial(alpha, beta, np.nan, "every problem is all or nothing: no spread of rates can be told")
    if at_most:
        return BetaBinomial(alpha, beta, np.nan, "problems differ by no more than chance: rates are taken as equal")
    return BetaBinomial(alpha, beta, _se_alpha(alpha, beta, n, s, times))


def _negative_log_likelihood(position: Array, n: Array, s: Array, times: Array) -> tuple[float, Array]:
    """Of the counts (constants left out), and its gradient, at (logit of the mean, log of α + β)."""
    size, mean = np.exp(position[1]), expit(position[0])
    a, b = size * mean, size * expit(-position[0])
    value = betaln(a + s, b + n - s) - betaln(a, b)
    shared = psi(size + n) - psi(size)
    by_a, by_b = psi(a + s) - psi(a) - shared, psi(b + n - s) - psi(b) - shared
    slopes = np.stack([(by_a - by_b) * a * expit(-position[0]), by_a * a + by_b * b])
    return -float((times * value).sum()), -(times * slopes).sum(axis=1)


def _se_alpha(a: float, b: float, n: Array, s: Array, times: Array) -> float:
    """From the observed information of (α, β); NaN where it is singular, as with one attempt a problem."""

    def trigamma(x: Array | float, more: Array) -> Array:
        return np.asarray(polygamma(1, x) - polygamma(1, x + more))

    shared = trigamma(a + b, n)
    of_a, of_b, both = (
        float((times * x).sum()) for x in (trigamma(a, s) - shared, trigamma(b, n - s) - shared, -shared)
    )
    determinant = of_a * of_b - both**2
    return float(np.sqrt(of_b / determinant)) if of_b > 0 and determinant > 1e-12 * of_a * of_b else np.nan


def _from_anchor(n: Array, s: Array, budgets: Array, alpha: float) -> Array:
    each = budgets[:, None]
    beyond = np.where(s == 0, (n / np.maximum(each, n)) ** alpha, 0.0)
    within = 1 - pass_at_k(n, s, np.minimum(each, n), design="fixed")
    return 1 - np.where(each > n, beyond, within).mean(axis=-1)


def _line(name: str, n: Array, s: Array, budgets: Array, most: float) -> Estimate:
    source = "Hughes et al. 2024, arXiv 2412.03556; Brown et al. 2024, arXiv 2407.21787"
    caveat = "least squares on correlated points: no valid interval; the law is not a mixture over problems"
    k = np.unique(np.round(np.linspace(1.0, most, int(min(most, _POINTS)))))
    enough = n >= k[:, None]
    known = pass_at_k(n, s, np.minimum(k[:, None], n), design="fixed")
    reached = np.where(enough, known, 0.0).sum(axis=-1) / enough.sum(axis=-1)
    usable = (reached > 0) & (reached < 1)
    if usable.sum() < 2:
        held = f"too few points for a line: the {reached[-1]:.3g} reached within {most:.0f} attempts is held"
        return Estimate(name, budgets, np.full(len(budgets), reached[-1]), None, None, source, held)
    slope, level = np.polyfit(np.log(k[usable]), np.log(-np.log(reached[usable])), 1)
    return Estimate(name, budgets, np.exp(-np.exp(level + slope * np.log(budgets))), None, None, source, caveat)


def _read(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float) -> tuple[Array, Array, Array]:
    n, s = (np.atleast_1d(x) for x in np.broadcast_arrays(*read_counts(attempts, successes)))
    each = np.atleast_1d(read_whole(budgets, "budgets"))
    problems = [
        f"{name} has shape {values.shape}: give one axis, of {what}."
        for name, values, what in (("attempts", n, "problems"), ("budgets", each, "numbers of attempts"))
        if values.ndim > 1
    ]
    if not 0 < prob < 1:
        problems.append(f"prob={prob!r} must lie between 0 and 1, such as 0.9 for a 90 % interval.")
    if problems:
        raise InputError("the baselines cannot be computed", problems)
    return n, s, each
