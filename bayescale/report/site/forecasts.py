"""Forecasts as a version's record has them: label, median and interval, for losses and for risk."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bayescale.core.text import human_time
from bayescale.horizon.release_dates import date_text
from bayescale.maintenance.forecast_scores import RELEASE
from bayescale.maintenance.store.versions import Version
from bayescale.plots.wording import size_text
from bayescale.report.formats import digits, percent, percents, spanned

KINDS = {
    "run": "one new run",
    "these": "share of these prompts broken",
    "agent": "the horizon of one agent",
}  # stems of the columns that a site shows
NO_INPUTS = ("name", "run", "family", "extrapolation", "flag", "budget", RELEASE)
NO_LABELS = ("law_", "run_", "these_", "new_", "agent_", "trend_")  # stems of the columns of forecasts


@dataclass(frozen=True)
class PublishedForecast:
    """One forecast of a version.

    Parameters
    ----------
    label : str
        Target, family and inputs; or group and number of attempts.
    kind : str
        "run" (a loss: one new run), "these" (a share of the measured prompts) or "agent" (the horizon of an agent).
    lower, median, upper : float
        The forecast.
    """

    label: str
    kind: str
    lower: float
    median: float
    upper: float

    @property
    def text(self) -> str:
        """Median and interval."""
        if self.kind == "these":
            return f"{percent(self.median)} ({percents(self.lower, self.upper)})"
        if self.kind == "agent":
            return f"{human_time(self.median)} ({human_time(self.lower)} to {human_time(self.upper)})"
        return f"{digits(self.median)} ({spanned(self.lower, self.upper)})"

    @property
    def median_text(self) -> str:
        """The median alone."""
        return human_time(self.median) if self.kind == "agent" else digits(self.median)

    def moved_from(self, earlier: "PublishedForecast") -> float:
        """Return how far the median moved, in half widths of an earlier interval; of times, on a log axis.

        Parameters
        ----------
        earlier : PublishedForecast
            The earlier forecast of the same target.

        Returns
        -------
        float
            The move.
        """
        scale = math.log2 if self.kind == "agent" else float
        width = scale(earlier.upper) - scale(earlier.lower)
        return 2 * (scale(self.median) - scale(earlier.median)) / width


def forecasts_of(version: Version) -> tuple[PublishedForecast, ...]:
    """Return the forecasts that were published with a version.

    Parameters
    ----------
    version : Version
        The version.

    Returns
    -------
    tuple of PublishedForecast
        One per target; those without finite numbers are left out.
    """
    rows = version.lineage.get("forecast") or ()
    return tuple(forecast for row in rows if (forecast := _forecast(row)) is not None)


def _forecast(row: Mapping[str, Any]) -> PublishedForecast | None:
    for kind in KINDS:
        values = [row.get(f"{kind}_{summary}") for summary in ("lower", "median", "upper")]
        numbers = [float(value) for value in values if value is not None and math.isfinite(value)]
        if len(numbers) == len(values):
            return PublishedForecast(label_of(row), kind, *numbers)
    return None


def label_of(row: Mapping[str, Any]) -> str:
    """Return the label of a target.

    Parameters
    ----------
    row : mapping
        A row of a table of forecasts.

    Returns
    -------
    str
        Name, family and inputs of a loss; groups and attempts of a risk; name and release of an agent.
    """
    words = [str(row[name]) for name in ("name", "run", "family") if row.get(name)]
    for name, value in row.items():
        if name in NO_INPUTS or name.startswith(NO_LABELS) or value is None:
            continue
        words.append(f"{name} {size_text(float(value))}" if isinstance(value, int | float) else str(value))
    if row.get(RELEASE):
        words.append(f"released {date_text(float(row[RELEASE]))}")
    if row.get("budget"):
        words.append(f"{int(row['budget']):,} attempts")
    return ", ".join(words) or "all"
