"""The text of table cells: numbers, intervals, percentages and truth values."""

import math
from collections.abc import Callable
from typing import Any

type Format = Callable[[Any], str]


def text(name: str) -> Format:
    """Format a column as text.

    Parameters
    ----------
    name : str
        The column.

    Returns
    -------
    Format
        Text of a row; blank where the value is missing.
    """
    return lambda row: "" if row.get(name) is None else str(row[name])


def number(name: str, form: str = "", unit: str = "") -> Format:
    """Format a column as a number.

    Parameters
    ----------
    name : str
        The column.
    form : str, default ""
        Format specification of Python. Without one the number has four significant digits.
    unit : str, default ""
        Follows the number where `form` is given.

    Returns
    -------
    Format
        Text of a row; blank where the value is missing.
    """
    return lambda row: "" if row.get(name) is None else f"{row[name]:{form}}{unit}" if form else digits(row[name])


def factor(name: str) -> Format:
    """Format a column as a factor with three digits: 1.5 → "1.5×", 8743 → "8,740×".

    Parameters
    ----------
    name : str
        The column.

    Returns
    -------
    Format
        Text of a row; blank where the value is missing.
    """

    def cell(row: Any) -> str:
        if row.get(name) is None:
            return ""
        rounded = float(f"{row[name]:.3g}")
        return f"{rounded:,.0f}×" if 1000 <= rounded < 1e9 else f"{rounded:.3g}×"

    return cell


def digits(value: float) -> str:
    """Format a number with four significant digits, trailing zeros included: 1.61 → "1.610".

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    str
        The text.
    """
    return f"{value:#.4g}".rstrip(".")


def interval(name: str) -> Format:
    """Format the columns `name`_lower and `name`_upper as an interval.

    Parameters
    ----------
    name : str
        Stem of the columns.

    Returns
    -------
    Format
        Text of a row.
    """
    return lambda row: spanned(row[f"{name}_lower"], row[f"{name}_upper"])


def spanned(lower: float | None, upper: float | None) -> str:
    """Format an interval on one line: "1.610 to 1.700".

    Parameters
    ----------
    lower, upper : float or None
        The ends. None, as in a record, and values that are not finite are infinite ends.

    Returns
    -------
    str
        The text.
    """
    ends = [
        unbounded if end is None or not math.isfinite(end) else digits(end)
        for end, unbounded in ((lower, "−∞"), (upper, "∞"))
    ]
    return "\u00a0to\u00a0".join(ends)


def percent(value: float) -> str:
    """Format a share as a percentage: .034 → "3.4 %", .997 → "99.7 %".

    Parameters
    ----------
    value : float
        The share, from 0 to 1.

    Returns
    -------
    str
        Enough digits to tell a share from 0 and from 1.
    """
    value = min(max(value, 0.0), 1.0) + 0.0  # rounding may have left the range, or given -0
    value = float(f"{value:.2g}") if value < 0.1 else value
    rest = min(value, 1 - value)
    if 0 < rest < 1e-6:
        return "<0.0001\u00a0%" if value < 0.5 else ">99.9999\u00a0%"
    decimals = max(0, -math.floor(math.log10(rest)) - 2) if rest else 0
    formatted = f"{100 * value:.{decimals + (0 < value < 0.1)}f}"
    return f"{formatted.rstrip('0').rstrip('.') if decimals and value > 0.5 else formatted}\u00a0%"


def share(name: str) -> Format:
    """Format a column as a percentage.

    Parameters
    ----------
    name : str
        The column.

    Returns
    -------
    Format
        Text of a row; blank where the value is missing.
    """
    return lambda row: "" if row.get(name) is None else percent(row[name])


def shares(name: str) -> Format:
    """Format the columns `name`_lower and `name`_upper as an interval of percentages.

    Parameters
    ----------
    name : str
        Stem of the columns.

    Returns
    -------
    Format
        Text of a row.
    """
    return lambda row: percents(row[f"{name}_lower"], row[f"{name}_upper"])


def percents(lower: float, upper: float) -> str:
    """Format an interval of shares on one line: "3.4 % to 12 %".

    Parameters
    ----------
    lower, upper : float
        The ends, from 0 to 1.

    Returns
    -------
    str
        The text.
    """
    return f"{percent(lower)}\u00a0to\u00a0{percent(upper)}"


def answer(name: str, yes: str, no: str, unknown: str = "") -> Format:
    """Format a truth value.

    Parameters
    ----------
    name : str
        The column.
    yes, no : str
        Text of True and of False.
    unknown : str, default ""
        Text of a missing value.

    Returns
    -------
    Format
        Text of a row.
    """
    return lambda row: unknown if row.get(name) is None else yes if row[name] else no
