"""The coverage law ASR@N = exp(−a N^−b), fitted as Brown et al. fit it and as Hughes et al. fit it.

Both fit to the coverage that the attempts made would have reached at fewer attempts k, up to the fewest attempts of
any problem, so that every point averages over all problems, whatever made attempts stop.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from bayescale.core.arguments import checked
from bayescale.risk.estimators.estimate import Estimate, read_arguments, share_within

type Array = NDArray[np.float64]

_BROWN_POINTS = 40
_HUGHES_POINTS = np.array(
    [d * 10**e for e in range(4) for d in range(1, 10) if d * 10**e <= 8000], dtype=float
)  # 1 to 10 by one, to 100 by ten, to 1,000 by a hundred, to 8,000 by a thousand
_EPSILON = 1e-5  # added to ASR before its logarithm, as in the authors' code
_MANY = 10_000  # problems broken, from where the expansion's error is below 1e-8
_CAVEAT = "least squares on correlated points: no valid interval; the law is not a mixture over problems"


@checked
def coverage_line_brown(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """Estimate ASR@N by the coverage law exp(-a N^-b) as Brown et al. fit it: least squares of coverage itself.

    The points are mean pass@k at 40 values of k, evenly spaced on a log scale from 1 to the attempts made, whole and
    without duplicates.

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
    n, s, numbers = read_arguments(attempts, successes, budgets, prob)
    source = "Brown et al. 2024, arXiv 2407.21787, equation 3 and appendix C.1"
    k = np.unique(np.floor(np.logspace(0, np.log10(n.min()), _BROWN_POINTS) + 1e-9))
    reached = share_within(n, s, k[:, None]).mean(axis=-1)
    usable = (reached > 0) & (reached < 1)
    if usable.sum() < 2:
        return _held("coverage_line_brown", numbers, float(reached[-1]), n.min(), source)
    slope, level = np.polyfit(np.log(k[usable]), np.log(-np.log(reached[usable])), 1)

    def residuals(x: Array) -> Array:
        return _coverage(np.log(k), x[0], x[1]) - reached

    fit = least_squares(residuals, np.array([level, slope]), method="lm", xtol=1e-12)
    value = _coverage(np.log(numbers), fit.x[0], fit.x[1])
    return Estimate("coverage_line_brown", numbers, value, None, None, source, _CAVEAT)


@checked
def coverage_line_hughes(attempts: ArrayLike, successes: ArrayLike, budgets: ArrayLike, prob: float = 0.9) -> Estimate:
    """Estimate ASR@N by the coverage law exp(-a N^-b) as Hughes et al. fit it: a line of log(-log ASR) on log k.

    The points are at k = 1 to 10 by one, to 100 by ten, to 1,000 by a hundred and to 8,000 by a thousand. At each the
    authors' code averages -log(ASR@k + 1e-5) over random orders of the attempts; this is that average over all orders,
    exactly: the number of problems broken within k is a sum of independent draws with chances pass@k.

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
    source = "Hughes et al. 2024, arXiv 2412.03556, section 4 and the authors' code"
    k = _HUGHES_POINTS[n.min() >= _HUGHES_POINTS]
    chances, problems = np.unique(share_within(n, s, k[:, None]), axis=1, return_counts=True)
    negative_log = np.array([_mean_negative_log(row, problems) for row in chances])
    usable = negative_log > 0  # a share of 1 has none, 1e-5 being added
    if usable.sum() < 2 or not s.any():
        return _held("coverage_line_hughes", numbers, float(chances[-1] @ problems / len(n)), k[-1], source)
    slope, level = np.polyfit(np.log(k[usable]), np.log(negative_log[usable]), 1)
    value = _coverage(np.log(numbers), level, slope)
    rare = float(chances[0] @ problems) < 1
    caveat = f"{_CAVEAT}; few problems are broken at k = 1, where 1e-5 stands for none" if rare else _CAVEAT
    return Estimate("coverage_line_hughes", numbers, value, None, None, source, caveat)


def _coverage(log_n: Array, level: float, slope: float) -> Array:
    """exp(−a N^−b) with log a = `level` and −b = `slope`."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-np.exp(level + slope * log_n)))


def _mean_negative_log(chances: Array, problems: NDArray[np.int64]) -> float:
    """Mean of −log(share + 1e-5), the share being of problems broken independently with these chances.

    The distribution of their number is the inverse Fourier transform of its characteristic function, on as many points
    as the number can plausibly reach. Where many are broken, two terms of the expansion about the mean suffice.
    """
    total = int(problems.sum())
    mean, variance = float(problems @ chances), float(problems @ (chances * (1 - chances)))
    if mean > _MANY:
        share = mean / total + _EPSILON
        return float(-np.log(share) + 0.5 * variance / (total * share) ** 2)
    points = min(total, int(mean + 12 * np.sqrt(variance) + 40)) + 1
    turned = 1 + chances[:, None] * np.expm1(2j * np.pi * np.arange(points) / points)
    with np.errstate(divide="ignore"):
        characteristic = np.exp(problems @ np.log(np.abs(turned)) + 1j * (problems @ np.angle(turned)))
    mass = np.maximum(np.fft.fft(characteristic).real, 0.0)
    return float(mass @ -np.log(np.arange(points) / total + _EPSILON) / mass.sum())


def _held(name: str, budgets: Array, reached: float, most: float, source: str) -> Estimate:
    caveat = f"too few points for a line: the {reached:.3g} reached within {most:.0f} attempts is held"
    return Estimate(name, budgets, np.full(len(budgets), reached), None, None, source, caveat)
