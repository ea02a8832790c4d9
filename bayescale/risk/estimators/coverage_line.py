"""The coverage law ASR@N = exp(−a N^−b), fitted as Brown et al. fit it and as Hughes et al. fit it.

Both fit the coverage of the attempts made at fewer attempts k, up to the fewest attempts of any problem, so that every
point averages over all problems under every sampling design. They differ in the points and in the loss.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.risk.estimators.estimate import Estimate, point_estimate, read_arguments, share_within

type Array = NDArray[np.float64]

_BROWN_POINTS = 40
_HUGHES_POINTS = np.array(
    [d * 10**e for e in range(4) for d in range(1, 10) if d * 10**e <= 8000], dtype=float
)  # 1 to 10 in steps of 1, to 100 in steps of 10, to 1,000 in steps of 100, to 8,000 in steps of 1,000
_EPSILON = 1e-5  # added to ASR before its logarithm, as in the authors' code
_MANY = 10_000  # expected broken problems from which the error of the expansion is below 1e-8
_CAVEAT = "least squares on correlated points: no valid interval; the law is not a mixture over problems"


@checked
def coverage_line_brown(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """Estimate ASR@N by the coverage law exp(-a N^-b) as Brown et al. fit it: least squares of coverage.

    The points are mean pass@k at 40 values of k, evenly spaced on a log scale from 1 to the attempts made, rounded down
    to whole numbers, without duplicates.

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Attempts and successes per problem. Points go up to the fewest attempts of any problem.
    budgets : array_like of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the interval; this estimator has none.

    Returns
    -------
    Estimate
        Without an interval.

    Raises
    ------
    InputError
        For counts, budgets or a probability that cannot be used.

    References
    ----------
    Brown et al. (2024), arXiv:2407.21787, equation 3 and appendix C.1.
    """
    from scipy.optimize import least_squares

    n, s, numbers = read_arguments(attempts, successes, budgets, prob)
    k = np.unique(np.floor(np.logspace(0, np.log10(n.min()), _BROWN_POINTS) + 1e-9))
    coverage = share_within(n, s, k[:, None]).mean(axis=-1)
    with np.errstate(divide="ignore"):
        line = _line(k, -np.log(coverage), coverage)
    if line is not None:

        def residuals(parameters: Array) -> Array:
            return _coverage(np.log(k), parameters[0], parameters[1]) - coverage

        line = tuple(least_squares(residuals, np.array(line), method="lm", xtol=1e-12).x)
    source = "Brown et al. 2024, arXiv 2407.21787, equation 3 and appendix C.1"
    return _estimate("coverage_line_brown", numbers, line, k, coverage, source, _CAVEAT)


@checked
def coverage_line_hughes(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """Estimate ASR@N by the coverage law exp(-a N^-b) as Hughes et al. fit it: a line of log(-log ASR) on log k.

    The points are at k = 1 to 10 in steps of 1, to 100 in steps of 10, to 1,000 in steps of 100 and to 8,000 in steps
    of 1,000. At each, the authors' code averages -log(ASR@k + 1e-5) over random orders of the attempts. This is the
    exact average over all orders: the number of problems broken within k is a sum of independent draws with chances
    pass@k.

    Parameters
    ----------
    attempts, successes : array_like of int, shape (n_problems,)
        Attempts and successes per problem. Points go up to the fewest attempts of any problem.
    budgets : array_like of int, shape (n_budgets,)
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the interval; this estimator has none.

    Returns
    -------
    Estimate
        Without an interval.

    Raises
    ------
    InputError
        For counts, budgets or a probability that cannot be used.

    References
    ----------
    Hughes et al. (2024), arXiv:2412.03556, section 4; code: jplhughes/bon-jailbreaking, `fit_power_law`, fit type
    "linear_log_spacing".
    """
    n, s, numbers = read_arguments(attempts, successes, budgets, prob)
    k = _HUGHES_POINTS[n.min() >= _HUGHES_POINTS]
    chances, problems = np.unique(share_within(n, s, k[:, None]), axis=1, return_counts=True)
    negative_log = np.array([_mean_negative_log(row, problems) for row in chances])
    coverage = chances @ problems / len(n)
    rare = float(chances[0] @ problems) < 1
    caveat = f"{_CAVEAT}; few problems are broken at k = 1, where 1e-5 replaces a share of 0" if rare else _CAVEAT
    source = "Hughes et al. 2024, arXiv 2412.03556, section 4 and the authors' code"
    return _estimate("coverage_line_hughes", numbers, _line(k, negative_log, coverage), k, coverage, source, caveat)


def _line(k: Array, negative_log: Array, coverage: Array) -> tuple[float, ...] | None:
    """Level and slope of log(negative_log) on log k; None with fewer than two points or without successes."""
    usable = np.isfinite(negative_log) & (negative_log > 0)
    if usable.sum() < 2 or not coverage.any():
        return None
    slope, level = np.polyfit(np.log(k[usable]), np.log(negative_log[usable]), 1)
    return float(level), float(slope)


def _estimate(
    name: str, budgets: Array, line: tuple[float, ...] | None, k: Array, coverage: Array, source: str, caveat: str
) -> Estimate:
    """ASR@N on the line, or the last measured coverage where there is none."""
    if line is not None:
        return point_estimate(name, budgets, _coverage(np.log(budgets), line[0], line[1]), source, caveat)
    last = float(coverage[-1])
    caveat = f"too few points for a line: the share broken within {k[-1]:.0f} attempts, {last:.3g}, at every N"
    return point_estimate(name, budgets, np.full(len(budgets), last), source, caveat)


def _coverage(log_n: Array, level: float, slope: float) -> Array:
    """exp(−a N^−b) with log a = `level` and −b = `slope`."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-np.exp(level + slope * log_n)))


def _mean_negative_log(chances: Array, problems: NDArray[np.int64]) -> float:
    """Mean of −log(share + 1e-5), with the share of problems broken independently with these chances.

    The distribution of their number is the inverse Fourier transform of its characteristic function, on as many points
    as the number can plausibly reach. Where many are broken, two terms of the expansion about the mean suffice.
    """
    total = int(problems.sum())
    mean, variance = float(problems @ chances), float(problems @ (chances * (1 - chances)))
    if mean > _MANY:
        share = mean / total + _EPSILON
        return float(-np.log(share) + 0.5 * variance / (total * share) ** 2)
    points = min(total, int(mean + 12 * np.sqrt(variance) + 40)) + 1
    factors = 1 + chances[:, None] * np.expm1(2j * np.pi * np.arange(points) / points)
    with np.errstate(divide="ignore"):
        characteristic = np.exp(problems @ np.log(np.abs(factors)) + 1j * (problems @ np.angle(factors)))
    mass = np.maximum(np.fft.fft(characteristic).real, 0.0)
    return float(mass @ -np.log(np.arange(points) / total + _EPSILON) / mass.sum())
