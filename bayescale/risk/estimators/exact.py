"""Exact estimators of repeated sampling: averages over all ways to draw k of the attempts that were made.

They need no model: an average over all ways to draw k of the n attempts without replacement is unbiased for k fresh
attempts at the same problem. They hold only for k up to n, and for n that was set before any outcome was seen: where
sampling stopped at a success, or unsolved problems got more attempts, they are biased. Counts that suggest this are
refused unless `design="fixed"` is given.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.core.text import in_rows
from bayescale.errors import InputError
from bayescale.risk.arguments import distinct, read_numbers, read_whole, scalar_or_array
from bayescale.risk.estimators.counts import read_counts, read_counts_and_k
from bayescale.risk.estimators.hypergeometric import log_avoidance

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeanPassAtK:
    """The mean of pass@k over the problems of a benchmark, for one k or several.

    Estimates at different k come from the same attempts. They are strongly correlated, so a regression over k must not
    treat them as independent.

    Attributes
    ----------
    k : ndarray of int or int
        The k.
    value : ndarray or float
        Mean over problems, a share.
    se_fixed : ndarray or float
        Standard error over new attempts at the same problems; NaN where some problem has fewer than 2 k attempts, since
        its variance has no unbiased estimate.
    se_sampled : ndarray or float
        Standard error if the problems are a sample too; NaN for a single problem.
    problems : int
        Number of problems.
    """

    k: Array
    value: Array
    se_fixed: Array
    se_sampled: Array
    problems: int


@checked
def pass_at_k(attempts: ArrayLike, successes: ArrayLike, k: ArrayLike, *, design: str | None = None) -> Array:
    """Estimate the chance that at least one of k attempts succeeds, per problem: 1 − C(n − c, k) / C(n, k).

    The estimate is unbiased for k ≤ n, where 1 − (1 − c/n)^k is biased downwards. The relative error of the computation
    is below 1e-14 for n up to 1e7.

    Parameters
    ----------
    attempts, successes : array_like of int
        n and c per problem.
    k : array_like of int
        k, at most n. The arguments broadcast; several k over many problems are `k[:, None]`.
    design : {"fixed", "until_success", "adaptive"}, optional
        What the number of attempts depended on; None infers it.

    Returns
    -------
    ndarray or float
        pass@k.

    Raises
    ------
    InputError
        Listing every row that cannot be used; for k above n, which needs a model of how problems differ; and if the
        number of attempts depends on outcomes by `design`, or seems to in ten broken problems or more.

    References
    ----------
    Chen et al. (2021), arXiv:2107.03374, equation 1.
    """
    n, c, k = read_counts_and_k(attempts, successes, k, design=design)
    return scalar_or_array(0.0 - np.expm1(log_avoidance(n, c, k)))


@checked
def pass_hat_k(attempts: ArrayLike, successes: ArrayLike, k: ArrayLike, *, design: str | None = None) -> Array:
    """Estimate the chance that all of k attempts succeed (reliability, "pass^k"), per problem: C(c, k) / C(n, k).

    The estimate is unbiased for k ≤ n. The relative error of the computation is below 1e-12 for n up to 1e7, down to
    probabilities of 1e-300.

    Parameters
    ----------
    attempts, successes : array_like of int
        n and c per problem.
    k : array_like of int
        k, at most n. The arguments broadcast.
    design : {"fixed", "until_success", "adaptive"}, optional
        What the number of attempts depended on; None infers it.

    Returns
    -------
    ndarray or float
        pass^k.

    Raises
    ------
    InputError
        As `pass_at_k`.

    References
    ----------
    Yao et al. (2024), arXiv:2406.12045.
    """
    n, c, k = read_counts_and_k(attempts, successes, k, "pass^k", design=design)
    return scalar_or_array(np.exp(log_avoidance(n, n - c, k)))


@checked
def pass_at_k_variance(attempts: ArrayLike, successes: ArrayLike, k: ArrayLike, *, design: str | None = None) -> Array:
    """Estimate the sampling variance of `pass_at_k` per problem, over new attempts, without bias.

    With h_k = C(n − c, k) / C(n, k), which is unbiased for (1 − p)^k, the estimate is h_k² − h_2k. It needs 2 k
    attempts: with fewer, (1 − p)^2k has no unbiased estimate. It is 0 where no or every attempt succeeded: it is
    unbiased over many problems, and says nothing about the certainty at one.

    Parameters
    ----------
    attempts, successes : array_like of int
        n and c per problem.
    k : array_like of int
        k, at most n / 2. The arguments broadcast.
    design : {"fixed", "until_success", "adaptive"}, optional
        What the number of attempts depended on; None infers it.

    Returns
    -------
    ndarray or float
        The variance.

    Raises
    ------
    InputError
        As `pass_at_k`, and for rows with fewer than 2 k attempts.
    """
    n, c, k = read_counts_and_k(attempts, successes, k, "the variance of pass@k", per=2, design=design)
    return scalar_or_array(_variance(n, c, k))


@checked
def mean_pass_at_k(
    attempts: ArrayLike, successes: ArrayLike, k: ArrayLike, *, design: str | None = None
) -> MeanPassAtK:
    """Estimate the mean of pass@k over problems, with standard errors for problems fixed and problems sampled.

    With problems fixed, the variance is Σ Var_i / m² over the m problems. With problems sampled, it is the variance
    between the m estimates over m; this already contains the variance of the attempts.

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Counts per problem.
    k : int or array_like of int, shape (n_k,)
        k, at most the attempts of every problem.
    design : {"fixed", "until_success", "adaptive"}, optional
        What the number of attempts depended on; None infers it.

    Returns
    -------
    MeanPassAtK
        Means and standard errors.

    Raises
    ------
    InputError
        As `pass_at_k`, and for arrays with more than one axis.
    """
    each_k = np.atleast_1d(np.asarray(k))
    n, c = np.broadcast_arrays(*read_counts(attempts, successes))
    if n.ndim > 1 or each_k.ndim > 1:
        raise InputError(
            f"attempts and successes have shape {n.shape}, k {each_k.shape}: give one axis of problems and one of k"
        )
    n, c, each = read_counts_and_k(np.atleast_1d(n), np.atleast_1d(c), each_k[:, None], design=design)
    values = 0.0 - np.expm1(log_avoidance(n, c, each))
    m = values.shape[-1]
    enough = (2 * each <= n).all(axis=-1)
    fixed = np.full(len(each), np.nan)
    fixed[enough] = np.sqrt(_variance(n, c, each)[enough].sum(axis=-1)) / m
    sampled = values.std(axis=-1, ddof=1) / np.sqrt(m) if m > 1 else np.full(len(each), np.nan)
    shape = np.shape(k)
    tries = scalar_or_array(each[:, 0].astype(np.int64).reshape(shape))
    means, fixed, sampled = (scalar_or_array(x.reshape(shape)) for x in (values.mean(axis=-1), fixed, sampled))
    return MeanPassAtK(tries, means, fixed, sampled, m)


def _variance(n: Array, c: Array, k: Array) -> Array:
    log_h_k, log_h_2k = log_avoidance(n, c, k), log_avoidance(n, c, np.minimum(2 * k, n))
    with np.errstate(invalid="ignore"):  # −inf + inf, where the successes cannot be avoided: 0
        relative = -np.expm1(log_h_2k - 2 * log_h_k)
    return np.where(np.isfinite(log_h_k), np.exp(2 * log_h_k) * np.maximum(relative, 0.0), 0.0)


@checked
def best_of_n(rewards: ArrayLike, n: ArrayLike, score: ArrayLike | None = None) -> Array:
    """Estimate the expected reward of the best of n samples, from m samples with rewards, without bias.

    The sample of rank i (lowest 1) is the best of n with probability C(i − 1, n − 1) / C(m, n).

    Parameters
    ----------
    rewards : array_like, shape (..., n_samples)
        Rewards, in any unit.
    n : int or array_like of int, shape (n_counts,)
        n, at most the number of samples.
    score : array_like, shape (..., n_samples), optional
        Scores that choose the best sample, such as those of a reward model; None chooses by `rewards`. Equal scores are
        drawn from at random.

    Returns
    -------
    ndarray or float, shape (...) or (..., n_counts)
        Expected reward of the chosen sample.

    Raises
    ------
    InputError
        All problems at once, for rewards that are not finite, and n that are not whole or above the number of samples.
    """
    from scipy.stats import rankdata

    reward, chosen_by = _rewards(rewards, "rewards"), _rewards(rewards if score is None else score, "score")
    count, m = read_whole(n, "n"), reward.shape[-1]
    problems = []
    if reward.shape != chosen_by.shape:
        problems.append(f"score has shape {chosen_by.shape}, rewards {reward.shape}: give one score for each reward.")
    if (count > m).any():
        problems.append(f"n={distinct(count[count > m])} is more than the {m} samples: lower n.")
    if count.ndim > 1:
        problems.append(f"n has shape {count.shape}: give one number, or one axis of them.")
    if problems:
        raise InputError("the best of n cannot be estimated", problems)
    each = count.reshape(count.shape + (1,) * reward.ndim if count.ndim else ())
    below, up_to = rankdata(chosen_by, method="min", axis=-1) - 1, rankdata(chosen_by, method="max", axis=-1)
    # C(i, n) / C(m, n) is the chance that all n have rank i or below; samples with equal scores share it
    weight = (np.exp(log_avoidance(m, m - up_to, each)) - np.exp(log_avoidance(m, m - below, each))) / (up_to - below)
    best = (weight * reward).sum(axis=-1)
    return scalar_or_array(np.moveaxis(best, 0, -1) if count.ndim else best)


def _rewards(values: ArrayLike, name: str) -> Array:
    numbers = np.atleast_1d(read_numbers(values, name))
    wrong = ~np.isfinite(numbers)
    if wrong.any() or not numbers.size:
        where = in_rows((np.unique(np.argwhere(wrong)[:, 0]) + 1).tolist()) if wrong.any() else "every row"
        raise InputError(f"{name}: blank or not finite in {where}; give a number for every sample")
    return numbers


@checked
def best_of_n_divergence(n: ArrayLike) -> Array:
    """Compute an upper bound of the KL divergence of the best of n from one sample: log n − (n − 1) / n.

    The bound is exact where no two outputs have the same reward and no output has a large probability.

    Parameters
    ----------
    n : array_like of int
        Number of samples.

    Returns
    -------
    ndarray or float
        The bound, in nats.

    Raises
    ------
    InputError
        For n that is not a whole number of 1 or more.

    References
    ----------
    Beirami et al. (2024), arXiv:2401.01879.
    """
    count = read_whole(n, "n")
    return scalar_or_array(np.log(count) - (count - 1) / count)
