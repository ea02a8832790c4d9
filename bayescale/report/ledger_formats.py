"""Formats of a log of forecasts: numbers, and times where a forecast is of a time horizon."""

from collections.abc import Mapping
from typing import Any

from bayescale.core.text import human_time
from bayescale.maintenance.forecast_scores import horizon_level
from bayescale.report.formats import Format, number, spanned


def measured(name: str) -> Format:
    """Format a column of values of the response.

    Parameters
    ----------
    name : str
        The column.

    Returns
    -------
    Format
        A time where the row is of a time horizon, else a number.
    """
    as_number = number(name)
    return lambda row: as_number(row) if horizon_level(row["response"]) is None else human_time(float(row[name]))


def interval(row: Mapping[str, Any]) -> str:
    """Write the interval of a forecast.

    Parameters
    ----------
    row : mapping
        A row of the log.

    Returns
    -------
    str
        Such as "2.1 to 2.3" or "20 min to 1.7 h".
    """
    if horizon_level(row["response"]) is None:
        return spanned(row["run_lower"], row["run_upper"])
    return f"{human_time(float(row['run_lower']))} to {human_time(float(row['run_upper']))}"
