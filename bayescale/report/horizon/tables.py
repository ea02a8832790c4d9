"""Tables of time horizons: horizons by agent, trend, probabilities that a horizon is reached, agents and targets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.text import count, human_time
from bayescale.horizon.forecast import DRAWS, HorizonTrend
from bayescale.horizon.release_dates import date_text
from bayescale.horizon.result import Horizon
from bayescale.report.formats import Format, number, percent, text
from bayescale.report.tables import Table, table_of

PROB = 0.9  # of published intervals


def days_text(days: float | None) -> str:
    """Write a doubling time.

    Parameters
    ----------
    days : float or None
        The days; infinite or None where horizons do not grow.

    Returns
    -------
    str
        The text.
    """
    return "never" if days is None or not np.isfinite(days) else f"{days:,.0f} days"


def minutes_format(name: str) -> Format:
    """Format a column of minutes as times.

    Parameters
    ----------
    name : str
        The column.

    Returns
    -------
    Format
        The format.
    """
    return lambda row: human_time(float(row[name]))


def span_format(name: str) -> Format:
    """Format the interval of a quantity in minutes.

    Parameters
    ----------
    name : str
        The quantity, without `_lower` and `_upper`.

    Returns
    -------
    Format
        The format.
    """
    return lambda row: (
        f"{human_time(float(row[f'{name}_lower']))}\u00a0to\u00a0{human_time(float(row[f'{name}_upper']))}"
    )


def horizons_table(values: pd.DataFrame, agent_column: str, prob: float) -> Table:
    """Format the table of `Horizon.horizons`.

    Parameters
    ----------
    values : DataFrame
        The table.
    agent_column : str
        Name of its column of agents.
    prob : float
        Probability of the intervals.

    Returns
    -------
    Table
        One row per agent and level.
    """
    columns: dict[str, Format] = {
        agent_column: text(agent_column),
        "success": lambda row: percent(float(row["level"])),
        "horizon": minutes_format("minutes_median"),
        f"{percent(prob)} interval": span_format("minutes"),
        "note": text("note"),
    }
    return table_of("horizons", values, "Human time of tasks at which agents succeed at these levels", columns)


def trend_table(trend: HorizonTrend | None, days: Sequence[str], prob: float) -> Table:
    """Format forecasts of the trend.

    Parameters
    ----------
    trend : HorizonTrend or None
        The trend; None where there are too few release dates.
    days : sequence of str
        The dates.
    prob : float
        Probability of the intervals.

    Returns
    -------
    Table
        One row per date; empty without a trend.
    """
    values = pd.DataFrame() if trend is None else trend.forecast(list(days), prob)
    columns: dict[str, Format] = {
        "date": text("date"),
        "trend": minutes_format("trend_median"),
        f"{percent(prob)} interval": span_format("trend"),
        f"agent released then, {percent(prob)}": span_format("agent"),
    }
    level = "" if trend is None else f" at {percent(trend.level)} success"
    return table_of("forecast", values, f"Forecast of horizons{level}", columns)


def reached_table(trend: HorizonTrend | None, days: Sequence[str], minutes: float | Sequence[float]) -> Table:
    """Format the probabilities that horizons are reached.

    Parameters
    ----------
    trend : HorizonTrend or None
        The trend; None where there are too few release dates.
    days : sequence of str
        The dates.
    minutes : float or sequence of float
        The horizons.

    Returns
    -------
    Table
        One row per horizon and date; empty without a trend.
    """
    values = pd.DataFrame() if trend is None else trend.reaches(minutes, list(days))
    return _reached(values)


def _reached(values: pd.DataFrame) -> Table:
    columns: dict[str, Format] = {
        "horizon": minutes_format("minutes"),
        "date": text("date"),
        "trend": lambda row: _chance(float(row["trend"])),
        "agent released then": lambda row: _chance(float(row["agent"])),
    }
    return table_of("reached", values, "Probability that a horizon is reached", columns)


def agents_table(horizon: Horizon) -> Table:
    """Format the agents of a posterior, with their counts.

    Parameters
    ----------
    horizon : Horizon
        The posterior.

    Returns
    -------
    Table
        One row per agent.
    """
    cells = horizon.cells
    released = ["" if np.isnan(day) else date_text(float(day)) for day in cells.released]
    columns: dict[str, Format] = {
        cells.agent_column: text(cells.agent_column),
        "released": text("released"),
        **{name: number(name, "d") for name in ("tasks", "attempts", "successes")},
    }
    caption = f"{count(len(cells.tasks), 'task')} in {len(cells.families)} families, from {_lengths(horizon)}"
    return table_of("agents", cells.by_agent.assign(released=released), caption, columns)


def _lengths(horizon: Horizon) -> str:
    minutes = horizon.cells.minutes
    return f"{human_time(float(minutes.min()))} to {human_time(float(minutes.max()))} of human time"


def published_tables(lineage: Mapping[str, Any]) -> list[Table]:
    """Format what a version of a maintained model records.

    Parameters
    ----------
    lineage : mapping
        The lineage of the version.

    Returns
    -------
    list of Table
        Forecasts of agents to come, horizons, doubling time and probabilities that horizons are reached; those that the
        version has.
    """
    recorded = {name: pd.DataFrame(rows) for name, rows in lineage.get("tables", {}).items() if rows}
    agent = str(lineage.get("spec", {}).get("horizon", {}).get("agent", "model"))
    out = []
    if lineage.get("forecast"):
        out.append(_targets_table(pd.DataFrame(lineage["forecast"])))
    if "horizons" in recorded:
        out.append(horizons_table(recorded["horizons"], agent, PROB))
    if "trend" in recorded:
        out.append(_doubling_table(recorded["trend"]))
    if "reached" in recorded:
        out.append(_reached(recorded["reached"]))
    return out


def _targets_table(values: pd.DataFrame) -> Table:
    columns: dict[str, Format] = {
        "target": lambda row: ", ".join(str(row[name]) for name in ("name", "run") if row[name]),
        "released": text("date"),
        "trend": minutes_format("trend_median"),
        "agent": minutes_format("agent_median"),
        f"agent, {percent(PROB)} interval": span_format("agent"),
    }
    return table_of("forecast", values, "Forecast of the horizon that will be measured of an agent", columns)


def _doubling_table(values: pd.DataFrame) -> Table:
    columns: dict[str, Format] = {
        "success": lambda row: percent(float(row["level"])),
        "agents": lambda row: f"{row['agents']:.0f}",
        "doubling time": lambda row: days_text(_number(row["doubling_days_median"])),
        f"{percent(PROB)} interval": lambda row: " to ".join(
            days_text(_number(row[f"doubling_days_{side}"])) for side in ("lower", "upper")
        ),
        "horizons grow": lambda row: percent(float(row["grows"])),
        "the rate changed": lambda row: percent(float(row["changed"])),
    }
    return table_of("trend", values, "Doubling time of horizons at the last release, and probabilities", columns)


def _chance(share: float) -> str:
    """A probability that was computed as a share of draws: none of them is less than one."""
    least = 1 / DRAWS
    return f"<{percent(least)}" if share < least else f">{percent(1 - least)}" if share > 1 - least else percent(share)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
