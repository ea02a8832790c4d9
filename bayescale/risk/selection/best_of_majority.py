"""Best-of-Majority: among the answers that are frequent enough, those with the highest reward."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.risk.arguments import read_numbers, read_votes
from bayescale.risk.selection.majority import require_answer

type Array = NDArray[np.float64]

_MOST_SAMPLES = 10_000  # the computing time grows with the square


@checked
def best_of_majority(votes: ArrayLike, rewards: ArrayLike, k: int = 1, least_share: float = 0.0) -> NDArray[np.int64]:
    """Choose up to k answers: among the frequent ones, those with the highest reward (Best-of-Majority).

    Parameters
    ----------
    votes : array_like, shape (n_answers,)
        Number of votes for each distinct answer.
    rewards : array_like, shape (n_answers,)
        Reward of each answer by a reward model.
    k : int, default 1
        Number of answers that may be submitted.
    least_share : float, default 0.0
        α, share of the samples that an answer must have; the theory takes 3 / (4 C*), C* the inverse of the
        probability of the best answer. 0 makes it Best-of-N over distinct answers.

    Returns
    -------
    ndarray of int
        Indices of the chosen answers, highest reward first; equal rewards keep their order. Empty where no answer is
        frequent enough.

    Raises
    ------
    InputError
        For votes and rewards of different lengths, a k that is not a whole number, or a share outside 0 to 1.

    References
    ----------
    Di et al. (2025), arXiv:2510.03199, algorithm 3.
    """
    counts, values, most = _read(votes, rewards, k, least_share)
    frequent = np.flatnonzero((counts > 0) & (counts >= least_share * counts.sum() * (1 - 1e-12)))
    return frequent[np.argsort(-values[frequent], kind="stable")][:most].astype(np.int64)


@checked
def best_of_majority_accuracy(
    votes: ArrayLike, rewards: ArrayLike, correct: int, n: int, k: int = 1, least_share: float = 0.0
) -> float:
    """Compute the probability that Best-of-Majority submits the right answer of one problem, from n samples.

    Parameters
    ----------
    votes, rewards, k, least_share
        As `best_of_majority`.
    correct : int
        Index of the right answer.
    n : int
        Number of samples, at most the number of votes and 10,000.

    Returns
    -------
    float
        The exact mean over all ways to draw n of the votes without replacement, so unbiased for n fresh samples.
        Ties of rewards are broken at random.

    Raises
    ------
    InputError
        As `best_of_majority`, and for an index or n outside their range.
    """
    from scipy.stats import binom

    counts, values, most = _read(votes, rewards, k, least_share)
    require_answer(correct, n, counts)
    if n > _MOST_SAMPLES:
        raise InputError(f"n={n} must be {_MOST_SAMPLES} or less: the computing time grows with its square")
    total = int(counts.sum())
    least = max(int(np.ceil(least_share * n * (1 - 1e-12))), 1)
    # answers drawn without replacement are independent binomials given their sum
    shares = np.asarray(binom.pmf(np.arange(n + 1)[:, None], counts, n / total))
    frequent = np.where(np.arange(n + 1)[:, None] >= least, shares, 0.0)
    others = [answer for answer in range(len(counts)) if answer != correct]
    better = [answer for answer in others if values[answer] > values[correct]]
    tied = [answer for answer in others if values[answer] == values[correct]]
    worse = [answer for answer in others if values[answer] < values[correct]]
    ways = np.zeros((min(most, len(better)) + 1, len(tied) + 1, n + 1))  # frequent better and tied answers, votes drawn
    ways[0, 0] = frequent[:, correct]
    for answer in (*better, *tied):
        if_frequent = _convolved(ways, frequent[:, answer])
        shifted = np.zeros_like(ways)
        if values[answer] > values[correct]:
            shifted[1:] = if_frequent[:-1]
            shifted[-1] += if_frequent[-1]  # last row: at least as many as are submitted, or all better answers
        else:
            shifted[:, 1:] = if_frequent[:, :-1]
        ways = shifted + _convolved(ways, shares[:, answer] - frequent[:, answer])
    for answer in worse:
        ways = _convolved(ways, shares[:, answer])
    ahead, equal = np.meshgrid(np.arange(ways.shape[0]), np.arange(ways.shape[1]), indexing="ij")
    submitted = np.clip((most - ahead) / (equal + 1), 0.0, 1.0)
    return float((ways[..., n] * submitted).sum() / binom.pmf(n, total, n / total))


def _convolved(ways: Array, shares: Array) -> Array:
    """Convolution along the last axis, cut to its length."""
    size = ways.shape[-1]
    out = np.zeros_like(ways)
    for drawn in np.flatnonzero(shares):
        out[..., drawn:] += shares[drawn] * ways[..., : size - drawn]
    return out


def _read(votes: ArrayLike, rewards: ArrayLike, k: int, least_share: float) -> tuple[Array, Array, int]:
    counts, values = read_votes(votes), read_numbers(rewards, "rewards")
    wrong = []
    if values.shape != counts.shape:
        wrong.append(f"rewards have shape {values.shape}, votes {counts.shape}: give one reward for each answer")
    elif not np.isfinite(values).all():
        wrong.append(f"rewards={rewards!r} must be finite numbers")
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        wrong.append(f"k={k!r} must be a whole number, 1 or more")
    if (
        isinstance(least_share, bool)
        or not isinstance(least_share, int | float | np.number)
        or not 0 <= least_share <= 1
    ):
        wrong.append(f"least_share={least_share!r} must be a share from 0 to 1, such as 0.1")
    if wrong:
        raise InputError("Best-of-Majority cannot be computed:", wrong)
    return counts, values, int(k)
