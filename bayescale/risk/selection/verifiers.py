"""Repeated sampling with an imperfect verifier: accuracy after a number of tries, and the best number of tries.

A try at a problem is correct with probability r. The verifier passes a correct try with probability c (completeness)
and rejects a wrong one with probability s (soundness). The first try that passes is the answer; after K tries without
one, there is no answer. A try passes with probability π = c r + (1 − s)(1 − r), the answer is correct with probability
(c r / π)(1 − (1 − π)^K), and no number of tries raises accuracy above the mean of c r / π (Stroebl, Kapoor & Narayanan
2024, arXiv 2411.17501).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.risk.arguments import distinct, read_numbers, scalar_or_array
from bayescale.risk.root_finding import largest_integer

type Array = NDArray[np.float64]

_MOST = 2.0**50  # tries: where one more still gains here, every further one does
_NEVER = 1e200  # minus the logarithm of probability 0, finite so that 0 times it is 0


@dataclass(frozen=True)
class Verified:
    """Answers within a number of tries, as shares of problems that sum to one.

    Attributes
    ----------
    tries : ndarray or float, shape (n_tries,)
        Numbers of tries.
    correct : ndarray or float, shape (..., n_tries)
        Share with a correct answer (accuracy).
    false_positive : ndarray or float, shape (..., n_tries)
        Share with a wrong answer that passed.
    unanswered : ndarray or float, shape (..., n_tries)
        Share where no try passed.
    """

    tries: Array
    correct: Array
    false_positive: Array
    unanswered: Array


@dataclass(frozen=True)
class BestTries:
    """The number of tries with the highest value, per draw.

    Attributes
    ----------
    tries : ndarray or float
        The number; 0 where no try is worth its cost, infinity where every further try is.
    value : ndarray or float
        Value per problem at this number.
    ceiling : ndarray or float
        Value per problem of infinitely many tries.
    """

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
    """Compute accuracy, false positives and unanswered problems within a number of tries with a verifier.

    Parameters
    ----------
    rates : array_like, shape (..., n_problems)
        Probability that a try is correct, such as posterior draws or quadrature nodes.
    tries : int or array_like of int, shape (n_tries,)
        Numbers of tries, 1 or more; `numpy.inf` gives the ceiling.
    completeness, soundness : array_like, shape (...), default 1.0
        Probability that a correct try passes, and that a wrong one is rejected: numbers, or one for each draw.
    weights : array_like, shape (..., n_problems), optional
        Weight of each problem; normalised to sum to one.

    Returns
    -------
    Verified
        Shares of problems. Rates of 0 and verifiers without error are allowed.

    Raises
    ------
    InputError
        All problems at once, for values outside their range and shapes that do not broadcast.

    References
    ----------
    Stroebl, Kapoor & Narayanan (2024), arXiv:2411.17501.
    """
    case = _case(rates, completeness, soundness, weights)
    numbers = read_numbers(tries, "tries")
    if numbers.ndim > 1 or not numbers.size or not ((numbers >= 1) & (numbers == np.floor(numbers))).all():
        raise InputError(
            f"tries={tries!r} must be whole numbers of 1 or more, or numpy.inf for the ceiling, on one axis at most"
        )
    each = np.atleast_1d(numbers)
    # one number of tries at a time, so that (draws, problems, tries) are never in memory together
    parts = [
        [case.mean(case.right * case.answered(k)) for k in each],
        [case.mean(case.wrong * case.answered(k)) for k in each],
        [case.mean(case.unanswered(k)) for k in each],
    ]
    correct, wrong, unanswered = (np.stack(part, axis=-1).reshape(case.draws + numbers.shape) for part in parts)
    return Verified(*map(scalar_or_array, (numbers, correct, wrong, unanswered)))


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
    """Find the number of tries with the highest expected value.

    Unanswered problems are the hard ones, for which most tries that pass are wrong, so that a further try gains less
    and less; the last try that gains is found by bisection. Every draw has its own best number. For a decision, put the
    problems of all draws on one axis.

    Parameters
    ----------
    rates, completeness, soundness, weights
        As `verified`.
    correct : float, default 1.0
        Value of a correct answer. No answer has the value 0.
    false_positive : float, default -1.0
        Value of a wrong answer, usually negative, in the same unit.
    cost : float, default 0.0
        Cost of a try, in the same unit.
    stops : bool, default True
        Whether tries are made in sequence and paid until one passes; otherwise all are made and paid.

    Returns
    -------
    BestTries
        The number, its value, and the value of infinitely many tries.

    Raises
    ------
    InputError
        As `verified`, and for values that are not finite or a negative cost.
    """
    case = _case(rates, completeness, soundness, weights)
    stakes = _Stakes(correct, false_positive, cost, stops)
    by_name = {"correct": correct, "false_positive": false_positive, "cost": cost}
    problems = [
        f"{name}={value!r} must be a finite number." for name, value in by_name.items() if not np.isfinite(value)
    ]
    if cost < 0:
        problems.append(f"cost={cost!r} must be 0 or more.")
    if problems:
        raise InputError("these values and cost cannot be used", problems)
    # a further try changes from gain to loss at most once with the number of tries; where it changes from loss to gain,
    # as for a verifier that prefers wrong answers, no tries or infinitely many are best
    options = np.stack([np.zeros(case.draws), _last_gain(case, stakes), np.full(case.draws, np.inf)])
    values = np.stack([_value(case, stakes, option) for option in options])
    best = values.argmax(axis=0)[None]
    tries, value = (scalar_or_array(np.take_along_axis(table, best, 0)[0]) for table in (options, values))
    return BestTries(tries, value, scalar_or_array(values[2]))


@dataclass(frozen=True)
class _Stakes:
    """Values of answers, and the cost of a try."""

    correct: float
    false_positive: float
    cost: float
    stops: bool


@dataclass(frozen=True)
class _Case:
    """Problems with a verifier; arrays (…, problem), `draws` their shape without the last axis.

    Attributes
    ----------
    passes : ndarray
        Probability that a try passes.
    right, wrong : ndarray
        Probability that a try that passes is correct, and that it is wrong; 0 where no try passes.
    log_reject : ndarray
        Log of the probability that a try is rejected; finite, and below −1e99 where all pass.
    weight : ndarray
        Weight of each problem; they sum to one.
    draws : tuple of int
        Shape of the draws.
    """

    passes: Array
    right: Array
    wrong: Array
    log_reject: Array
    weight: Array
    draws: tuple[int, ...]

    def answered(self, tries: ArrayLike) -> Array:
        """Probability that one of `tries` (number, or (…, 1)) passes."""
        return np.where(self.passes > 0, -np.expm1(np.asarray(tries) * self._logs), 0.0)

    def unanswered(self, tries: ArrayLike) -> Array:
        """Probability that none of `tries` passes."""
        return np.where(self.passes > 0, np.exp(np.asarray(tries) * self._logs), 1.0)

    def mean(self, values: Array) -> Array:
        """Weighted mean over problems of values (…, problem); values with weight 0 are ignored, even if infinite."""
        return np.asarray((self.weight * np.where(self.weight > 0, values, 0.0)).sum(axis=-1))

    @property
    def _logs(self) -> Array:
        """`log_reject` where a try can pass, else −1: infinity times 0 is not a number."""
        return np.where(self.passes > 0, self.log_reject, -1.0)


def _case(rates: ArrayLike, completeness: ArrayLike, soundness: ArrayLike, weights: ArrayLike | None) -> _Case:
    arguments = {
        "rates": np.atleast_1d(read_numbers(rates, "rates")),
        "completeness": read_numbers(completeness, "completeness")[..., None],
        "soundness": read_numbers(soundness, "soundness")[..., None],
        "weights": np.atleast_1d(read_numbers(1.0 if weights is None else weights, "weights")),
    }
    problems = [
        f"{name}: {distinct(values[outside])} must lie between 0 and 1."
        for name, values in list(arguments.items())[:3]
        if (outside := ~((values >= 0) & (values <= 1))).any()
    ]
    if not (np.isfinite(arguments["weights"]) & (arguments["weights"] >= 0)).all():
        problems.append("weights must be finite and not negative.")
    problems += [f"{name}: give at least one number." for name, values in arguments.items() if not values.size]
    try:
        shape = np.broadcast_shapes(*(values.shape for values in arguments.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in arguments.items())
        problems.append(f"shapes do not broadcast: {shapes}; the last axis is the problem, those before it are draws.")
    else:
        total = np.broadcast_to(arguments["weights"], shape).sum(axis=-1, keepdims=True)
        if not (total > 0).all():
            problems.append("weights must be above 0 for at least one problem.")
    if problems:
        raise InputError("these rates, verifier and weights cannot be used", problems)
    r, c, s, w = arguments.values()
    right, wrong = c * r, (1 - s) * (1 - r)
    passes = right + wrong
    divisor = np.where(passes > 0, passes, 1.0)
    log_reject = np.where(passes < 1, np.log1p(-np.where(passes < 1, passes, 0.0)), -_NEVER)
    weight = np.broadcast_to(w, shape) / total
    return _Case(passes, right / divisor, wrong / divisor, log_reject, weight, shape[:-1])


def _value(case: _Case, stakes: _Stakes, tries: Array) -> Array:
    """Value per problem (…) of `tries` (…); 0 for none."""
    k = tries[..., None]
    answered = case.answered(k)
    gain = (stakes.correct * case.right + stakes.false_positive * case.wrong) * answered
    if not stakes.cost:
        return case.mean(gain)
    divisor = np.where(case.passes > 0, case.passes, 1.0)
    expected_tries = np.where(case.passes > 0, answered / divisor, k) if stakes.stops else k
    return case.mean(gain - stakes.cost * expected_tries)


def _last_gain(case: _Case, stakes: _Stakes) -> Array:
    """The last try (…) whose expected gain is above its cost, if gains only fall; infinity if every try gains."""
    every = _gains(case, stakes, np.full(case.draws, _MOST))
    last = largest_integer(lambda tries: _gains(case, stakes, tries), case.draws, 0, _MOST)
    return np.where(every, np.inf, last)


def _gains(case: _Case, stakes: _Stakes, k: Array) -> NDArray[np.bool_]:
    """Whether the k-th try (…) is worth its cost, averaged over the problems still unanswered then."""
    gain = (stakes.correct * case.right + stakes.false_positive * case.wrong) * case.passes
    gain = gain - stakes.cost if stakes.stops else gain
    with np.errstate(divide="ignore"):
        logs = np.where(gain != 0, (k[..., None] - 1) * case.log_reject + np.log(case.weight), -np.inf)
    most = np.maximum(logs.max(axis=-1), -_NEVER)
    unanswered = np.exp(logs - most[..., None])  # relative to the largest, so that it is not 0 for many tries
    paid = 0.0 if stakes.stops else stakes.cost * np.exp(np.minimum(-most, 700.0))
    return np.asarray(((unanswered * gain).sum(axis=-1) > paid) & (most > -_NEVER / 2))
