"""The sampling design: what determined the number of attempts of a problem, and what may be concluded from the counts.

The likelihood of successes among attempts is the same under every design. The order of attempts is not: where sampling
stops at a success, the successes come last, so that drawing N of the n attempts without replacement, as exact
estimators do, is biased upwards. A design is declared or inferred, group by group and problem by problem.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from bayescale.core.text import listing
from bayescale.errors import InputError, closest

type Index = NDArray[np.int64]
type Whole = NDArray[np.int64]

#: What the number of attempts may depend on.
DESIGNS: Mapping[str, str] = {
    "fixed": "the number of attempts was set before any outcome was seen",
    "until_success": "sampling stopped at the first success, or after the batch of attempts that held it",
    "adaptive": "the number of attempts depended on outcomes in another way, such as a second stage for the unsolved",
}

MAX_P_VALUE = 1e-3  # of a fall of success rates with attempts under a fixed design: below it the design is not fixed
MIN_ROWS = 8  # problems needed for a correlation
MIN_DISTINCT = 3  # distinct numbers of attempts among broken problems that make a pattern
MIN_DISTINCT_BATCHES = 4  # the same where attempts come in batches: stages of a study have fewer
MIN_SHARED = 3  # problems with the same number of attempts that make it a number fixed in advance


@dataclass(frozen=True, eq=False)
class Design:
    """How problems were sampled.

    Attributes
    ----------
    kind : tuple of str
        A key of `DESIGNS` for each problem.
    batch : ndarray of int, shape (n_problems,)
        Attempts made at a time where sampling stopped at a success; 0 elsewhere.
    declared : bool
        Whether the user declared the design; otherwise it is inferred from the counts.
    """

    kind: tuple[str, ...]
    batch: Index
    declared: bool

    def of(self, kind: str) -> NDArray[np.bool_]:
        """Return which problems have a design.

        Parameters
        ----------
        kind : str
            A key of `DESIGNS`.

        Returns
        -------
        ndarray of bool, shape (n_problems,)
            Whether they do.
        """
        return np.array([name == kind for name in self.kind], dtype=bool)


def read_design(design: object) -> str | None:
    """Validate the name of a design.

    Parameters
    ----------
    design : str or None
        A key of `DESIGNS`, or None to infer the design.

    Returns
    -------
    str or None
        The same value.

    Raises
    ------
    InputError
        For anything else.
    """
    if design is None or (isinstance(design, str) and design in DESIGNS):
        return design
    known = "; ".join(f"{name!r}: {meaning}" for name, meaning in DESIGNS.items())
    hint = closest(design, DESIGNS) if isinstance(design, str) else ""
    raise InputError(f"design={design!r} is unknown.{hint} Designs are {known}. Without `design` it is inferred.")


def design_of(attempts: Whole, successes: Whole, errors: Whole, group: Index, declared: str | None) -> Design:
    """Return the design of every problem: the declared one, or one inferred group by group.

    Parameters
    ----------
    attempts, successes, errors, group : ndarray of int, shape (n_problems,)
        Counts, and the index of each problem's group.
    declared : str or None
        A key of `DESIGNS` that holds for all problems, or None to infer.

    Returns
    -------
    Design
        The design.

    Raises
    ------
    InputError
        If "until_success" is declared and the counts of a problem contradict it.
    """
    kind = np.full(len(attempts), declared or "fixed", dtype=object)
    batch = np.zeros(len(attempts), dtype=np.int64)
    contradicted: list[int] = []
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        n, s, calls = attempts[rows], successes[rows], attempts[rows] + errors[rows]
        if declared is None:
            kind[rows], batch[rows] = inferred(n, s, calls)
        elif declared == "until_success":
            batch[rows] = _batch(n, s, calls)
            contradicted += rows[(s > 1) & (batch[rows] == 0)].tolist()
    if contradicted:
        listed = listing([f"{successes[i]} of {attempts[i]} (problem {i + 1})" for i in contradicted])
        raise InputError(
            f"design='until_success' contradicts these counts: {listed}. Sampling that stops at the first success "
            "leaves one success, or at most as many as one batch of attempts. Give design='adaptive' if the number of "
            "attempts depended on outcomes in another way, or design='fixed' if it did not"
        )
    return Design(tuple(map(str, kind)), batch, declared is not None)


def inferred(attempts: Whole, successes: Whole, calls: Whole) -> tuple[NDArray[np.object_], Index]:
    """Infer the design and the batch size of every problem of one group.

    Attempts are taken as fixed unless success rates fall with the number of attempts more steeply than chance explains:
    a number that is set in advance does not depend on outcomes.

    Parameters
    ----------
    attempts, successes : ndarray of int, shape (n_problems,)
        Counts.
    calls : ndarray of int, shape (n_problems,)
        Attempts and errors together.

    Returns
    -------
    kind : ndarray of str, shape (n_problems,)
        Keys of `DESIGNS`.
    batch : ndarray of int, shape (n_problems,)
        As in `Design`.
    """
    kind = np.full(len(attempts), "fixed", dtype=object)
    batch = np.zeros(len(attempts), dtype=np.int64)
    ran = np.flatnonzero(attempts > 0)
    n, s, t = attempts[ran], successes[ran], calls[ran]
    if _all_equal(n) or _all_equal(t):
        return kind, batch
    depends = _depends(n, s, t)
    if depends:
        step = _batch(n, s, t)
        if step and (s.max() == 1 or len(np.unique(n[s > 0])) >= MIN_DISTINCT_BATCHES):
            kind[ran], batch[ran] = "until_success", step
            return kind, batch
    stopped = ~_continued(s, t)
    separate = not stopped.all() and _depends(n[stopped], s[stopped], t[stopped])
    if separate and (step := _batch(n[stopped], s[stopped], t[stopped])):
        kind[ran[stopped]], batch[ran[stopped]] = "until_success", step
    elif separate or depends:
        kind[ran] = "adaptive"
    return kind, batch


def _depends(attempts: Whole, successes: Whole, calls: Whole) -> bool:
    """Whether the number of attempts seems to depend on outcomes."""
    broken = successes > 0
    if _all_equal(attempts) or not broken.any():
        return False
    limit = calls[~broken].min() if (~broken).any() else attempts.max()
    first = bool((successes[broken] == 1).all() and (attempts[broken] <= limit).all())
    if first and len(np.unique(attempts[broken])) >= MIN_DISTINCT:
        return True
    if len(attempts) < MIN_ROWS:
        return False
    rate = successes / attempts
    if _all_equal(rate):
        return False
    return _p_value_of_fall(attempts, rate) < MAX_P_VALUE


def _all_equal(values: Whole | NDArray[np.float64]) -> bool:
    return not len(values) or bool(values.min() == values.max())


def _p_value_of_fall(x: Whole, y: NDArray[np.float64]) -> float:
    """One-sided p-value of Spearman's rank correlation below 0, as SciPy computes it, in a tenth of the time."""
    first, second = (_ranks(values) - (len(x) + 1) / 2 for values in (x, y))  # ranks have this mean
    correlation = float(first @ second / np.sqrt((first @ first) * (second @ second)))
    freedom = len(x) - 2
    with np.errstate(divide="ignore"):
        t = correlation * np.sqrt(max(0.0, freedom / np.float64((1 + correlation) * (1 - correlation))))
    return float(stdtr(freedom, t))


def _ranks(values: Whole | NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks, the mean where values are equal; scipy.stats.rankdata takes ten times as long for few values."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))  # of equal values
    counts = np.diff(np.append(starts, len(values)))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(starts + (counts + 1) / 2, counts)
    return ranks


def _continued(successes: Whole, calls: Whole) -> NDArray[np.bool_]:
    """Problems with a number of calls that several share and at which some continued after a success."""
    values, counts = np.unique(calls, return_counts=True)
    shared = values[counts >= MIN_SHARED]
    if not len(shared):
        return np.zeros(len(calls), dtype=bool)
    return np.isin(calls, np.intersect1d(shared, calls[successes > 1]))


def _batch(attempts: Whole, successes: Whole, calls: Whole) -> int:
    """The largest batch size that is consistent with stopping after the first success.

    It is the largest number that divides the attempts (or calls) of every broken problem; 0 where a problem has more
    successes than that.
    """
    broken = successes > 0
    if not broken.any():
        return 1
    size = max(int(np.gcd.reduce(calls[broken])), int(np.gcd.reduce(attempts[broken])))
    return size if successes.max() <= size else 0


def measured_share(
    attempts: Whole, successes: Whole, first: NDArray[np.float64], batch: Index, budgets: Whole
) -> NDArray[np.float64]:
    """Return the share of one group's problems with a success within their first N attempts.

    Parameters
    ----------
    attempts, successes : ndarray of int, shape (n_problems,)
        Counts.
    first : ndarray, shape (n_problems,)
        Position of the first success among the attempts that ran; NaN where the order is not known.
    batch : ndarray of int, shape (n_problems,)
        As in `Design`: the first success was among the last `batch` attempts; 0 where nothing is known.
    budgets : ndarray of int, shape (n_budgets,)
        N, attempts per problem.

    Returns
    -------
    ndarray, shape (n_budgets,)
        The share, NaN where it is not known.
    """
    n, s, budget = attempts[:, None], successes[:, None], budgets[None]
    broken, ordered = s > 0, np.isfinite(first)[:, None]
    failed_before = np.where(batch > 0, attempts - batch, -1)[:, None]  # attempts that are known to have failed
    known = np.where(broken, (budget >= n) | ordered | (budget <= failed_before), budget <= n)
    hit = broken & np.where(ordered, budget >= np.where(ordered, first[:, None], 0), budget >= n)
    return np.where(known.all(axis=0) & (budgets <= attempts.max(initial=0)), hit.mean(axis=0), np.nan)
