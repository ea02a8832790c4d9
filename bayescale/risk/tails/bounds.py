"""What no mixing law is needed for: bounds when nothing was broken, or everything was.

Over all distributions of p. Where all n_1, …, n_K attempts failed, their probability is a product of E[(1-p)^n_u]. For
N at least every n_u, E[(1-p)^N] is at least E[(1-p)^n_u]^(N/n_u) (Jensen), so data no less probable than 1 - prob leave
ASR@N <= 1 - (1 - prob)^(N / sum n_u). Where all succeeded, 1 - (1-p)^N >= p^n gives ASR@N >= (1 - prob)^(1/K).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Bound:
    """A one-sided bound on ASR@N of prompts from the same population, free of any prior.

    side   "upper" (nothing was broken), "lower" (every attempt succeeded), or "" where neither holds.
    value  (n_budgets,): the bound; 1 or 0 where it says nothing.
    """

    side: str
    value: Array


def prior_free(
    attempts: NDArray[np.int64], successes: NDArray[np.int64], budgets: NDArray[np.int64], prob: float
) -> Bound:
    """The bound that holds with confidence `prob` whatever the mixing law; below the attempts made, theirs."""
    if not len(attempts):
        return Bound("", np.full(len(budgets), np.nan))
    if not successes.any():
        total = attempts.sum()
        reached = np.maximum(budgets, attempts.max())
        return Bound("upper", -np.expm1(reached / total * np.log1p(-prob)))
    if (successes == attempts).all():
        return Bound("lower", np.full(len(budgets), (1 - prob) ** (1 / len(attempts))))
    return Bound("", np.full(len(budgets), np.nan))
