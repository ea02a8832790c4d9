"""The trend of horizons over release dates: doubling time, forecasts, and when a horizon is reached.

Horizons of agents scatter around a line in log2 over time, whose slope may have changed once between the first and the
last release: both are averaged by their evidence, at equal prior probability, over every date of the change. After the
last release the slope changes again at the rate that this prior implies (a change within the span of the releases with
probability one half), so that a forecast does not take it as certain that the trend goes on.

The posterior of the agents' horizons was drawn with a wide normal prior, which is divided out: what remains, a normal
approximation of the likelihood with the errors of all agents and their correlations, is what the trend is fitted to.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]

SLOPE_SCALE = 3.0  # standard deviation of the prior of the slope, in doublings a year, around 0
CHANGE_SCALE = 1.5  # of a change of the slope
SCATTER_SCALE = 1.5  # half-normal scale of the scatter of agents, in doublings
LEVEL_SCALE = 10.0  # of the level in the middle of the releases, in doublings
CHANGE_PROBABILITY = 0.5  # prior probability that the slope changed between the first and the last release
_SCATTERS, _CHANGES = 40, 40  # points of the grid
_MOST_FUTURE = 4  # changes after the last release that are drawn


@dataclass(frozen=True, eq=False)
class Likelihood:
    """A normal approximation of the likelihood of the horizons of agents: exp(-½ h'Λh + λ'h).

    Attributes
    ----------
    precision : ndarray, shape (n_agents, n_agents)
        Λ, positive semidefinite.
    weighted : ndarray, shape (n_agents,)
        λ.
    """

    precision: Array
    weighted: Array


@dataclass(frozen=True, eq=False)
class TrendDraws:
    """Draws of the trend line, of its changes, and of the scatter of agents around it.

    Attributes
    ----------
    level, slope : ndarray, shape (n_draws,)
        log2 of minutes at the origin, and doublings a year before any change.
    change, change_at : ndarray, shape (n_draws, 1 + n_future)
        Changes of the slope, and when they happen, in years from the origin; 0 where there is none.
    scatter : ndarray, shape (n_draws,)
        Standard deviation of agents around the line, in doublings.
    change_probability : float
        Posterior probability that the slope changed between the first and the last release.
    """

    level: Array
    slope: Array
    change: Array
    change_at: Array
    scatter: Array
    change_probability: float

    def line(self, years: Array) -> Array:
        """Return the trend line.

        Parameters
        ----------
        years : ndarray, shape (n_dates,)
            Years from the origin.

        Returns
        -------
        ndarray, shape (n_draws, n_dates)
            log2 of minutes.
        """
        out = self.level[:, None] + self.slope[:, None] * years
        for change, at in zip(self.change.T, self.change_at.T, strict=True):
            out = out + change[:, None] * np.maximum(years - at[:, None], 0.0)
        return np.asarray(out)

    def slope_at(self, year: float) -> Array:
        """Return the slope at a date.

        Parameters
        ----------
        year : float
            Years from the origin.

        Returns
        -------
        ndarray, shape (n_draws,)
            Doublings a year.
        """
        return np.asarray(self.slope + np.where(self.change_at < year, self.change, 0.0).sum(axis=1))


def likelihood_of(draws: Array, prior_mean: float, prior_scale: float) -> Likelihood:
    """Divide the prior out of posterior draws of horizons.

    Parameters
    ----------
    draws : ndarray, shape (n_draws, n_agents)
        log2 of horizons.
    prior_mean, prior_scale : float
        Of the normal prior of each agent.

    Returns
    -------
    Likelihood
        The rest. Directions that the data say nothing about have precision 0.
    """
    covariance = np.atleast_2d(np.cov(draws, rowvar=False))
    values, vectors = np.linalg.eigh(covariance)
    information = np.maximum(1 / values - prior_scale**-2, 0.0)
    precision = (vectors * information) @ vectors.T
    full = (vectors / values) @ vectors.T
    weighted = full @ draws.mean(axis=0) - prior_mean * prior_scale**-2
    known = (vectors * (information > 0)) @ vectors.T
    return Likelihood(precision, known @ weighted)


def draw_trend(likelihood: Likelihood, years: Array, centre: float, count: int, rng: np.random.Generator) -> TrendDraws:
    """Draw trends from their posterior, one line and lines with a change averaged by their evidence.

    Parameters
    ----------
    likelihood : Likelihood
        Of the agents' horizons.
    years : ndarray, shape (n_agents,)
        Releases, in years from an origin between them.
    centre : float
        Prior mean of the level.
    count : int
        Number of draws.
    rng : Generator
        Source of randomness.

    Returns
    -------
    TrendDraws
        The draws.
    """
    from scipy.special import ndtri

    first, last = float(years.min()), float(years.max())
    scatters = SCATTER_SCALE * ndtri(0.5 + 0.5 * (np.arange(_SCATTERS) + 0.5) / _SCATTERS)
    places = first + (last - first) * (np.arange(_CHANGES) + 0.5) / _CHANGES
    line = np.column_stack([np.ones_like(years), years])
    designs = [line, *(np.column_stack([line, np.maximum(years - place, 0.0)]) for place in places)]
    log_prior = np.log([1 - CHANGE_PROBABILITY, *np.full(_CHANGES, CHANGE_PROBABILITY / _CHANGES)])
    evidence = np.empty((len(designs), _SCATTERS))
    coefficients: dict[int, tuple[Array, Array]] = {}  # mean and root by place in `evidence`
    for column, scatter in enumerate(scatters):
        precision, weighted, constant = _given_scatter(likelihood, scatter)
        for row, design in enumerate(designs):
            value, mean, root = _coefficients(design, precision, weighted, centre)
            evidence[row, column] = log_prior[row] + constant + value
            coefficients[row * _SCATTERS + column] = mean, root
    mass = np.exp(evidence - evidence.max())
    mass /= mass.sum()
    chosen = rng.choice(mass.size, size=count, p=mass.ravel())
    rows, columns = np.unravel_index(chosen, mass.shape)
    values = np.zeros((count, 3))
    for cell in np.unique(chosen):
        inside = chosen == cell
        mean, root = coefficients[int(cell)]
        values[inside, : len(mean)] = mean + rng.standard_normal((int(inside.sum()), len(mean))) @ root.T
    at = np.where(rows > 0, places[np.maximum(rows - 1, 0)], last)
    future, future_at = _future(last, last - first, count, rng)
    return TrendDraws(
        level=values[:, 0],
        slope=values[:, 1],
        change=np.column_stack([values[:, 2], future]),
        change_at=np.column_stack([at, future_at]),
        scatter=scatters[columns],
        change_probability=float(mass[1:].sum()),
    )


def _given_scatter(likelihood: Likelihood, scatter: float) -> tuple[Array, Array, float]:
    """Precision and weighted mean of the line at the releases, agents around it integrated out, and a log constant."""
    size = len(likelihood.weighted)
    inner = np.eye(size) * scatter**-2 + likelihood.precision
    gain = np.linalg.inv(inner)
    keep = np.eye(size) - likelihood.precision @ gain
    _, log_determinant = np.linalg.slogdet(inner * scatter**2)
    constant = -0.5 * log_determinant + 0.5 * float(likelihood.weighted @ gain @ likelihood.weighted)
    return keep @ likelihood.precision, keep @ likelihood.weighted, constant


def _coefficients(design: Array, precision: Array, weighted: Array, centre: float) -> tuple[float, Array, Array]:
    """Log evidence of a design, and mean and root of the covariance of its coefficients."""
    scales = np.array([LEVEL_SCALE, SLOPE_SCALE, CHANGE_SCALE][: design.shape[1]])
    prior_mean = np.zeros(len(scales))
    prior_mean[0] = centre
    total = design.T @ precision @ design + np.diag(scales**-2)
    right = design.T @ weighted + prior_mean / scales**2
    covariance = np.linalg.inv(total)
    mean = covariance @ right
    _, log_determinant = np.linalg.slogdet(total)
    evidence = -np.log(scales).sum() - 0.5 * log_determinant + 0.5 * float(right @ mean)
    evidence -= 0.5 * float(prior_mean @ (prior_mean / scales**2))
    return float(evidence), mean, np.linalg.cholesky(covariance)


def _future(last: float, span: float, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Changes after the last release, at the rate that the prior of a change in the span of the releases implies."""
    mean_gap = -span / np.log(1 - CHANGE_PROBABILITY)
    at = last + np.cumsum(rng.exponential(mean_gap, (count, _MOST_FUTURE)), axis=1)
    return CHANGE_SCALE * rng.standard_normal(at.shape), at
