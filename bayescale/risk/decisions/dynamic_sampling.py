"""Dynamic sampling: which problems to attempt next, so that the estimate of pass@k has the least variance.

Two rules of Kazdan et al. (2025, arXiv 2510.05197). `fewest_successes` attempts the problem with the fewest successes,
among equals the one with the fewest attempts (algorithm 1). `variance` allocates attempts in proportion to
sqrt(p (1 − p)^(2k − 1)), which minimises the variance of the plug-in estimate of pass@k (theorem 1). The rates p are
unknown, so the variance is averaged over the posterior: the root is of the posterior mean of p (1 − p)^(2k − 1).
Attempts already made count towards a problem's allocation.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.errors import InputError
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.problem_rates import posterior_means

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

RULES = ("variance", "fewest_successes")
MOST_K = 10**9  # beyond it the rates that matter lie outside the grid of the mixing laws
MOST_NEXT = 10**12


@dataclass(frozen=True, repr=False)
class SamplingPlan(Shown):
    """Attempts to make next, by problem.

    Attributes
    ----------
    table : DataFrame
        One row per problem: the group's columns, `problem`, `attempts` and `successes` so far, `next_attempts`.
    rule : str
        "variance" or "fewest_successes".
    k : int
        Attempts per problem of the pass@k that is estimated.
    relative_variance : float
        Expected variance of the plug-in estimate of pass@k (summed over groups) after these attempts, divided by that
        after as many attempts spread evenly; NaN for "fewest_successes", which has no model.
    """

    table: pd.DataFrame
    rule: str
    k: int
    relative_variance: float

    @property
    def _page(self) -> Page:
        total = int(self.table["next_attempts"].sum())
        title = f"The next {total:,} attempts for pass@{self.k:,} by {self.rule.replace('_', ' ')}"
        if np.isnan(self.relative_variance):
            return Page(title, self.table)
        return Page(
            title,
            self.table,
            (f"expected variance of the plug-in estimate: {self.relative_variance:.2f} times that of an even spread",),
        )


def next_attempts(self: RiskPosterior, k: int, attempts: int, rule: str = "variance") -> SamplingPlan:
    """Allocate further attempts to the problems, to estimate pass@k (ASR@k).

    Parameters
    ----------
    k : int
        Attempts per problem of the pass@k that is estimated.
    attempts : int
        Total number of attempts, over all groups.
    rule : {"variance", "fewest_successes"}, default "variance"
        "variance" minimises the expected variance of the plug-in estimate under the posterior; "fewest_successes" takes
        the problems with the fewest successes first.

    Returns
    -------
    SamplingPlan
        Its `table` has `next_attempts` per problem, whole numbers that sum to `attempts`.

    Raises
    ------
    InputError
        All problems at once, for numbers that are not whole and positive, and an unknown rule.

    References
    ----------
    Kazdan et al. (2025), arXiv:2510.05197, section 4.2: algorithm 1 and theorem 1.
    """
    require_question(k, attempts, rule)
    problems = self.problems
    labels = problems.group_table.rename(columns={"next_attempts": "next_attempts (group)"})
    table = labels.iloc[problems.group].reset_index(drop=True)
    table = table.assign(problem=problems.problem, attempts=problems.attempts, successes=problems.successes)
    if rule == "fewest_successes":
        allocated, ratio = fewest_successes(problems.attempts, problems.successes, attempts), float("nan")
    else:
        variance = plug_in_variances(self, k)
        allocated = least_variance(problems.attempts, variance, attempts)
        even = level(np.zeros(len(variance), dtype=np.int64), attempts)
        with_rule, with_even = (_variance_after(problems.attempts + added, variance) for added in (allocated, even))
        ratio = with_rule / with_even
    return SamplingPlan(table.assign(next_attempts=allocated), rule, k, ratio)


def require_question(k: object, attempts: object, rule: object) -> None:
    """Validate the arguments of `next_attempts`.

    Parameters
    ----------
    k, attempts, rule : object
        As `next_attempts` takes them.

    Raises
    ------
    InputError
        All problems at once, for numbers outside their range and an unknown rule.
    """
    wrong = [
        f"{name}={value!r} must be a whole number from 1 to {most:.0e}"
        for name, value, most in (("k", k, MOST_K), ("attempts", attempts, MOST_NEXT))
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= most
    ]
    if rule not in RULES:
        wrong.append(f"rule={rule!r} must be one of {', '.join(map(repr, RULES))}")
    if wrong:
        raise InputError("the next attempts cannot be planned:", wrong)


def fewest_successes(attempts: Index, successes: Index, total: int) -> Index:
    """Allocate attempts to the problems with the fewest successes, those with the fewest attempts first.

    This is algorithm 1 of Kazdan et al. while no attempt succeeds; after a success, call it again.

    Parameters
    ----------
    attempts, successes : ndarray of int, shape (n_problems,)
        Counts so far.
    total : int
        Number of attempts to allocate.

    Returns
    -------
    ndarray of int, shape (n_problems,)
        Attempts that sum to `total`.
    """
    allocated = np.zeros(len(attempts), dtype=np.int64)
    fewest = np.flatnonzero(successes == successes.min())
    allocated[fewest] = level(attempts[fewest], total)
    return allocated


def level(attempts: Index, total: int) -> Index:
    """Allocate attempts so that the smallest numbers of attempts rise to a common level.

    Parameters
    ----------
    attempts : ndarray of int, shape (n_problems,)
        Attempts so far.
    total : int
        Number of attempts to allocate.

    Returns
    -------
    ndarray of int, shape (n_problems,)
        Attempts that sum to `total`; the remainder goes to the first problems at the level.
    """
    order = np.argsort(attempts, kind="stable")
    ascending = attempts[order]
    # attempts needed to raise all smaller numbers to each one
    needed = ascending * np.arange(1, len(ascending) + 1) - np.cumsum(ascending)
    used = int((needed <= total).sum())
    height, remainder = divmod(int(ascending[:used].sum()) + total, used)
    allocated = np.zeros(len(ascending), dtype=np.int64)
    allocated[order[:used]] = height - ascending[:used]
    allocated[np.sort(order[:used])[:remainder]] += 1
    return allocated


def least_variance(attempts: Index, variance: Array, total: int) -> Index:
    """Allocate attempts b so that the sum of variance / (attempts + b) is least.

    Without earlier attempts, b is proportional to the root of the variance. A problem that already has more than its
    share gets none, and the others share the rest.

    Parameters
    ----------
    attempts : ndarray of int, shape (n_problems,)
        Attempts so far.
    variance : ndarray, shape (n_problems,)
        Variance of one attempt's contribution.
    total : int
        Number of attempts to allocate.

    Returns
    -------
    ndarray of int, shape (n_problems,)
        Attempts that sum to `total`.
    """
    root = np.sqrt(variance)
    if not root.any():
        return level(attempts, total)
    with np.errstate(divide="ignore"):
        order = np.argsort(np.where(root > 0, attempts / root, np.inf), kind="stable")
    pooled, roots = np.cumsum(attempts[order]) + total, np.cumsum(root[order])
    share = pooled / np.maximum(roots, 1e-300)  # attempts per unit of root, if all up to here get some
    used = int((root[order] * share > attempts[order]).sum())
    rows = order[:used]
    exact = root[rows] * share[used - 1] - attempts[rows]
    allocated = np.zeros(len(attempts), dtype=np.int64)
    whole = np.floor(np.maximum(exact, 0.0)).astype(np.int64)
    left = total - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[: max(left, 0)]] += 1
    allocated[rows] = whole
    allocated[rows[0]] += total - int(whole.sum())  # rounding of very large numbers
    return allocated


def plug_in_variances(posterior: RiskPosterior, k: int) -> Array:
    """Compute the posterior mean of p (1 − p)^(2k − 1) of each problem, over the squared size of its group.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    k : int
        Attempts per problem of pass@k.

    Returns
    -------
    ndarray, shape (n_problems,)
        The variances; a problem without attempts has the mean over the others of its group, as a new problem.
    """
    problems = posterior.problems
    values = -np.expm1(-RATE) * np.exp(-(2.0 * k - 1) * RATE)
    out = np.zeros(len(problems.problem))
    for group in range(len(problems.groups)):
        rows, tried = problems.rows(group), problems.tried(group)
        if len(tried):
            means = posterior_means(posterior, group, values)
            out[rows] = means.mean()
            out[tried] = means
        else:
            out[rows] = values.max()
        out[rows] /= len(rows) ** 2
    return out


def _variance_after(attempts: Index, variance: Array) -> float:
    with np.errstate(divide="ignore"):
        return float(np.where(variance > 0, variance / np.maximum(attempts, 0.5), 0.0).sum())
