"""The result of an estimator, and the arguments that all estimators take."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayescale.core.display import Page, Shown
from bayescale.errors import InputError
from bayescale.risk.arguments import read_numbers, read_whole
from bayescale.risk.estimators.counts import read_counts
from bayescale.risk.estimators.exact import pass_at_k

type Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Estimate(Shown):
    """ASR@N (pass@k at k = N) by one published estimator.

    Attributes
    ----------
    name : str
        The estimator.
    budgets : ndarray, shape (n_budgets,)
        N, attempts per problem.
    value : ndarray, shape (n_budgets,)
        Estimated share of problems with at least one success.
    lower, upper : ndarray, shape (n_budgets,), or None
        Ends of the published interval; None where the source has none, or it does not exist for these counts.
    source : str
        Where the estimator is from.
    caveat : str
        Limits of the estimator, or the limit that these counts met.
    """

    name: str
    budgets: Array
    value: Array
    lower: Array | None
    upper: Array | None
    source: str
    caveat: str

    @property
    def table(self) -> pd.DataFrame:
        """One row per budget: `budget`, `value`, `lower`, `upper` (NaN where there is no interval)."""
        missing = np.full(len(self.budgets), np.nan)
        lower, upper = (missing if end is None else end for end in (self.lower, self.upper))
        return pd.DataFrame({"budget": self.budgets, "value": self.value, "lower": lower, "upper": upper})

    @property
    def _page(self) -> Page:
        return Page(f"{self.name}: {self.source}", self.table, (self.caveat,) if self.caveat else ())


def point_estimate(name: str, budgets: Array, value: Array, source: str, caveat: str) -> Estimate:
    """Return an estimate without an interval.

    Parameters
    ----------
    name : str
        The estimator.
    budgets, value : ndarray, shape (n_budgets,)
        N, and the estimated shares of problems.
    source, caveat : str
        As in `Estimate`.

    Returns
    -------
    Estimate
        The estimate.
    """
    return Estimate(name, budgets, value, None, None, source, caveat)


class Estimator(Protocol):
    """A function of counts and budgets."""

    def __call__(self, attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
        """Return the estimates and intervals at the budgets."""
        ...


def read_arguments(
    attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float
) -> tuple[Array, Array, Array]:
    """Validate the arguments that all estimators take.

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Counts per problem.
    budgets : array_like of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float
        Probability of the interval.

    Returns
    -------
    attempts, successes : ndarray, shape (n_problems,)
        Counts, as floats.
    budgets : ndarray, shape (n_budgets,)
        N, as floats.

    Raises
    ------
    InputError
        All problems at once, for counts, budgets or a probability that cannot be used.
    """
    n, s = (np.atleast_1d(x) for x in np.broadcast_arrays(*read_counts(attempts, successes)))
    numbers = np.atleast_1d(read_whole(budgets, "budgets"))
    problems = [
        f"{name} has shape {values.shape}: give one axis, of {entries}."
        for name, values, entries in (("attempts", n, "problems"), ("budgets", numbers, "numbers of attempts"))
        if values.ndim > 1
    ]
    if not numbers.size:
        problems.append("budgets is empty: give at least one number of attempts.")
    if isinstance(prob, bool) or not isinstance(prob, int | float | np.number) or not 0 < prob < 1:
        problems.append(f"prob={prob!r} must lie between 0 and 1, such as 0.9 for a 90 % interval.")
    if problems:
        raise InputError("the estimators cannot be computed", problems)
    return n, s, numbers


def read_parameters(alpha: ArrayLike, beta: ArrayLike, budgets: ArrayLike) -> tuple[Array, Array, Array]:
    """Validate parameters of a Beta distribution, and budgets.

    Parameters
    ----------
    alpha, beta : array_like of float
        Parameters, 0 or more.
    budgets : array_like of int
        N, attempts. The arguments broadcast.

    Returns
    -------
    alpha, beta, budgets : ndarray
        Floats of one shape.

    Raises
    ------
    InputError
        For parameters below 0 or not numbers, budgets that are not whole and positive, and shapes that do not fit.
    """
    a, b, numbers = read_numbers(alpha, "alpha"), read_numbers(beta, "beta"), read_whole(budgets, "budgets")
    wrong = [
        f"{name}={value!r} must be 0 or more, such as 0.4"
        for name, values, value in (("alpha", a, alpha), ("beta", b, beta))
        if not (values >= 0).all()
    ]
    if wrong:
        raise InputError("a Beta distribution of success rates:", wrong)
    try:
        return tuple(np.broadcast_arrays(a, b, numbers))  # type: ignore[return-value]
    except ValueError as error:
        raise InputError(
            f"alpha {a.shape}, beta {b.shape} and budgets {numbers.shape} do not broadcast: for several budgets of "
            "several distributions give alpha[:, None] and beta[:, None]"
        ) from error


def share_within(attempts: Array, successes: Array, k: Array) -> Array:
    """Compute unbiased pass@k per problem, as the sources do, for every sampling design.

    Parameters
    ----------
    attempts, successes, k : ndarray
        Counts and k; they broadcast.

    Returns
    -------
    ndarray
        Chance that at least one of k attempts succeeds.
    """
    return np.asarray(pass_at_k(attempts, successes, k, design="fixed"))
