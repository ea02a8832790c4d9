"""Success of policies by problem, difficulty in fifths, and the choice of a policy for each problem."""

import numpy as np
from numpy.typing import NDArray

from bayescale.risk.predict.crossed_rates import CrossedRates

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

N_BINS = 5


def success_probabilities(joint: CrossedRates, counts: Index) -> Array:
    """Compute the probability that each policy solves a problem within its attempts.

    Parameters
    ----------
    joint : CrossedRates
        Rates under each policy.
    counts : ndarray of int, shape (n_options,)
        Attempts under each policy.

    Returns
    -------
    ndarray, shape (n_draws, n_options, n_problems)
        Probabilities.
    """
    return np.asarray(-np.expm1(-joint.rates * counts[:, None]))


def base_rates(joint: CrossedRates) -> Array:
    """Compute the posterior mean rate of the first policy.

    Parameters
    ----------
    joint : CrossedRates
        Rates under each policy.

    Returns
    -------
    ndarray, shape (n_problems,)
        Mean success rates in one attempt.
    """
    return np.asarray(-np.expm1(-joint.rates[:, 0])).mean(axis=0)


def fifths(rate: Array) -> Index:
    """Assign problems to fifths by rate.

    Parameters
    ----------
    rate : ndarray, shape (n_problems,)
        Rates.

    Returns
    -------
    ndarray of int, shape (n_problems,)
        0 for the fifth with the highest rates; equal rates keep their order.
    """
    order = np.argsort(-rate, kind="stable")
    fifth = np.empty(len(rate), dtype=np.int64)
    fifth[order] = np.arange(len(rate)) * N_BINS // len(rate)
    return fifth


def choose_by_difficulty(value: Array, fifth: Index) -> Index:
    """Choose for each problem the policy with the highest mean value in its fifth.

    Parameters
    ----------
    value : ndarray, shape (n_options, n_problems)
        Value of each policy.
    fifth : ndarray of int, shape (n_problems,)
        Fifth of each problem.

    Returns
    -------
    ndarray of int, shape (n_problems,)
        Indices of policies.
    """
    best = [value[:, fifth == index].mean(axis=1).argmax() for index in range(N_BINS)]
    return np.array(best, dtype=np.int64)[fifth]


def chosen_values(values: Array, choice: Index) -> Array:
    """Return the values of the chosen policies.

    Parameters
    ----------
    values : ndarray, shape (n_draws, n_options, n_problems)
        Value of each policy.
    choice : ndarray of int, shape (n_problems,)
        Policy of each problem.

    Returns
    -------
    ndarray, shape (n_draws, n_problems)
        Values.
    """
    return np.asarray(values[:, choice, np.arange(len(choice))])
