"""Votes that stop when one answer leads by a number of votes (first-to-ahead-by-k)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.risk.arguments import in_one_shape, read_shares, read_whole, scalar_or_array

type Array = NDArray[np.float64]

_MOST = 1e15  # of a lead and of steps: their squares are finite


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
    """Vote between a right and a wrong answer until one leads by `lead` votes (first-to-ahead-by-k).

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
        For rates outside 0 to 1, and leads that are not whole and positive.

    References
    ----------
    Feller (1968), An Introduction to Probability Theory, volume 1, chapter XIV (gambler's ruin); Meyerson et al.
    (2025), arXiv:2511.09030, who call it first-to-ahead-by-k.
    """
    p, k = read_shares(rate, "rate"), read_whole(lead, "lead")
    _require_at_most(k, "lead")
    p, k = in_one_shape({"rate": p, "lead": k})
    excess = 2 * p - 1
    nonzero = np.where(excess == 0, 0.5, excess)
    with np.errstate(divide="ignore"):
        # 2 P - 1 = tanh(k artanh(2 p - 1)), which keeps its digits near p = 1/2
        votes = np.where(excess == 0, k**2, k * np.tanh(k * np.arctanh(nonzero)) / nonzero)
    return LeadVote(scalar_or_array(expit(k * logit(p))), scalar_or_array(votes))


@checked
def least_lead(rate: ArrayLike, target: ArrayLike, steps: ArrayLike = 1) -> Array:
    """Compute the least lead with which all steps of a task are right with a given probability.

    Parameters
    ----------
    rate : array_like
        p, the probability that a vote on one step is right.
    target : array_like
        t, probability that every step is right, strictly between 0 and 1.
    steps : array_like of int, default 1
        s, number of steps that must all be right. The arguments broadcast.

    Returns
    -------
    ndarray or float
        ⌈log(t^(-1/s) - 1) / log((1 - p) / p)⌉, 1 or more; infinity where p is 1/2 or less and one vote is not enough.

    Raises
    ------
    InputError
        For rates outside 0 to 1, targets that are not strictly between 0 and 1, and steps that are not whole and
        positive.

    References
    ----------
    Meyerson et al. (2025), arXiv:2511.09030, as its public implementations print it.
    """
    p, probability, count = read_shares(rate, "rate"), read_shares(target, "target"), read_whole(steps, "steps")
    if not ((probability > 0) & (probability < 1)).all():
        raise InputError(f"target={target!r} must lie strictly between 0 and 1, such as 0.95")
    _require_at_most(count, "steps")
    p, probability, count = in_one_shape({"rate": p, "target": probability, "steps": count})
    log_step = np.log(probability) / count
    needed = log_step - np.log(-np.expm1(log_step))  # logit of t^(1/s)
    odds = logit(p)
    lead = np.ceil(needed / np.where(odds > 0, odds, 1.0) - 1e-12)
    return scalar_or_array(np.where(odds >= needed, 1.0, np.where(odds > 0, np.maximum(lead, 1.0), np.inf)))


def _require_at_most(values: Array, name: str) -> None:
    if (values > _MOST).any():
        raise InputError(f"{name}={values.max():g} must be {_MOST:g} or less")
