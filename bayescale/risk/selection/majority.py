"""Majority voting over the answers of many samples: its accuracy at n answers, and its limit.

With more samples, majority voting returns the mode of the distribution of answers, so that its accuracy tends to the
share of problems whose mode is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammainccinv, gammaincinv, gammaln

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob
from bayescale.errors import InputError
from bayescale.risk.arguments import read_votes

type Array = NDArray[np.float64]

_NODES = 400
_TAIL = 1e-13
_MOST_SAMPLES = 2_000  # of a majority vote: seconds of computing time


@checked
def majority_vote(votes: ArrayLike, correct: int, n: int) -> float:
    """Compute the probability that the most frequent of n answers to one problem is the correct one.

    Ties are broken at random. The computing time grows with n² times the number of answers.

    Parameters
    ----------
    votes : array_like of int, shape (n_answers,)
        Number of votes for each distinct answer.
    correct : int
        Index of the right answer.
    n : int
        Number of answers, at most the number of votes and 2,000.

    Returns
    -------
    float
        The exact mean over all ways to draw n of the votes without replacement, so unbiased for n fresh answers.

    Raises
    ------
    InputError
        For votes that are not counts, and an index or n outside their range.
    """
    from scipy.stats import binom

    counts = read_votes(votes)
    total = int(counts.sum())
    require_answer(correct, n, counts)
    if n > _MOST_SAMPLES:
        raise InputError(f"n={n} must be {_MOST_SAMPLES} or less: the computing time grows with its square")
    # answers drawn without replacement are independent binomials given their sum; each is a polynomial in x, its power
    # the number drawn; y marks an answer that ties with the correct one, which wins 1 / (t + 1) = ∫ y^t dy of t ties
    shares = np.asarray(binom.pmf(np.arange(n + 1)[:, None], counts, n / total))  # (n + 1, answer)
    others = np.delete(shares, correct, axis=1).T
    won = 0.0
    for drawn in range(1, min(n, int(counts[correct])) + 1):
        nodes, weights = np.polynomial.legendre.leggauss((n // drawn + 2) // 2)
        for tie, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            rest = np.zeros(n - drawn + 1)
            rest[0] = 1.0
            for other in others:
                rest = np.convolve(rest, [*other[:drawn], tie * other[drawn]])[: n - drawn + 1]
            won += weight * shares[drawn, correct] * rest[-1]
    return float(won / binom.pmf(n, total, n / total))


def require_answer(correct: object, n: object, counts: Array) -> None:
    """Require an index of an answer, and a number of votes to draw.

    Parameters
    ----------
    correct : object
        Index of the right answer.
    n : object
        Number of votes drawn.
    counts : ndarray, shape (n_answers,)
        Votes for each answer.

    Raises
    ------
    InputError
        If one is outside its range.
    """
    total = int(counts.sum())
    index_fits = not isinstance(correct, bool) and correct in range(len(counts))
    if not index_fits or isinstance(n, bool) or n not in range(1, total + 1):
        raise InputError(
            f"correct={correct!r} must be an index from 0 to {len(counts) - 1}, and n={n!r} a whole number from 1 to "
            f"the {total} votes"
        )


@dataclass(frozen=True, repr=False)
class VotingLimit(Shown):
    """Accuracy of majority voting over infinitely many samples.

    Attributes
    ----------
    problems : ndarray, shape (n_problems,)
        Probability that the mode of each problem's answers is right.
    expected, lower, upper : float
        Share of problems whose mode is right: expectation and interval.
    prob : float
        Probability of the interval.
    """

    problems: Array
    expected: float
    lower: float
    upper: float
    prob: float

    @property
    def _page(self) -> Page:
        table = pd.DataFrame([{"expected": self.expected, "lower": self.lower, "upper": self.upper}])
        return Page(f"Limit of majority voting on {len(self.problems)} problems", table)


@checked
def mode_is_right(votes: ArrayLike, correct: int, prior: float = 0.5) -> float:
    """Compute the probability that the right answer is the most probable one, given votes on one problem.

    Parameters
    ----------
    votes : array_like, shape (n_answers,)
        Number of votes for each distinct answer; a right answer that never occurred has 0 votes.
    correct : int
        Index of the right answer.
    prior : float, default 0.5
        Concentration of the Dirichlet prior at each listed answer (0.5 is Jeffreys' prior). Answers that are not listed
        have probability 0.

    Returns
    -------
    float
        P(θ_correct > all other θ), θ ~ Dirichlet(votes + prior), by quadrature: the limit of the expected accuracy
        of majority voting as samples grow.

    Raises
    ------
    InputError
        For votes, an index or a prior that cannot be used.
    """
    counts = read_votes(votes)
    wrong = []
    if isinstance(correct, bool) or not isinstance(correct, int | np.integer) or not 0 <= correct < len(counts):
        wrong.append(f"correct={correct!r} must be an index from 0 to {len(counts) - 1}")
    if isinstance(prior, bool) or not isinstance(prior, int | float | np.number) or not 0.05 <= prior <= 1e6:
        wrong.append(f"prior={prior!r} must be a number from 0.05 to 1e6, such as 0.5")
    if wrong:
        raise InputError("the mode cannot be computed:", wrong)
    shape = counts + float(prior)
    right, others = shape[correct], np.delete(shape, correct)
    # a Dirichlet is independent gammas over their sum: P = E[Π F_l(x)] for x ~ gamma(right), over the quantiles of x
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    low, high = gammaincinv(right, _TAIL), gammainccinv(right, _TAIL)
    edges = low + (high - low) * np.linspace(0, 1, 9)
    total = 0.0
    for start, end in pairwise(edges):
        log_start, log_end = np.log(max(start, 1e-300)), np.log(end)
        z = log_start + (log_end - log_start) * (nodes + 1) / 2  # in log x, where the density of small shapes is smooth
        x = np.exp(z)
        density = np.exp(right * z - x - gammaln(right))
        below = np.prod([gammainc(other, x) for other in others], axis=0)
        total += float((density * below * weights).sum() * (log_end - log_start) / 2)
    return min(max(total, 0.0), 1.0)


@checked
def voting_limit(
    votes: Sequence[ArrayLike], correct: Sequence[int], prior: float = 0.5, prob: float = 0.9
) -> VotingLimit:
    """Compute the limit of the accuracy of majority voting: the share of problems whose mode is right.

    Parameters
    ----------
    votes : sequence of array_like
        Votes of each problem, as in `mode_is_right`.
    correct : sequence of int
        Index of each problem's right answer.
    prior : float, default 0.5
        Concentration of the Dirichlet prior at each answer.
    prob : float, default 0.9
        Probability of the interval.

    Returns
    -------
    VotingLimit
        Probability by problem; expectation and interval of the share, whose distribution is Poisson-binomial.

    Raises
    ------
    InputError
        For no problem, sequences of different lengths, and arguments that `mode_is_right` refuses.
    """
    require_prob(prob)
    if not len(votes) or len(votes) != len(correct):
        raise InputError(
            f"votes are of {len(votes)} problems, correct of {len(correct)}: give both for the same problems, one or "
            "more"
        )
    problems = np.array([mode_is_right(counts, index, prior) for counts, index in zip(votes, correct, strict=True)])
    chance = np.ones(1)
    for p in problems:
        chance = np.convolve(chance, [1 - p, p])
    cumulative = np.cumsum(chance)
    low, high = (int((cumulative < level - 1e-12).sum()) for level in ((1 - prob) / 2, (1 + prob) / 2))
    count = len(problems)
    return VotingLimit(problems, float(problems.mean()), low / count, min(high, count) / count, prob)
