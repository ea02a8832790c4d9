"""SABER's estimators of ASR@N: plug-in, anchored, and the budget that reaches a level."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, psi

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.risk.arguments import read_numbers
from bayescale.risk.estimators.beta_binomial import BetaBinomial, fit_beta_binomial, with_limits
from bayescale.risk.estimators.estimate import Estimate, read_arguments, read_parameters, share_within
from bayescale.risk.estimators.gamma_ratio import log_gamma_ratio

type Array = NDArray[np.float64]


@checked
def plugin(
    attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9, *, small_n: bool = False
) -> Estimate:
    """Estimate ASR@N by SABER's plug-in, 1 - Γ(α + β) / Γ(β) · N^-α at the beta-binomial maximum likelihood.

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Attempts and successes per problem; attempts may differ between problems.
    budgets : array_like of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the delta-method interval.
    small_n : bool, default False
        Replace N by N + β + (α - 1) / 2, which cancels the first term of the error; for small N or large β.

    Returns
    -------
    Estimate
        The estimate, 0 where the power law exceeds 1. The interval contains the uncertainty of α and β.

    Raises
    ------
    InputError
        For counts, budgets or a probability that cannot be used.

    References
    ----------
    Feng et al. (2026), arXiv:2601.22636, equations 11 and 56; interval: appendix B.2.2.
    """
    n, s, numbers = read_arguments(attempts, successes, budgets, prob)
    fit = fit_beta_binomial(n, s)
    log_unbroken = _log_power_law(fit.alpha, fit.beta, numbers, small_n)
    unbroken = np.exp(np.minimum(log_unbroken, 700.0))
    value = 0.0 - np.expm1(np.minimum(log_unbroken, 0.0))
    error = ndtri(0.5 + prob / 2) * unbroken * _standard_error(fit, numbers, small_n)
    known = bool(np.isfinite(error).all())
    return Estimate(
        "plugin",
        numbers,
        value,
        np.clip(value - error, 0.0, 1.0) if known else None,
        np.clip(value + error, 0.0, 1.0) if known else None,
        f"SABER, arXiv 2601.22636, equation {'56' if small_n else '11'}",
        fit.bound or _power_law_caveat(fit, numbers, small_n),
    )


@checked
def plugin_asr(alpha: ArrayLike, beta: ArrayLike, budgets: ArrayLike, *, small_n: bool = False) -> Array:
    """Compute SABER's power law 1 - Γ(α + β) / Γ(β) · N^-α, the limit of `beta_asr` for large N.

    Parameters
    ----------
    alpha, beta : array_like of float
        Parameters of the Beta distribution of success rates; broadcast with `budgets`.
    budgets : array_like of int
        N, attempts.
    small_n : bool, default False
        Replace N by N + β + (α - 1) / 2.

    Returns
    -------
    ndarray
        ASR@N, 0 where the power law exceeds 1.

    Raises
    ------
    InputError
        For parameters below 0 or not numbers, and budgets that are not whole and positive.

    References
    ----------
    Feng et al. (2026), arXiv:2601.22636, equations 8 and 56.
    """
    return np.asarray(0.0 - np.expm1(np.minimum(_log_power_law(alpha, beta, budgets, small_n), 0.0)))


@checked
def anchored(
    attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9, *, small_n: bool = False
) -> Estimate:
    """Estimate ASR@N by SABER's anchored estimator, 1 - (1 - ASR@n)(n / N)^α.

    α is the beta-binomial's, ASR@n the share of problems broken in the n attempts made. Where attempts differ between
    problems each problem is anchored at its own n: the unbroken share is the mean of 1[s = 0] (n / N)^α, which is the
    published form where they are equal. A problem with more attempts than N enters by its unbiased pass@N.

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Attempts and successes per problem.
    budgets : array_like of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the Wald interval of α, transformed by the formula, with α at least 0.
    small_n : bool, default False
        Replace N by N + β + (α - 1) / 2, and n likewise. This is the formula of the paper; the authors' code has 1 in
        place of β.

    Returns
    -------
    Estimate
        The interval does not contain the uncertainty of ASR@n, as published. It is NaN where no problem has fewer than
        N attempts, since α does not enter there.

    Raises
    ------
    InputError
        For counts, budgets or a probability that cannot be used.

    References
    ----------
    Feng et al. (2026), arXiv:2601.22636, equations 12, 14 and 56.
    """
    n, s, numbers = read_arguments(attempts, successes, budgets, prob)
    fit = fit_beta_binomial(n, s)
    half = ndtri(0.5 + prob / 2) * fit.se_alpha
    known = bool(np.isfinite(half))
    ends = (max(fit.alpha - half, 0.0), fit.alpha + half) if known else (fit.alpha, fit.alpha)
    shift = fit.beta + (fit.alpha - 1) / 2 if small_n and np.isfinite(fit.alpha + fit.beta) else 0.0
    value, lower, upper = (_from_anchor(n, s, numbers, alpha, shift) for alpha in (fit.alpha, *ends))
    beyond = numbers > n.min()
    lower, upper = np.where(beyond, lower, np.nan), np.where(beyond, upper, np.nan)
    return Estimate(
        "anchored",
        numbers,
        value,
        lower if known else None,
        upper if known else None,
        f"SABER, arXiv 2601.22636, equations 12 and 14{' with 56' if small_n else ''}",
        fit.bound or "needs n and N far above β; the interval does not contain the uncertainty of ASR@n",
    )


@checked
def saber_budget(attempts: ArrayLike, successes: ArrayLike, level: ArrayLike, prob: float = 0.9) -> pd.DataFrame:
    """Estimate the attempts per problem at which a share of problems is broken: n ((1 - ASR@n) / (1 - level))^(1/α).

    Parameters
    ----------
    attempts : int, or array_like of int, shape (n_problems,)
        Attempts n per problem, the same for all, as the formula needs.
    successes : array_like of int, shape (n_problems,)
        Successes per problem.
    level : float or array_like of float, shape (n_levels,)
        Shares of problems, between 0 and 1.
    prob : float, default 0.9
        Probability of the Wald interval of α, transformed by the formula.

    Returns
    -------
    DataFrame
        One row per level: `level`, `attempts` with the ends of its interval `lower` and `upper` (NaN where the standard
        error of α does not exist). Attempts are n where ASR@n has reached the level, as published, and infinite where
        no attempt succeeded.

    Raises
    ------
    InputError
        For counts, levels or a probability that cannot be used, and for attempts that differ between problems.

    References
    ----------
    Feng et al. (2026), arXiv:2601.22636, equation 16.
    """
    n, s, _ = read_arguments(attempts, successes, 1, prob)
    levels = np.atleast_1d(read_numbers(level, "level"))
    problems = []
    if levels.ndim > 1 or not levels.size or not ((levels > 0) & (levels < 1)).all():
        problems.append(f"level={level!r} must be shares strictly between 0 and 1, such as 0.9, on one axis at most.")
    if (n != n[0]).any():
        problems.append(
            f"attempts differ, from {n.min():g} to {n.max():g}: equation 16 needs one n for all problems. Give "
            "problems with equal attempts, or use bs.fit_risk(trials).budget_for(level)."
        )
    if problems:
        raise InputError("the budget cannot be computed", problems)
    fit = fit_beta_binomial(n, s)
    half = ndtri(0.5 + prob / 2) * fit.se_alpha
    reached = float((s > 0).mean())
    value, fewest, most = (
        _budget(float(n[0]), reached, levels, alpha)
        for alpha in (fit.alpha, fit.alpha + half, np.maximum(fit.alpha - half, 0.0))
    )
    return pd.DataFrame({"level": levels, "attempts": value, "lower": fewest, "upper": most})


def _budget(n: float, reached: float, levels: Array, alpha: float) -> Array:
    beyond = levels > reached
    if not 0 < alpha < np.inf:
        return np.where(beyond, np.inf if alpha == 0 else np.nan, n)
    with np.errstate(over="ignore", divide="ignore"):
        factor = np.exp((np.log1p(-reached) - np.log1p(-levels)) / alpha)
    return np.asarray(np.where(beyond, n * factor, n))


def _log_power_law(alpha: ArrayLike, beta: ArrayLike, budgets: ArrayLike, small_n: bool) -> Array:
    """log Γ(α + β) / Γ(β) · N^−α; 0 at α = 0 and −infinity at β = 0."""
    a, b, numbers = read_parameters(alpha, beta, budgets)

    def log_unbroken(x: Array, y: Array) -> Array:
        effective = numbers + y + (x - 1) / 2 if small_n else numbers
        return log_gamma_ratio(y, x) - x * np.log(effective)

    return with_limits(log_unbroken, a, b)


def _standard_error(fit: BetaBinomial, numbers: Array, small_n: bool) -> Array:
    """Standard error of the logarithm of the power law, by the delta method."""
    a, b = fit.alpha, fit.beta
    if not np.isfinite(fit.covariance).all():
        return np.full(len(numbers), np.nan)
    effective = numbers + b + (a - 1) / 2 if small_n else numbers
    derivative = (0.5, 1.0) if small_n else (0.0, 0.0)  # of the effective number in α and in β
    by_a = psi(a + b) - np.log(effective) - a * derivative[0] / effective
    by_b = psi(a + b) - psi(b) - a * derivative[1] / effective
    slopes = np.stack([by_a, np.broadcast_to(by_b, by_a.shape)])
    return np.asarray(np.sqrt(np.einsum("ib,ij,jb->b", slopes, fit.covariance, slopes)))


def _power_law_caveat(fit: BetaBinomial, numbers: Array, small_n: bool) -> str:
    """The caveat of the power law, stronger where the first term of its error is large."""
    if small_n:
        return "assumes that success rates are Beta-distributed"
    first = abs(fit.alpha * (fit.alpha + 2 * fit.beta - 1)) / (2 * numbers.min())
    caveat = "the power law holds for N far above β"
    return f"{caveat}, and β is {fit.beta:.3g} here: use small_n=True or beta_binomial" if first > 0.05 else caveat


def _from_anchor(n: Array, s: Array, budgets: Array, alpha: float, shift: float) -> Array:
    numbers = budgets[:, None]
    beyond = np.where(s == 0, ((n + shift) / (np.maximum(numbers, n) + shift)) ** alpha, 0.0)
    within = 1 - share_within(n, s, np.minimum(numbers, n))
    return np.asarray(1 - np.where(numbers > n, beyond, within).mean(axis=-1))
