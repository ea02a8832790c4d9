"""Repeated sampling behind an imperfect verifier, or a vote: what is handed over, and how many tries are worth it.

A try at a problem is correct with probability r. The verifier passes a correct one with probability c (completeness)
and rejects a wrong one with probability s (soundness). The first that passes is handed over; after K tries without one,
nothing is. So a problem's try passes with probability π = c r + (1 − s)(1 − r), a correct one is handed over with
probability (c r / π)(1 − (1 − π)^K), and no number of tries lifts accuracy above the mean of c r / π.
After Stroebl, Kapoor & Narayanan 2024 (arXiv 2411.17501).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from bayescale.core.arguments import checked
from bayescale.core.text import listing
from bayescale.errors import InputError
from bayescale.risk.estimators.exact import plain, read_numbers

type Array = NDArray[np.float64]

_MOST = 2.0**50  # tries: where one more still gains here, it always does
_MOST_SAMPLES = 2_000  # of a majority vote: seconds of work
_NEVER = 1e200  # minus the logarithm of no chance, so that none times it is none


@dataclass(frozen=True)
class Verified:
    """What is handed over within a number of tries, as shares of problems that sum to one; each (…, tries).

    correct         accuracy: a correct answer.
    false_positive  a wrong answer that passed.
    unanswered      nothing passed.
    """

    tries: Array
    correct: Array
    false_positive: Array
    unanswered: Array


@dataclass(frozen=True)
class BestTries:
    """The number of tries that is worth most, per draw: 0 where none is, infinity where another always is; its `value`
    per problem, and `ceiling`, what tries for ever are worth. Each (…)."""

    tries: Array
    value: Array
    ceiling: Array


@checked
def verified(
    rates: ArrayLike,
    tries: ArrayLike,
    completeness: ArrayLike = 1.0,
    soundness: ArrayLike = 1.0,
    weights: ArrayLike | None = None,
) -> Verified:
    """Accuracy, false positives and unanswered problems within a number of tries behind a verifier.

    `rates` (…, problem): the chance that a try is correct, draws or quadrature nodes welcome. `tries` (tries,) or one
    number, 1 or more; `numpy.inf` is the ceiling. `completeness`, `soundness`: numbers, or one a draw (…). `weights`
    (…, problem): how much each problem counts (made to sum to one). Stable for rates of 0 and verifiers without error.
    Raises InputError, all problems at once, for values outside their range or shapes that do not fit.
    """
    case = _case(rates, completeness, soundness, weights)
    asked = read_numbers(tries, "tries")
    if asked.ndim > 1 or not asked.size or not ((asked >= 1) & (asked == np.floor(asked))).all():
        raise InputError(f"tries={tries!r} must be whole, 1 or more, on one axis at most (numpy.inf: the ceiling)")
    each = np.atleast_1d(asked)
    # one number of tries at a time, so that (draws, problems, tries) need never be in memory
    parts = [
        [case.mean(case.right * case.answered(k)) for k in each],
        [case.mean(case.wrong * case.answered(k)) for k in each],
        [case.mean(case.unanswered(k)) for k in each],
    ]
    correct, wrong, unanswered = (np.stack(part, axis=-1).reshape(case.draws + asked.shape) for part in parts)
    return Verified(plain(asked), plain(correct), plain(wrong), plain(unanswered))


@checked
def best_tries(
    rates: ArrayLike,
    completeness: ArrayLike = 1.0,
    soundness: ArrayLike = 1.0,
    weights: ArrayLike | None = None,
    *,
    correct: float = 1.0,
    false_positive: float = -1.0,
    cost: float = 0.0,
    stops: bool = True,
) -> BestTries:
    """How many tries to allow when a correct answer is worth `correct`, one false positive `false_positive` (negative:
    a loss), a try costs `cost` and no answer is worth 0, all in one unit.

    With `stops`, tries are made one after the other and paid until one passes; without, all are made and paid. Problems
    still unanswered are the hard ones, on which what passes is mostly wrong, so that a further try gains less and less;
    the last that gains is found by bisection. Other arguments as `verified`; every draw has a best number of its own,
    and the one to act on is that of all draws' problems on one axis.
    Raises InputError as `verified` does, and for stakes that are not finite or a negative cost.
    """
    case = _case(rates, completeness, soundness, weights)
    stakes = _Stakes(correct, false_positive, cost, stops)
    named = {"correct": correct, "false_positive": false_positive, "cost": cost}
    problems = [f"{name}={value!r} must be a finite number." for name, value in named.items() if not np.isfinite(value)]
    if cost < 0:
        problems.append(f"cost={cost!r} must be 0 or more.")
    if problems:
        raise InputError("these stakes cannot be used", problems)
    # a further try changes from gain to loss at most once as tries go on; where it changes from loss to gain, as behind
    # a verifier that prefers wrong answers, none or tries for ever are best
    options = np.stack([np.zeros(case.draws), _last_gain(case, stakes), np.full(case.draws, np.inf)])
    values = np.stack([_value(case, stakes, option) for option in options])
    best = values.argmax(axis=0)[None]
    tries, value = (plain(np.take_along_axis(of, best, 0)[0]) for of in (options, values))
    return BestTries(tries, value, plain(values[2]))


@checked
def majority_vote(votes: ArrayLike, correct: int, n: int) -> float:
    """The chance that the most frequent of n answers is the correct one, ties broken at random, for one problem.

    `votes` (answer,): how often each distinct answer was given; `correct`: the place of the right one, from 0. Exact
    over all ways to draw n of the votes without replacement, so unbiased for n fresh answers. The work grows with n²
    times the number of answers.
    Raises InputError for votes, a place or n that cannot be used.
    """
    counts, total = _votes(votes)
    if not 0 <= correct < len(counts) or n not in range(1, total + 1):
        raise InputError(
            f"correct={correct!r} must be a place from 0 to {len(counts) - 1}, and n={n!r} a whole number from 1 to "
            f"the {total} votes"
        )
    if n > _MOST_SAMPLES:
        raise InputError(f"n={n} must be {_MOST_SAMPLES} or less: the work of the exact accuracy grows with its square")
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


@dataclass(frozen=True)
class _Stakes:
    correct: float
    false_positive: float
    cost: float
    stops: bool


@dataclass(frozen=True)
class _Case:
    """Problems behind a verifier; arrays (…, problem), `draws` their shape but the last axis.

    passes      chance that a try passes.
    right       chance that what passes is correct; 0 where nothing passes.
    wrong       chance that it is not; 0 where nothing passes.
    log_reject  log of the chance that a try is rejected; finite, where all pass it is below −1e99.
    weight      of each problem, summing to one.
    """

    passes: Array
    right: Array
    wrong: Array
    log_reject: Array
    weight: Array
    draws: tuple[int, ...]

    def answered(self, tries: ArrayLike) -> Array:
        """The chance that one of `tries` (number, or (…, 1)) passes."""
        return np.where(self.passes > 0, -np.expm1(np.asarray(tries) * self._logs), 0.0)

    def unanswered(self, tries: ArrayLike) -> Array:
        return np.where(self.passes > 0, np.exp(np.asarray(tries) * self._logs), 1.0)

    def mean(self, values: Array) -> Array:
        """Over problems, of values (…, problem); a problem of weight 0 does not count, whatever its value."""
        return np.asarray((self.weight * np.where(self.weight > 0, values, 0.0)).sum(axis=-1))

    @property
    def _logs(self) -> Array:
        """log_reject where something passes: infinitely many tries times 0 are not a number."""
        return np.where(self.passes > 0, self.log_reject, -1.0)


def _case(rates: ArrayLike, completeness: ArrayLike, soundness: ArrayLike, weights: ArrayLike | None) -> _Case:
    given = {
        "rates": np.atleast_1d(read_numbers(rates, "rates")),
        "completeness": read_numbers(completeness, "completeness")[..., None],
        "soundness": read_numbers(soundness, "soundness")[..., None],
        "weights": np.atleast_1d(read_numbers(1.0 if weights is None else weights, "weights")),
    }
    problems = [
        f"{name}: {_listed(values[outside])} must lie between 0 and 1."
        for name, values in list(given.items())[:3]
        if (outside := ~((values >= 0) & (values <= 1))).any()
    ]
    if not (np.isfinite(given["weights"]) & (given["weights"] >= 0)).all():
        problems.append("weights must be finite and not negative.")
    problems += [f"{name}: give at least one number." for name, values in given.items() if not values.size]
    try:
        shape = np.broadcast_shapes(*(values.shape for values in given.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in given.items())
        problems.append(f"shapes do not fit: {shapes}; the last axis is the problem, those before it are draws.")
    else:
        total = np.broadcast_to(given["weights"], shape).sum(axis=-1, keepdims=True)
        if not (total > 0).all():
            problems.append("weights must be more than 0 for some problem.")
    if problems:
        raise InputError("these rates, verifier and weights cannot be used", problems)
    r, c, s, w = given.values()
    right, wrong = c * r, (1 - s) * (1 - r)
    passes = right + wrong
    some = np.where(passes > 0, passes, 1.0)
    log_reject = np.where(passes < 1, np.log1p(-np.where(passes < 1, passes, 0.0)), -_NEVER)
    weight = np.broadcast_to(w, shape) / total
    return _Case(passes, right / some, wrong / some, log_reject, weight, shape[:-1])


def _value(case: _Case, stakes: _Stakes, tries: Array) -> Array:
    """What `tries` (…) are worth per problem (…); 0 for none."""
    k = tries[..., None]
    handed = case.answered(k)
    gain = (stakes.correct * case.right + stakes.false_positive * case.wrong) * handed
    if not stakes.cost:
        return case.mean(gain)
    some = np.where(case.passes > 0, case.passes, 1.0)
    made = np.where(case.passes > 0, handed / some, k) if stakes.stops else k
    return case.mean(gain - stakes.cost * made)


def _last_gain(case: _Case, stakes: _Stakes) -> Array:
    """The last try (…) whose expected gain is above its cost, where a try's gain only falls; infinity where none is."""
    low, high = np.zeros(case.draws), np.full(case.draws, _MOST)
    for_ever = _gains(case, stakes, high)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        up = _gains(case, stakes, middle)
        low, high = np.where(up, middle, low), np.where(up, high, np.maximum(middle, low + 1))
    return np.where(for_ever, np.inf, low)


def _gains(case: _Case, stakes: _Stakes, k: Array) -> NDArray[np.bool_]:
    """Whether the k-th try (…) is worth its cost, seen from the problems that come to it: the easy ones are gone."""
    gain = (stakes.correct * case.right + stakes.false_positive * case.wrong) * case.passes
    gain = gain - stakes.cost if stakes.stops else gain
    with np.errstate(divide="ignore"):
        logs = np.where(gain != 0, (k[..., None] - 1) * case.log_reject + np.log(case.weight), -np.inf)
    most = np.maximum(logs.max(axis=-1), -_NEVER)
    left = np.exp(logs - most[..., None])  # in units of the largest, so that no number of tries leaves nothing
    paid = 0.0 if stakes.stops else stakes.cost * np.exp(np.minimum(-most, 700.0))
    return np.asarray(((left * gain).sum(axis=-1) > paid) & (most > -_NEVER / 2))


def _votes(votes: ArrayLike) -> tuple[Array, int]:
    counts = read_numbers(votes, "votes")
    if counts.ndim != 1 or not (np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))).all():
        raise InputError(f"votes={votes!r} must be one count for each distinct answer, whole numbers of 0 or more")
    return counts, int(counts.sum())


def _listed(values: Array) -> str:
    return listing([f"{value:g}" for value in np.unique(values)])
