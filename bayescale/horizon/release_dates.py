"""Release dates of agents: as days since 1970-01-01, from a column or a mapping; and dates of forecasts."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.text import listing, short_repr
from bayescale.errors import InputError, closest

type Array = NDArray[np.float64]

DAYS_PER_YEAR = 365.25
_EARLIEST, _LATEST = 1950, 2200
_EPOCH = datetime.date(1970, 1, 1)
_ALLOWED = "a date such as '2025-03-18'"


def day_of(value: object) -> float:
    """Return a date as days since 1970-01-01.

    Parameters
    ----------
    value : str, datetime.date or pandas.Timestamp
        An ISO date ("2025-03-18"), or a date.

    Returns
    -------
    float
        The days.

    Raises
    ------
    ValueError
        It is no date, or its year is not from 1950 to 2200.
    """
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.strip())
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if not isinstance(value, datetime.date) or pd.isna(value):
        raise ValueError(_ALLOWED)
    if not _EARLIEST <= value.year <= _LATEST:
        raise ValueError(_ALLOWED)
    return float(value.toordinal() - _EPOCH.toordinal())


def date_text(day: float) -> str:
    """Return days since 1970-01-01 as an ISO date.

    Parameters
    ----------
    day : float
        The days.

    Returns
    -------
    str
        Such as "2025-03-18".
    """
    return (_EPOCH + datetime.timedelta(days=round(day))).isoformat()


def read_dates(name: str, dates: object) -> Array:
    """Return the dates of an argument as days since 1970-01-01.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    dates : date or sequence of dates
        One date or several.

    Returns
    -------
    ndarray, shape (n_dates,)
        The days.

    Raises
    ------
    InputError
        A value is no date.
    """
    values: Sequence[Any] = [dates] if isinstance(dates, str | datetime.date) else list(_entries(name, dates))
    days, problems = [], []
    for value in values:
        try:
            days.append(day_of(value))
        except (ValueError, TypeError):
            problems.append(short_repr(value))
    if problems or not days:
        raise InputError(f"{name}: {listing(problems) or 'no date'} must be {_ALLOWED}, or a list of these")
    return np.array(days)


def _entries(name: str, dates: object) -> Any:
    try:
        return iter(dates)  # type: ignore[call-overload]
    except TypeError:
        raise InputError(f"{name}={short_repr(dates)} must be {_ALLOWED}, or a list of these") from None


def dates_of_agents(
    table: pd.DataFrame, agent: str, release_dates: Mapping[str, object] | None
) -> tuple[dict[str, float], list[str]]:
    """Return the release date of each agent that has one.

    Parameters
    ----------
    table : DataFrame
        The trials, with an optional column `release_date`.
    agent : str
        Name of the column of agents.
    release_dates : mapping of str to object, optional
        Dates by agent, in place of the column.

    Returns
    -------
    days : dict of str to float
        Days since 1970-01-01 by agent.
    problems : list of str
        Messages on dates that cannot be used.
    """
    names = [*dict.fromkeys(table[agent])]
    problems: list[str] = []
    if release_dates is not None:
        pairs = list(release_dates.items())
        unknown = [name for name, _ in pairs if name not in names]
        problems += [f"release_dates: no agent is named {name!r}.{closest(name, names)}" for name in unknown[:8]]
    elif "release_date" in table.columns:
        dated = table[table["release_date"] != ""]
        pairs = list(dated[[agent, "release_date"]].drop_duplicates().itertuples(index=False, name=None))
    else:
        return {}, []
    days: dict[str, float] = {}
    for name, value in pairs:
        try:
            day = day_of(value)
        except (ValueError, TypeError):
            problems.append(f"release date of {name!r}: {short_repr(value)} must be {_ALLOWED}.")
            continue
        if days.setdefault(name, day) != day:
            problems.append(f"release date of {name!r}: {date_text(days[name])} and {date_text(day)}; give one.")
    return days, problems
