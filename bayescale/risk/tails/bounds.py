"""Bounds on ASR@N that need no mixing law, for data in which no attempt or every attempt succeeded.

They hold for all distributions of p. Where all n_1, …, n_K attempts failed, the probability of this is a product of
E[(1-p)^n_u]. For N at least every n_u, E[(1-p)^N] is at least E[(1-p)^n_u]^(N/n_u) (Jensen), so that data at least as
probable as 1 - prob give ASR@N <= 1 - (1 - prob)^(N / sum n_u). Where all succeeded, 1 - (1-p)^N >= p^n gives
ASR@N >= (1 - prob)^(1/K).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.summary import require_prob
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import asr_of_new, prior_asr, read_budgets

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Bound:
    """A one-sided bound on ASR@N of new prompts that needs no prior.

    Attributes
    ----------
    side : {"upper", "lower", ""}
        "upper" where no attempt succeeded, "lower" where every attempt did, "" where there is no bound.
    value : ndarray, shape (n_budgets,)
        The bound; 1 or 0 where it is trivial, NaN where there is none.
    """

    side: str
    value: Array


def prior_free(
    attempts: NDArray[np.int64], successes: NDArray[np.int64], budgets: NDArray[np.int64], prob: float
) -> Bound:
    """Compute the bound that holds with confidence `prob` under every mixing law.

    Parameters
    ----------
    attempts, successes : ndarray of int, shape (n_problems,)
        Counts of problems with attempts.
    budgets : ndarray of int, shape (n_budgets,)
        N, attempts per problem; below the attempts made, the upper bound is that of the attempts made.
    prob : float
        Confidence.

    Returns
    -------
    Bound
        The bound.
    """
    if len(attempts) and not successes.any():
        total = attempts.sum()
        reached = np.maximum(budgets, attempts.max())
        return Bound("upper", -np.expm1(reached / total * np.log1p(-prob)))
    if len(attempts) and (successes == attempts).all():
        return Bound("lower", np.full(len(budgets), (1 - prob) ** (1 / len(attempts))))
    return Bound("", np.full(len(budgets), np.nan))


def bounds(self: RiskPosterior, budgets: int | Sequence[int], prob: float = 0.9) -> pd.DataFrame:
    """Compute one-sided bounds on ASR@N of new problems, with and without a model.

    The distance of `posterior` from `prior` is the information in the counts; the rest is assumption.

    Parameters
    ----------
    budgets : int or sequence of int
        N, attempts per problem.
    prob : float, default 0.9
        Probability of each one-sided bound.

    Returns
    -------
    DataFrame
        One row per group and budget: the group's columns, `budget`, `side` ("upper" or "lower"), `prior_free` (a bound
        under every mixing law, where no or every attempt succeeded, else NaN), `posterior` and `prior` (the same
        quantile under the model with and without the counts).

    Raises
    ------
    InputError
        For budgets that are not positive whole numbers, and a `prob` that is not between 0 and 1.
    """
    require_prob(prob)
    numbers, problems = read_budgets(budgets), self.problems
    new, prior = asr_of_new(self, numbers), prior_asr(self, numbers)
    rows = []
    for group in range(len(problems.groups)):
        tried = problems.tried(group)
        bound = prior_free(problems.attempts[tried], problems.successes[tried], numbers, prob)
        level = 1 - prob if bound.side == "lower" else prob
        labels = problems.group_table.iloc[[group] * len(numbers)].reset_index(drop=True)
        rows.append(
            labels.assign(
                budget=numbers,
                side=bound.side or "upper",
                prior_free=bound.value,
                posterior=np.quantile(new[:, group], level, axis=0),
                prior=np.quantile(prior, level, axis=0),
            )
        )
    return pd.concat(rows, ignore_index=True)
