"""Votes over the answers of many samples: the limit of majority voting, a lead of k votes, Best-of-Majority.

Majority voting over ever more samples returns the mode of the answers' distribution, so that its accuracy tends to the
share of problems whose mode is right. `majority_vote` in `risk.verifiers` is the accuracy of a finite vote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, gammainc, gammainccinv, gammaincinv, gammaln, logit
from scipy.stats import binom

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import require_prob
from bayescale.errors import InputError
from bayescale.risk.estimators.exact import plain, read_numbers, read_whole
from bayescale.risk.shapes import in_one_shape

type Array = NDArray[np.float64]

_NODES = 400
_TAIL = 1e-13
_MOST_VOTES = 1e9  # of an answer: the probability of its being the mode is then exact to five digits
_MOST_SAMPLES = 10_000  # of Best-of-Majority: its cost grows with their square
_MOST = 1e15  # votes of a lead, and steps: their squares are finite


@dataclass(frozen=True)
class LeadVote:
    """A vote that stops when one answer leads by a number of votes.

    Attributes
    ----------
    correct : ndarray or float
        Probability that the right answer wins.
    votes : ndarray or float
        Expected number of votes.
    """

    correct: Array
    votes: Array


@checked
def first_to_lead_by(rate: ArrayLike, lead: ArrayLike) -> LeadVote:
    """Vote between a right and a wrong answer until one is ahead by `lead` votes (first-to-ahead-by-k).

    Parameters
    ----------
    rate : array_like
        p, the probability that a vote is right, from 0 to 1. All wrong votes count as one answer, the hardest case.
    lead : array_like of int
        k, votes by which the winner must lead, 1 or more. The arguments broadcast.

    Returns
    -------
    LeadVote
        P = 1 / (1 + ((1 - p) / p)^k), and the expected votes k (2 P - 1) / (2 p - 1), k² at p = 1/2.

    Raises
    ------
    InputError
        For rates outside 0 to 1 and leads that are not whole and positive.

    References
    ----------
    Feller (1968), An Introduction to Probability Theory, volume 1, chapter XIV (gambler's ruin); Meyerson et al.
    (2025), arXiv:2511.09030, who call it first-to-ahead-by-k.
    """
    p, k = _rates(rate), read_whole(lead, "lead")
    _require_at_most(k, "lead")
    p, k = in_one_shape({"rate": p, "lead": k})
    excess = 2 * p - 1
    away = np.where(excess == 0, 0.5, excess)
    with np.errstate(divide="ignore"):
        # 2 P - 1 = tanh(k artanh(2 p - 1)), which keeps its digits near p = 1/2
        votes = np.where(excess == 0, k**2, k * np.tanh(k * np.arctanh(away)) / away)
    return LeadVote(plain(expit(k * logit(p))), plain(votes))


@checked
def least_lead(rate: ArrayLike, target: ArrayLike, steps: ArrayLike = 1) -> Array:
    """Least lead with which all steps of a task are right with a given probability.

    Parameters
    ----------
    rate : array_like
        p, the probability that a vote on one step is right.
    target : array_like
        t, probability that every step is right, strictly between 0 and 1.
    steps : array_like of int, default 1
        s, how many steps must all be right. The arguments broadcast.

    Returns
    -------
    ndarray or float
        ⌈log(t^(-1/s) - 1) / log((1 - p) / p)⌉, 1 or more; infinity where p is 1/2 or less and one vote is not enough.

    Raises
    ------
    InputError
        For rates outside 0 to 1, targets outside it or on its ends, and steps that are not whole and positive.

    References
    ----------
    Meyerson et al. (2025), arXiv:2511.09030, as its public implementations print it.
    """
    p, wanted, count = _rates(rate), _rates(target, "target"), read_whole(steps, "steps")
    if not ((wanted > 0) & (wanted < 1)).all():
        raise InputError(f"target={target!r} must lie strictly between 0 and 1, such as 0.95")
    _require_at_most(count, "steps")
    p, wanted, count = in_one_shape({"rate": p, "target": wanted, "steps": count})
    log_step = np.log(wanted) / count
    needed = log_step - np.log(-np.expm1(log_step))  # logit of t^(1/s)
    odds = logit(p)
    lead = np.ceil(needed / np.where(odds > 0, odds, 1.0) - 1e-12)
    return plain(np.where(odds >= needed, 1.0, np.where(odds > 0, np.maximum(lead, 1.0), np.inf)))


@dataclass(frozen=True, repr=False)
class VotingLimit(Shown):
    """Accuracy of majority voting over infinitely many samples.

    Attributes
    ----------
    problems : ndarray, shape (n_problems,)
        Probability that the mode of each problem's answers is right.
    expected, lower, upper : float
        Share of these problems whose mode is right: expectation and interval.
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
    """Probability that the right answer is the most probable one, given votes on one problem.

    Parameters
    ----------
    votes : array_like, shape (n_answers,)
        How often each distinct answer was given; a right answer that never came has 0 votes.
    correct : int
        Place of the right answer, from 0.
    prior : float, default 0.5
        Concentration of the Dirichlet prior at each answer listed (0.5 is Jeffreys' prior). Answers that never came
        are not listed and get no probability.

    Returns
    -------
    float
        P(θ_correct > all other θ), θ ~ Dirichlet(votes + prior), by quadrature: the limit of the expected accuracy
        of majority voting as samples grow.

    Raises
    ------
    InputError
        For votes, a place or a prior that cannot be used.
    """
    counts = _votes(votes)
    wrong = []
    if isinstance(correct, bool) or not isinstance(correct, int | np.integer) or not 0 <= correct < len(counts):
        wrong.append(f"correct={correct!r} must be a place from 0 to {len(counts) - 1}")
    if isinstance(prior, bool) or not isinstance(prior, int | float | np.number) or not 0.05 <= prior <= 1e6:
        wrong.append(f"prior={prior!r} must be a number from 0.05 to 1e6, such as 0.5")
    if wrong:
        raise InputError("the mode cannot be judged:", wrong)
    shape = counts + float(prior)
    own, others = shape[correct], np.delete(shape, correct)
    # a Dirichlet is independent gammas over their sum: P = E[Π F_l(x)] of x ~ gamma(own), taken over x's quantiles
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    place = np.linspace(0, 1, 9)
    low = gammaincinv(own, _TAIL)
    high = gammainccinv(own, _TAIL)
    edges = low + (high - low) * place
    total = 0.0
    for start, end in pairwise(edges):
        log_start, log_end = np.log(max(start, 1e-300)), np.log(end)
        z = log_start + (log_end - log_start) * (nodes + 1) / 2  # in log x, where the density of small shapes is smooth
        x = np.exp(z)
        density = np.exp(own * z - x - gammaln(own))
        below = np.prod([gammainc(other, x) for other in others], axis=0)
        total += float((density * below * weights).sum() * (log_end - log_start) / 2)
    return min(max(total, 0.0), 1.0)


@checked
def voting_limit(
    votes: Sequence[ArrayLike], correct: Sequence[int], prior: float = 0.5, prob: float = 0.9
) -> VotingLimit:
    """Accuracy of majority voting over a benchmark as samples grow: the share of problems whose mode is right.

    Parameters
    ----------
    votes : sequence of array_like
        Votes of each problem, as in `mode_is_right`.
    correct : sequence of int
        Place of each problem's right answer.
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
        For no problem, sequences of different length, and what `mode_is_right` refuses.
    """
    require_prob(prob)
    if not len(votes) or len(votes) != len(correct):
        raise InputError(
            f"votes of {len(votes)} problems, correct of {len(correct)}: give both for one problem or more"
        )
    problems = np.array([mode_is_right(own, place, prior) for own, place in zip(votes, correct, strict=True)])
    chance = np.ones(1)
    for p in problems:
        chance = np.convolve(chance, [1 - p, p])
    cumulative = np.cumsum(chance)
    low, high = (int((cumulative < level - 1e-12).sum()) for level in ((1 - prob) / 2, (1 + prob) / 2))
    many = len(problems)
    return VotingLimit(problems, float(problems.mean()), low / many, min(high, many) / many, prob)


@checked
def best_of_majority(votes: ArrayLike, rewards: ArrayLike, k: int = 1, least_share: float = 0.0) -> NDArray[np.int64]:
    """Choose up to k answers: of those given often enough, the ones with the highest reward (Best-of-Majority).

    Parameters
    ----------
    votes : array_like, shape (n_answers,)
        How often each distinct answer was given.
    rewards : array_like, shape (n_answers,)
        Reward of each answer by a reward model.
    k : int, default 1
        Answers that may be handed in.
    least_share : float, default 0.0
        α, share of the samples that an answer must have; the theory takes 3 / (4 C*), C* the inverse of the
        probability of the best answer. 0 makes it Best-of-N over distinct answers.

    Returns
    -------
    ndarray of int
        Places of the chosen answers, highest reward first; equal rewards in the order given. Empty where no answer is
        frequent enough.

    Raises
    ------
    InputError
        For votes and rewards of different length, a k that is not whole, or a share outside 0 to 1.

    References
    ----------
    Di et al. (2025), arXiv:2510.03199, algorithm 3.
    """
    counts, values, most = _majority(votes, rewards, k, least_share)
    frequent = np.flatnonzero((counts > 0) & (counts >= least_share * counts.sum() * (1 - 1e-12)))
    return frequent[np.argsort(-values[frequent], kind="stable")][:most].astype(np.int64)


@checked
def best_of_majority_accuracy(
    votes: ArrayLike, rewards: ArrayLike, correct: int, n: int, k: int = 1, least_share: float = 0.0
) -> float:
    """Probability that Best-of-Majority hands in the right answer of one problem, from n samples.

    Parameters
    ----------
    votes, rewards, k, least_share
        As `best_of_majority`.
    correct : int
        Place of the right answer, from 0.
    n : int
        Samples, at most as many as there are votes.

    Returns
    -------
    float
        The exact mean over all ways to draw n of the votes without replacement, so unbiased for n fresh samples.
        Equal rewards are broken at random.

    Raises
    ------
    InputError
        For what `best_of_majority` refuses, and a place or n outside their range.
    """
    counts, values, most = _majority(votes, rewards, k, least_share)
    total = int(counts.sum())
    if (
        isinstance(correct, bool)
        or correct not in range(len(counts))
        or isinstance(n, bool)
        or n not in range(1, total + 1)
    ):
        raise InputError(
            f"correct={correct!r} must be a place from 0 to {len(counts) - 1}, and n={n!r} a whole number from 1 to "
            f"the {total} votes"
        )
    if n > _MOST_SAMPLES:
        raise InputError(f"n={n} must be {_MOST_SAMPLES} or less: the cost of the exact accuracy grows with its square")
    least = max(int(np.ceil(least_share * n * (1 - 1e-12))), 1)
    # answers drawn without replacement are independent binomials given their sum
    shares = np.asarray(binom.pmf(np.arange(n + 1)[:, None], counts, n / total))
    frequent = np.where(np.arange(n + 1)[:, None] >= least, shares, 0.0)
    others = [place for place in range(len(counts)) if place != correct]
    better = [place for place in others if values[place] > values[correct]]
    tied = [place for place in others if values[place] == values[correct]]
    worse = [place for place in others if values[place] < values[correct]]
    ways = np.zeros((min(most, len(better)) + 1, len(tied) + 1, n + 1))  # better and tied answers that pass, sum drawn
    ways[0, 0] = frequent[:, correct]
    for place in (*better, *tied):
        passing, rare = frequent[:, place], shares[:, place] - frequent[:, place]
        onward = _convolved(ways, passing)
        moved = np.zeros_like(ways)
        if values[place] > values[correct]:
            moved[1:] = onward[:-1]
            moved[-1] += onward[-1]  # already more than are handed in, or as many as there are
        else:
            moved[:, 1:] = onward[:, :-1]
        ways = moved + _convolved(ways, rare)
    for place in worse:
        ways = _convolved(ways, shares[:, place])
    ahead, equal = np.meshgrid(np.arange(ways.shape[0]), np.arange(ways.shape[1]), indexing="ij")
    handed = np.clip((most - ahead) / (equal + 1), 0.0, 1.0)
    return float((ways[..., n] * handed).sum() / binom.pmf(n, total, n / total))


def _convolved(ways: Array, shares: Array) -> Array:
    """Convolution along the last axis, cut to its length."""
    size = ways.shape[-1]
    out = np.zeros_like(ways)
    for drawn in np.flatnonzero(shares):
        out[..., drawn:] += shares[drawn] * ways[..., : size - drawn]
    return out


def _majority(votes: ArrayLike, rewards: ArrayLike, k: int, least_share: float) -> tuple[Array, Array, int]:
    counts, values = _votes(votes), read_numbers(rewards, "rewards")
    wrong = []
    if values.shape != counts.shape:
        wrong.append(f"rewards have shape {values.shape}, votes {counts.shape}: give one reward an answer")
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
        raise InputError("Best-of-Majority cannot choose:", wrong)
    return counts, values, int(k)


def _votes(votes: ArrayLike) -> Array:
    counts = read_numbers(votes, "votes")
    if counts.ndim != 1 or not (np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))).all():
        raise InputError(f"votes={votes!r} must be one count for each distinct answer, whole numbers of 0 or more")
    if (counts > _MOST_VOTES).any():
        raise InputError(f"votes={counts.max():g} of one answer must be {_MOST_VOTES:g} or less")
    if not counts.sum():
        raise InputError(f"votes={votes!r} holds no vote: give one answer with 1 vote or more")
    return counts


def _require_at_most(values: Array, name: str) -> None:
    if (values > _MOST).any():
        raise InputError(f"{name}={values.max():g} must be {_MOST:g} or less")


def _rates(values: ArrayLike, name: str = "rate") -> Array:
    numbers = read_numbers(values, name)
    wrong = ~((numbers >= 0) & (numbers <= 1))
    if wrong.any():
        raise InputError(f"{name}={np.unique(numbers[wrong])[:8].tolist()} must lie between 0 and 1")
    return numbers
