"""Which problem to attempt next, for an estimate of pass@k that is as sharp as the attempts allow.

Two rules of Kazdan et al. (2025, arXiv 2510.05197). `fewest_successes` attempts the problem with the fewest successes,
among equals the one with the fewest attempts (algorithm 1). `variance` divides attempts as sqrt(p (1 − p)^(2k − 1)),
which makes the variance of the plug-in estimate of pass@k least (theorem 1). The rates p are not known: the variance is
averaged over the posterior, so that the root is of the posterior mean of p (1 − p)^(2k − 1), and attempts already made
count as part of a problem's share.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.display import Page, Shown
from bayescale.errors import InputError
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import Problems, problems_of
from bayescale.risk.predict import group_table
from bayescale.risk.problem_rates import posterior_means

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

RULES = ("variance", "fewest_successes")
MOST_K = 10**9  # beyond it the rates that matter lie outside the grid of the mixing laws
MOST_NEXT = 10**12


@dataclass(frozen=True, repr=False)
class SamplingPlan(Shown):
    """Attempts to make next, problem by problem.

    Attributes
    ----------
    table : DataFrame
        One row per problem: the group's columns, `problem`, `attempts` and `successes` so far, `next_attempts`.
    rule : str
        "variance" or "fewest_successes".
    k : int
        The attempts per problem that pass@k is wanted at.
    relative_variance : float
        Expected variance of the plug-in estimate of pass@k (the sum over groups) after these attempts, over that after
        as many attempts spread evenly; NaN for "fewest_successes", which has no model.
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
            (f"expected variance of the plug-in estimate: {self.relative_variance:.2f} of that of an even spread",),
        )


def next_attempts(tree: xr.DataTree, k: int, attempts: int, rule: str = "variance") -> SamplingPlan:
    """Divide further attempts over the problems of a risk posterior.

    Parameters
    ----------
    tree : DataTree
        A risk posterior.
    k : int
        Attempts per problem that pass@k (ASR@k) is wanted at.
    attempts : int
        How many attempts are to be made in all.
    rule : {"variance", "fewest_successes"}
        How they are divided.

    Returns
    -------
    SamplingPlan
        Whole attempts per problem that sum to `attempts`.

    Raises
    ------
    InputError
        All problems at once, for numbers or a rule that cannot be used.

    References
    ----------
    Kazdan et al. (2025), arXiv:2510.05197, section 4.2: algorithm 1 and theorem 1.
    """
    require_question(k, attempts, rule)
    problems = problems_of(tree)
    labels = group_table(problems).rename(columns={"next_attempts": "next_attempts (group)"})
    table = labels.iloc[problems.group].reset_index(drop=True)
    table = table.assign(problem=problems.problem, attempts=problems.attempts, successes=problems.successes)
    if rule == "fewest_successes":
        chosen, ratio = fewest_successes(problems.attempts, problems.successes, attempts), float("nan")
    else:
        spread = plug_in_variances(tree, problems, k)
        chosen = least_variance(problems.attempts, spread, attempts)
        even = level(np.zeros(len(spread), dtype=np.int64), attempts)
        ratio = _variance_after(problems.attempts + chosen, spread) / _variance_after(problems.attempts + even, spread)
    return SamplingPlan(table.assign(next_attempts=chosen), rule, k, ratio)


def require_question(k: object, attempts: object, rule: object) -> None:
    """Raise InputError, all problems at once, for a number of attempts or a rule that cannot be used."""
    found = [
        f"{name}={value!r} must be a whole number from 1 to {most:.0e}"
        for name, value, most in (("k", k, MOST_K), ("attempts", attempts, MOST_NEXT))
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= most
    ]
    if rule not in RULES:
        found.append(f"rule={rule!r} must be one of {', '.join(map(repr, RULES))}")
    if found:
        raise InputError("the next attempts cannot be planned:", found)


def fewest_successes(attempts: Index, successes: Index, total: int) -> Index:
    """Divide attempts over the problems with the fewest successes, fewest attempts first: (n_problems,).

    It is algorithm 1 of Kazdan et al. as long as no attempt succeeds; ask again after those that do.
    """
    chosen = np.zeros(len(attempts), dtype=np.int64)
    fewest = np.flatnonzero(successes == successes.min())
    chosen[fewest] = level(attempts[fewest], total)
    return chosen


def level(attempts: Index, total: int) -> Index:
    """Divide attempts so that the fewest made rise to a common level, what is left over to the first: (n,)."""
    order = np.argsort(attempts, kind="stable")
    rising = attempts[order]
    many = np.arange(1, len(rising) + 1)
    needed = rising * many - np.cumsum(rising)  # to raise all before to this one's attempts
    used = int((needed <= total).sum())
    height, left = divmod(int(rising[:used].sum()) + total, used)
    chosen = np.zeros(len(rising), dtype=np.int64)
    chosen[order[:used]] = height - rising[:used]
    chosen[np.sort(order[:used])[:left]] += 1
    return chosen


def least_variance(attempts: Index, variance: Array, total: int) -> Index:
    """Divide attempts b so that the sum of variance / (attempts + b) is least: (n_problems,).

    Where all attempts are still to be made, b is proportional to the root of the variance. A problem that has more
    than its share already is left out, and the rest is divided over the others.
    """
    root = np.sqrt(variance)
    if not root.any():
        return level(attempts, total)
    with np.errstate(divide="ignore"):
        order = np.argsort(np.where(root > 0, attempts / root, np.inf), kind="stable")
    pooled, roots = np.cumsum(attempts[order]) + total, np.cumsum(root[order])
    share = pooled / np.maximum(roots, 1e-300)  # attempts per unit of root, were all up to here given some
    used = int((root[order] * share > attempts[order]).sum())
    mine = order[:used]
    exact = root[mine] * share[used - 1] - attempts[mine]
    chosen = np.zeros(len(attempts), dtype=np.int64)
    whole = np.floor(np.maximum(exact, 0.0)).astype(np.int64)
    left = total - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[: max(left, 0)]] += 1
    chosen[mine] = whole
    chosen[mine[0]] += total - int(whole.sum())  # rounding of very large numbers
    return chosen


def plug_in_variances(tree: xr.DataTree, problems: Problems, k: int) -> Array:
    """Each problem's posterior mean of p (1 − p)^(2k − 1), over the square of its group's problems: (n_problems,).

    A problem that was not tried is like a new one: it has the mean over the others of its group.
    """
    values = -np.expm1(-RATE) * np.exp(-(2.0 * k - 1) * RATE)
    out = np.zeros(len(problems.problem))
    for group in range(len(problems.groups)):
        own = np.flatnonzero(problems.group == group)
        tried = own[problems.attempts[own] > 0]
        if len(tried):
            out[own] = (means := posterior_means(tree, group, values)).mean()
            out[tried] = means
        else:
            out[own] = values.max()
        out[own] /= len(own) ** 2
    return out


def _variance_after(attempts: Index, variance: Array) -> float:
    with np.errstate(divide="ignore"):
        return float(np.where(variance > 0, variance / np.maximum(attempts, 0.5), 0.0).sum())
