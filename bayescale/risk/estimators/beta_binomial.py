"""Beta-distributed success rates: maximum likelihood from counts, and exact ASR@N."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, polygamma

from bayescale.core.arguments import checked
from bayescale.risk.estimators.estimate import Estimate, point_estimate, read_arguments, read_parameters
from bayescale.risk.estimators.gamma_ratio import digamma_difference, log_gamma_ratio

type Array = NDArray[np.float64]

_LEAST_SIZE = 1e-3  # of α + β: below it rates are 0 or 1
_MOST_SIZE = 1e4  # of α + β per attempt: above it rates differ by less than any count can show
_STARTS = (0.3, 5.0, 100.0)  # values of α + β


@dataclass(frozen=True)
class BetaBinomial:
    """Maximum-likelihood Beta distribution of success rates over problems.

    Attributes
    ----------
    alpha, beta : float
        Parameters of the Beta distribution.
    se_alpha : float
        Standard error of `alpha` from the observed information; NaN where it does not exist.
    covariance : ndarray, shape (2, 2)
        Of (`alpha`, `beta`), the inverse of the observed information; NaN where it does not exist.
    bound : str
        Empty, or the limit of the family at which the likelihood is highest.

    References
    ----------
    Feng et al. (2026), arXiv:2601.22636, equations 9, 10 and 83 to 85.
    """

    alpha: float
    beta: float
    se_alpha: float
    covariance: Array
    bound: str = ""


@checked
def beta_binomial(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """Estimate ASR@N by beta-binomial maximum likelihood, exactly: 1 - B(α, β + N) / B(α, β).

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Attempts and successes per problem; attempts may differ between problems.
    budgets : array_like of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the interval; this estimator has none.

    Returns
    -------
    Estimate
        Without an interval; 0 or 1 where no or every attempt succeeded.

    Raises
    ------
    InputError
        For counts, budgets or a probability that cannot be used.

    References
    ----------
    Kazdan et al. (2025), arXiv:2510.05197, equations 15 to 17; Feng et al. (2026), arXiv:2601.22636, equation 6.
    """
    n, s, numbers = read_arguments(attempts, successes, budgets, prob)
    fit = fit_beta_binomial(n, s)
    return point_estimate(
        "beta_binomial",
        numbers,
        beta_asr(fit.alpha, fit.beta, numbers),
        "Kazdan et al. 2025, arXiv 2510.05197, equation 17; SABER, arXiv 2601.22636, equation 6",
        fit.bound or "assumes that success rates are Beta-distributed and that every problem can be broken",
    )


@checked
def beta_asr(alpha: ArrayLike, beta: ArrayLike, budgets: ArrayLike) -> Array:
    """Compute the chance of a success within N attempts for Beta(α, β) rates: 1 - B(α, β + N) / B(α, β).

    Parameters
    ----------
    alpha, beta : array_like of float
        Parameters of the Beta distribution; broadcast with `budgets`. The limits are 0 at α = 0 and 1 at β = 0.
    budgets : array_like of int
        N, attempts.

    Returns
    -------
    ndarray
        ASR@N, with a relative error below 1e-9 for N up to 1e12.

    Raises
    ------
    InputError
        For parameters below 0 or not numbers, and budgets that are not whole and positive.
    """
    a, b, numbers = read_parameters(alpha, beta, budgets)
    log_unbroken = with_limits(lambda x, y: log_gamma_ratio(y, x) - log_gamma_ratio(y + numbers, x), a, b)
    return np.asarray(0.0 - np.expm1(np.minimum(log_unbroken, 0.0)))


def with_limits(log_unbroken: Callable[[Array, Array], Array], alpha: Array, beta: Array) -> Array:
    """Compute the log share of unbroken problems, with its limits where a parameter is 0 or infinite.

    Parameters
    ----------
    log_unbroken : callable
        From positive, finite α and β to the log share.
    alpha, beta : ndarray
        Parameters.

    Returns
    -------
    ndarray
        The log share: 0 at α = 0 or β = ∞, −infinity at β = 0 or α = ∞.
    """
    inner = (alpha > 0) & (beta > 0) & np.isfinite(alpha) & np.isfinite(beta)
    logs = log_unbroken(np.where(inner, alpha, 1.0), np.where(inner, beta, 1.0))
    return np.asarray(np.where(inner, logs, np.where((alpha > 0) & (beta < np.inf), -np.inf, 0.0)))


@checked
def fit_beta_binomial(attempts: ArrayLike, successes: ArrayLike) -> BetaBinomial:
    """Fit a Beta distribution of success rates to counts by beta-binomial maximum likelihood.

    The search runs in the logit of the mean and the logarithm of α + β, where the likelihood has one maximum.

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Attempts and successes per problem; attempts may differ between problems.

    Returns
    -------
    BetaBinomial
        With `bound` set where no or every attempt succeeded, or where the spread of rates cannot be estimated.

    Raises
    ------
    InputError
        For counts that cannot be used.

    References
    ----------
    Feng et al. (2026), arXiv:2601.22636, equations 9 and 10.
    """
    from scipy.optimize import minimize

    n, s, _ = read_arguments(attempts, successes, 1, 0.5)
    pairs, problems = np.unique(np.stack([n, s]), axis=1, return_counts=True)
    n, s, times = *pairs, problems.astype(float)
    if not s.any():
        return _limit(0.0, np.inf, "no attempt succeeded: the likelihood is highest at rates of 0")
    if (s == n).all():
        return _limit(np.inf, 0.0, "every attempt succeeded: the likelihood is highest at rates of 1")
    mean = (times * s).sum() / (times * n).sum()
    ends = np.log(_LEAST_SIZE), np.log(_MOST_SIZE * max(float(n.max()), 100.0))
    fits = [
        minimize(
            _negative_log_likelihood,
            [logit(mean), np.log(size)],
            args=(n, s, times),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-40.0, 40.0), ends],
            options={"ftol": 1e-15, "gtol": 1e-10},
        )
        for size in (*_STARTS, 0.5 / min(mean, 1 - mean))
    ]
    position = min(fits, key=lambda fit: float(fit.fun)).x
    alpha, beta = (float(x) for x in np.exp(position[1]) * expit([position[0], -position[0]]))
    at_least, at_most = np.abs(position[1] - np.array(ends)) < 1e-6
    if at_least:
        return _limit(alpha, beta, "in every problem no or every attempt succeeded: α + β cannot be estimated")
    if at_most:
        return _limit(alpha, beta, "successes vary no more than chance between problems: rates are taken as equal")
    covariance = _covariance(alpha, beta, n, s, times)
    return BetaBinomial(alpha, beta, float(np.sqrt(covariance[0, 0])), covariance)


def _limit(alpha: float, beta: float, bound: str) -> BetaBinomial:
    return BetaBinomial(alpha, beta, np.nan, np.full((2, 2), np.nan), bound)


def _negative_log_likelihood(position: Array, n: Array, s: Array, times: Array) -> tuple[float, Array]:
    """Negative log likelihood up to a constant, and its gradient, at (logit of the mean, log of α + β)."""
    size, mean = np.exp(position[1]), expit(position[0])
    a, b = size * mean, size * expit(-position[0])
    value = log_gamma_ratio(a, s) + log_gamma_ratio(b, a) - log_gamma_ratio(b + (n - s), a + s)
    shared = digamma_difference(size, n)
    by_a, by_b = digamma_difference(a, s) - shared, digamma_difference(b, n - s) - shared
    slopes = np.stack([(by_a - by_b) * a * expit(-position[0]), by_a * a + by_b * b])
    return -float((times * value).sum()), -(times * slopes).sum(axis=1)


def _covariance(a: float, b: float, n: Array, s: Array, times: Array) -> Array:
    """Inverse of the observed information of (α, β); NaN where it is singular, as with one attempt per problem."""

    def trigamma(x: float, more: Array) -> Array:
        return np.asarray(polygamma(1, x) - polygamma(1, x + more))

    shared = trigamma(a + b, n)
    of_a, of_b, both = (
        float((times * x).sum()) for x in (trigamma(a, s) - shared, trigamma(b, n - s) - shared, -shared)
    )
    determinant = of_a * of_b - both**2
    if not (of_b > 0 and determinant > 1e-12 * of_a * of_b):
        return np.full((2, 2), np.nan)
    return np.array([[of_b, -both], [-both, of_a]]) / determinant
