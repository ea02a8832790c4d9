"""The grid on which every mixing law is integrated, and the likelihood of counts on it.

A problem that is broken with probability p in one attempt has rate lambda = -log(1 - p), and is unbroken after N
attempts with probability exp(-N lambda). Mixing laws are smooth densities of x = log lambda, so the trapezoid rule on
equidistant nodes of x is exact to many digits for them. The likelihood of many attempts is narrower than the distance
of nodes; it is integrated against a cubic through the neighbouring nodes, so that the cost does not grow with the
attempts.

A judge that errs reports a success with probability h = t p + f (1 - p), with sensitivity t and false-positive rate f.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

type Array = NDArray[np.float64]
type Table = Array | csr_array

STEP = 0.1
#: log lambda; a problem with a lower rate (1e-10 an attempt) counts as never broken.
X = np.arange(-23.0, 6.0 + STEP / 2, STEP)
RATE = np.exp(X)


def log_p(rate: Array) -> Array:
    """Compute log p.

    Parameters
    ----------
    rate : ndarray
        lambda = -log(1 - p).

    Returns
    -------
    ndarray
        log p.
    """
    small = np.minimum(rate, 0.7)
    return np.where(rate < 0.7, np.log(-np.expm1(-small)), np.log1p(-np.exp(-np.maximum(rate, 0.7))))


LOG_P = log_p(RATE)

MOST_DENSE = 1_000_000  # values of a dense table of groups and pairs: 8 MB

_HALF_WIDTH = 12.0  # range of integration of a narrow likelihood, in its standard deviations
_FINE = 0.5  # spacing of the points in it, in the same unit


@dataclass(frozen=True)
class JudgeRates:
    """Error rates of a judge.

    Attributes
    ----------
    sensitivity : float, default 1.0
        Probability that a true success is reported.
    false_positives : float, default 0.0
        Probability that a success is reported where there is none.
    """

    sensitivity: float = 1.0
    false_positives: float = 0.0

    def log_success(self, rate: Array) -> Array:
        """Compute the log probability that an attempt is reported as a success.

        Parameters
        ----------
        rate : ndarray
            lambda = -log(1 - p) of the problem.

        Returns
        -------
        ndarray
            The log probability.
        """
        if self == PERFECT:
            return log_p(rate)
        p = -np.expm1(-rate)
        return np.log(self.sensitivity * p + self.false_positives * (1 - p))

    def log_failure(self, rate: Array) -> Array:
        """Compute the log probability that an attempt is reported as a failure.

        Parameters
        ----------
        rate : ndarray
            lambda = -log(1 - p) of the problem.

        Returns
        -------
        ndarray
            The log probability.
        """
        if self == PERFECT:
            return -rate
        p = -np.expm1(-rate)
        return np.log((1 - self.sensitivity) * p + (1 - self.false_positives) * (1 - p))


PERFECT = JudgeRates()


@dataclass(frozen=True, eq=False)
class Counts:
    """The distinct pairs (attempts, successes) among all problems, and their likelihood on the grid.

    Attributes
    ----------
    judge : JudgeRates
        Error rates of the judge.
    attempts, successes : ndarray of int, shape (n_pairs,)
        The pairs.
    problems : ndarray or csr_array, shape (n_groups, n_pairs)
        Number of problems of a group with the pair.
    weight : ndarray or csr_array, shape (n_groups, n_pairs)
        Their total weight, less where some are near-duplicates of others.
    likelihood : ndarray, shape (n_pairs, n_nodes)
        h^s (1 - h)^(n - s) over its largest possible value.
    at_zero : ndarray, shape (n_pairs,)
        The likelihood at p = 0.
    log_unbroken : ndarray, shape (n_pairs,)
        Log of the likelihood with every success a false positive, without the factor (1 - p)^n.
    log_scale : ndarray, shape (n_pairs,)
        Log of what the likelihood was divided by.
    """

    judge: JudgeRates
    attempts: NDArray[np.int64]
    successes: NDArray[np.int64]
    problems: "Table"
    weight: "Table"
    likelihood: Array
    at_zero: Array
    log_unbroken: Array
    log_scale: Array

    def pair_index(self, attempts: NDArray[np.int64], successes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the pair of each problem.

        Parameters
        ----------
        attempts, successes : ndarray of int, shape (n_problems,)
            Counts that occur among the pairs.

        Returns
        -------
        ndarray of int, shape (n_problems,)
            Indices of pairs.
        """
        pairs = zip(self.attempts.tolist(), self.successes.tolist(), strict=True)
        index = {pair: i for i, pair in enumerate(pairs)}
        return np.array(
            [index[pair] for pair in zip(attempts.tolist(), successes.tolist(), strict=True)], dtype=np.int64
        )

    def of_group(self, group: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the pairs that occur in a group, and how many problems have each.

        Parameters
        ----------
        group : int
            Index of the group.

        Returns
        -------
        pairs, sizes : ndarray of int
            Indices of pairs, and numbers of problems.
        """
        row = self.problems[[group]]
        sizes = row[0] if isinstance(row, np.ndarray) else row.toarray()[0]
        pairs = np.flatnonzero(sizes)
        return pairs, sizes[pairs].astype(np.int64)


def count_pairs(
    attempts: NDArray[np.int64],
    successes: NDArray[np.int64],
    group: NDArray[np.int64],
    weight: Array | None = None,
    judge: JudgeRates = PERFECT,
) -> Counts:
    """Compute sufficient statistics of problems.

    Parameters
    ----------
    attempts, successes, group : ndarray of int, shape (n_problems,)
        Counts, and the index of each problem's group.
    weight : ndarray, shape (n_problems,), optional
        Weight of each problem; None takes 1.
    judge : JudgeRates, default PERFECT
        Error rates of the judge.

    Returns
    -------
    Counts
        The distinct pairs and their likelihood.
    """
    pairs, pair = np.unique(np.column_stack([attempts, successes]), axis=0, return_inverse=True)
    pair = pair.ravel()
    n, s = pairs[:, 0].astype(float), pairs[:, 1].astype(float)
    at_least_one = np.maximum(n, 1)  # the likelihood of no attempts is constant
    best = _times_log(s, s / at_least_one) + _times_log(n - s, (n - s) / at_least_one)
    success, failure = judge.log_success(RATE), judge.log_failure(RATE)
    likelihood = np.exp(s[:, None] * success + (n - s)[:, None] * failure - best[:, None])
    for row in np.flatnonzero(_width(n, s, judge) < STEP):
        likelihood[row] = _projected(n[row], s[row], best[row], judge)
    unbroken = _times_log(s, judge.false_positives) + _times_log(n - s, 1 - judge.false_positives) - best
    shape = int(group.max()) + 1, len(pairs)
    return Counts(
        judge,
        pairs[:, 0],
        pairs[:, 1],
        _summed(np.ones(len(group)), group, pair, shape),
        _summed(np.ones(len(group)) if weight is None else weight, group, pair, shape),
        likelihood,
        np.exp(unbroken),
        unbroken,
        best,
    )


def _summed(values: Array, group: NDArray[np.int64], pair: NDArray[np.int64], shape: tuple[int, int]) -> "Table":
    """Sums of values (n_problems,) by group and pair: dense where that is small, else without its zeros."""
    if shape[0] * shape[1] > MOST_DENSE:
        from scipy.sparse import coo_array, csr_array

        return csr_array(coo_array((values, (group, pair)), shape=shape))
    out = np.zeros(shape)
    np.add.at(out, (group, pair), values)
    return out


def _times_log(count: Array, share: Array | float) -> Array:
    """count · log(share), 0 where the count is 0."""
    with np.errstate(divide="ignore"):
        return np.where(count > 0, np.maximum(count, 1) * np.log(share), 0.0)


def _peak(n: Array, s: Array, judge: JudgeRates) -> Array:
    """The p at which s of n are most likely, NaN where that is 0 or 1."""
    p = (s / np.maximum(n, 1) - judge.false_positives) / (judge.sensitivity - judge.false_positives)
    return np.where((p > 0) & (p < 1), p, np.nan)


def _width(n: Array, s: Array, judge: JudgeRates) -> Array:
    """Standard deviation of x under the likelihood of s of n; infinite where it has no peak."""
    n = np.maximum(n, 1)
    p, h = _peak(n, s, judge), s / n
    of_p = np.sqrt(h * (1 - h) / n) / (judge.sensitivity - judge.false_positives)
    return np.where(np.isnan(p), np.inf, of_p / ((1 - p) * -np.log1p(-p)))


def _projected(n: float, s: float, best: float, judge: JudgeRates) -> Array:
    """Weights on the nodes whose sum with a smooth function is its integral with the likelihood, over STEP."""
    pair = np.array(n), np.array(s)
    p, width = float(_peak(*pair, judge)), float(_width(*pair, judge))
    x = np.log(-np.log1p(-p)) + width * np.arange(-_HALF_WIDTH, _HALF_WIDTH + _FINE, _FINE)
    rate = np.exp(x)
    height = np.exp(s * judge.log_success(rate) + (n - s) * judge.log_failure(rate) - best) * (width * _FINE / STEP)
    place = np.clip((x - X[0]) / STEP, 1, len(X) - 3 - 1e-9)
    left = place.astype(int)
    t = place - left
    cubic = (
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    )
    weights = np.zeros(len(X))
    for offset, share in enumerate(cubic, start=-1):
        np.add.at(weights, left + offset, share * height)
    return weights
