"""SABER's estimators of success at many attempts: plug-in, anchored, and the budget that reaches a level."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import psi
from scipy.stats import norm

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.risk.estimators.beta_binomial import BetaBinomial, fit_beta_binomial
from bayescale.risk.estimators.estimate import Estimate, read_arguments, read_parameters, share_within
from bayescale.risk.estimators.exact import read_numbers
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
        Put N + β + (α - 1) / 2 for N, which cancels the first term of the error: for small N or large β.

    Returns
    -------
    Estimate
        The estimate, cut at 0 where the power law exceeds 1. The interval carries the noise of α and β.

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
    error = norm.ppf(0.5 + prob / 2) * unbroken * _standard_error(fit, numbers, small_n)
    known = bool(np.isfinite(error).all())
    return Estimate(
        "plugin",
        numbers,
        value,
        np.clip(value - error, 0.0, 1.0) if known else None,
        np.clip(value + error, 0.0, 1.0) if known else None,
        f"SABER, arXiv 2601.22636, equation {'56' if small_n else '11'}",
        fit.bound or _far(fit, numbers, small_n),
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
        Put N + β + (α - 1) / 2 for N.

    Returns
    -------
    ndarray
        ASR@N, cut at 0 where the power law exceeds 1.

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
        Probability of the Wald interval of α, carried through the formula and cut at α = 0.
    small_n : bool, default False
        Put N + β + (α - 1) / 2 for N, and so for n. The authors' code puts 1 for β there; this is the paper's formula.

    Returns
    -------
    Estimate
        The interval leaves out the noise of ASR@n, as published. It is NaN where no problem has fewer than N attempts:
        α, whose interval it is, does not enter there.

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
    half = norm.ppf(0.5 + prob / 2) * fit.se_alpha
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
        fit.bound or "needs n and N far above β; the interval leaves the noise of ASR@n out",
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
        Probability of the Wald interval of α, carried through the formula.

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
        problems.append(f"level={level!r} must be a share strictly between 0 and 1, such as 0.9, or one axis of them.")
    if (n != n[0]).any():
        problems.append(
            f"attempts run from {n.min():g} to {n.max():g}: equation 16 is anchored at one n; give problems with equal "
            "attempts, or ask bs.fit_risk(trials).budget_for(level)."
        )
    if problems:
        raise InputError("the budget cannot be computed", problems)
    fit = fit_beta_binomial(n, s)
    half = norm.ppf(0.5 + prob / 2) * fit.se_alpha
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
    inner = (a > 0) & (b > 0) & np.isfinite(a) & np.isfinite(b)
    a_safe, b_safe = np.where(inner, a, 1.0), np.where(inner, b, 1.0)
    effective = numbers + b_safe + (a_safe - 1) / 2 if small_n else numbers
    logs = log_gamma_ratio(b_safe, a_safe) - a_safe * np.log(effective)
    return np.asarray(np.where(inner, logs, np.where((a > 0) & (b < np.inf), -np.inf, 0.0)))


def _standard_error(fit: BetaBinomial, numbers: Array, small_n: bool) -> Array:
    """Of the logarithm of the power law, by the delta method."""
    a, b = fit.alpha, fit.beta
    if not np.isfinite(fit.covariance).all():
        return np.full(len(numbers), np.nan)
    effective = numbers + b + (a - 1) / 2 if small_n else numbers
    moved = (0.5, 1.0) if small_n else (0.0, 0.0)  # of the effective number by α and by β
    by_a = psi(a + b) - np.log(effective) - a * moved[0] / effective
    by_b = psi(a + b) - psi(b) - a * moved[1] / effective
    slopes = np.stack([by_a, np.broadcast_to(by_b, by_a.shape)])
    return np.asarray(np.sqrt(np.einsum("ib,ij,jb->b", slopes, fit.covariance, slopes)))


def _far(fit: BetaBinomial, numbers: Array, small_n: bool) -> str:
    """Whether the power law is far from the beta-binomial it approximates (the first term of its error)."""
    if small_n:
        return "assumes that success rates are Beta-distributed"
    first = abs(fit.alpha * (fit.alpha + 2 * fit.beta - 1)) / (2 * numbers.min())
    near = "the power law holds for N far above β"
    return f"{near}, and β is {fit.beta:.3g} here: take small_n=True or beta_binomial" if first > 0.05 else near


def _from_anchor(n: Array, s: Array, budgets: Array, alpha: float, shift: float) -> Array:
    numbers = budgets[:, None]
    beyond = np.where(s == 0, ((n + shift) / (np.maximum(numbers, n) + shift)) ** alpha, 0.0)
    within = 1 - share_within(n, s, np.minimum(numbers, n))
    return np.asarray(1 - np.where(numbers > n, beyond, within).mean(axis=-1))
