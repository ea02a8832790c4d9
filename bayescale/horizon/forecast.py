"""Doubling time, forecasts and the probability that a horizon is reached, from the trend over release dates."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.summary import median_and_interval, numbers, require_prob, summarise_reached
from bayescale.core.text import listing
from bayescale.errors import InputError
from bayescale.horizon.answers import read_levels
from bayescale.horizon.posterior import FEWEST_DATES, HorizonPosterior
from bayescale.horizon.priors import PRIORS
from bayescale.horizon.release_dates import DAYS_PER_YEAR, date_text, read_dates
from bayescale.horizon.trend import TrendDraws, draw_trend, likelihood_of

type Array = NDArray[np.float64]

DRAWS = 4000
_STREAM = 4


@checked
@dataclass(frozen=True, repr=False)
class HorizonTrend(Shown):
    """The trend of horizons over release dates.

    Attributes
    ----------
    table : DataFrame
        One row: `doubling_days_median`, `_lower` and `_upper` of the doubling time at the last release (infinite where
        horizons do not grow), `doublings_per_year_median`, `_lower` and `_upper`, `grows` (probability that they grow
        there), `changed` (probability that the slope changed between the first and the last release), `scatter_median`
        (standard deviation of agents around the line, in doublings), `agents`.
    level : float
        Level of success of the horizons.
    prob : float
        Probability of the equal-tailed intervals.
    agents : tuple of str
        The agents that the trend is fitted to, by release date.
    draws : TrendDraws
        Draws of the trend.
    origin : float
        Day from which the years of `draws` count, since 1970-01-01.
    first, last : float
        Days of the first and the last release.
    """

    table: pd.DataFrame
    level: float
    prob: float
    agents: tuple[str, ...]
    draws: TrendDraws = field(repr=False)
    origin: float = field(repr=False)
    first: float = field(repr=False)
    last: float = field(repr=False)

    def forecast(self, dates: object, prob: float | None = None) -> pd.DataFrame:
        """Forecast horizons at dates.

        Parameters
        ----------
        dates : date, str, or sequence of these
            The dates, such as "2026-01-01".
        prob : float, optional
            Probability of the intervals; that of the trend where omitted.

        Returns
        -------
        DataFrame
            One row per date: `date`; `trend_median`, `_lower` and `_upper`, minutes on the trend line; and
            `agent_median`, `_lower` and `_upper`, those of one agent released then, which scatters around the line.
        """
        prob = self.prob if prob is None else prob
        require_prob(prob)
        days = read_dates("dates", dates)
        line, agent = trend_paths(self, days)
        columns: dict[str, object] = {"date": [date_text(day) for day in days]}
        for name, values in (("trend", line), ("agent", agent)):
            quantiles = median_and_interval(np.exp2(values), prob)
            columns |= dict(zip((f"{name}_median", f"{name}_lower", f"{name}_upper"), quantiles, strict=True))
        return pd.DataFrame(columns)

    def reaches(self, minutes: float | Sequence[float], dates: object) -> pd.DataFrame:
        """Return the probability that a horizon is reached by dates.

        Parameters
        ----------
        minutes : float or sequence of float
            Horizons in minutes.
        dates : date, str, or sequence of these
            The dates.

        Returns
        -------
        DataFrame
            One row per horizon and date: `minutes`, `date`, `trend` (probability that the trend line is at or above
            the horizon at this date) and `agent` (that one agent released at this date has at least this horizon).
        """
        lengths, days = numbers("minutes", minutes, "such as 480"), read_dates("dates", dates)
        line, agent = trend_paths(self, days)
        rows = [
            (float(length), date_text(day), *(float((v[:, place] >= np.log2(length)).mean()) for v in (line, agent)))
            for length in lengths
            for place, day in enumerate(days)
        ]
        return pd.DataFrame(rows, columns=["minutes", "date", "trend", "agent"])

    @property
    def _page(self) -> Page:
        title = (
            f"Trend of {100 * self.level:g} % horizons of {len(self.agents)} agents released from "
            f"{date_text(self.first)} to {date_text(self.last)}"
        )
        return Page(title, self.table)


def trend_paths(trend: HorizonTrend, days: Array) -> tuple[Array, Array]:
    """Draw the line of a trend and the horizon of one agent.

    Parameters
    ----------
    trend : HorizonTrend
        The trend.
    days : ndarray, shape (n_dates,)
        Days since 1970-01-01.

    Returns
    -------
    line, agent : ndarray, shape (n_draws, n_dates)
        log2 of minutes.
    """
    line = trend.draws.line((days - trend.origin) / DAYS_PER_YEAR)
    scatter = np.random.default_rng(0).standard_normal(len(line))  # the same at every date and call
    return line, line + (trend.draws.scatter * scatter)[:, None]


def trend(
    self: HorizonPosterior, level: float = 0.5, agents: Sequence[str] | None = None, prob: float = 0.9
) -> HorizonTrend:
    """Fit the trend of horizons over release dates.

    Horizons double at a steady rate, or at one that changed once between the first and the last release; both are
    averaged by their evidence. The errors of the horizons and their correlations are part of the fit. Forecasts let the
    rate change again in future.

    Parameters
    ----------
    level : float, default 0.5
        Level of success of the horizons.
    agents : sequence of str, optional
        The agents, such as those that were the best at their release; all with a release date where omitted.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    HorizonTrend
        Doubling time, with `forecast` and `reaches`.

    Raises
    ------
    InputError
        If fewer than three agents have different release dates, or an argument is out of its range.
    """
    require_prob(prob)
    level = read_levels(level)[0]
    cells = self.cells
    chosen = self.agents_at(agents)
    undated = [cells.agents[place] for place in chosen if np.isnan(cells.released[place])]
    if agents is not None and undated:
        raise InputError(f"without a release date: {listing(undated)}; give it in release_dates")
    chosen = chosen[~np.isnan(cells.released[chosen])]
    if len(np.unique(cells.released[chosen])) < FEWEST_DATES:
        raise InputError(
            f"{len(np.unique(cells.released[chosen]))} different release dates: a trend needs at least "
            f"{FEWEST_DATES}. Give them as a column 'release_date', or as fit_horizon(..., "
            "release_dates={agent: date})."
        )
    chosen = chosen[np.argsort(cells.released[chosen], kind="stable")]
    days = cells.released[chosen]
    origin = float((days.min() + days.max()) / 2)
    years = (days - origin) / DAYS_PER_YEAR
    horizons = self.log2_horizon(level)
    shift = float((self.draws("log2_horizon") - horizons).mean())
    likelihood = likelihood_of(horizons[:, chosen], cells.centre - shift, PRIORS.location_scale)
    draws = draw_trend(likelihood, years, cells.centre - shift, DRAWS, self.random_generator(_STREAM))
    rate = draws.slope_at(float(years.max()))
    with np.errstate(divide="ignore"):
        doubling = np.where(rate > 0, DAYS_PER_YEAR / np.maximum(rate, 0.0), np.inf)
    summary = summarise_reached(doubling[None], prob, "doubling_days")
    summary |= summarise_reached(rate[None], prob, "doublings_per_year")
    table = pd.DataFrame([summary]).astype(float)
    table = table.assign(
        grows=float((rate > 0).mean()),
        changed=draws.change_probability,
        scatter_median=float(np.median(draws.scatter)),
        agents=len(chosen),
    )
    names = tuple(cells.agents[place] for place in chosen)
    return HorizonTrend(table, level, prob, names, draws, origin, float(days.min()), float(days.max()))
