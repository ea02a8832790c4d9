"""The horizon that fits will estimate of an agent to come: on the trend, with its scatter and an error."""

import numpy as np
from numpy.typing import NDArray

from bayescale.horizon.forecast import HorizonTrend, trend_paths
from bayescale.horizon.posterior import HorizonPosterior
from bayescale.horizon.release_dates import read_dates

type Array = NDArray[np.float64]

_STREAM = 5


def measured_agent(posterior: HorizonPosterior, trend: HorizonTrend, dates: object) -> Array:
    """Draw the horizons that fits will estimate of agents released on dates.

    The horizon of an agent scatters around the trend; its estimate (the median of its posterior) scatters around it as
    the posterior of an agent of these trials does around its median. The tasks and attempts of an agent to come are
    taken to be like those of the agents that were fitted.

    Parameters
    ----------
    posterior : HorizonPosterior
        The posterior.
    trend : HorizonTrend
        Its trend.
    dates : date, str, or sequence of these
        The dates.

    Returns
    -------
    ndarray, shape (n_draws, n_dates)
        log2 of minutes.
    """
    rng = posterior.random_generator(_STREAM)
    _, agent = trend_paths(trend, read_dates("dates", dates))
    places = measurable(posterior)
    fitted = posterior.log2_horizon(trend.level)[:, places if len(places) else np.arange(len(posterior.cells.agents))]
    errors = fitted - np.median(fitted, axis=0)
    rows, columns = (rng.integers(0, size, len(agent)) for size in errors.shape)
    return np.asarray(agent + errors[rows, columns][:, None])


def measurable(posterior: HorizonPosterior) -> NDArray[np.int64]:
    """Return the places of agents that have both successes and failures: the prior does not bound their horizons.

    Parameters
    ----------
    posterior : HorizonPosterior
        The posterior.

    Returns
    -------
    ndarray of int
        The places.
    """
    counts = posterior.cells.by_agent
    return np.flatnonzero((counts["successes"] > 0) & (counts["successes"] < counts["attempts"]))
