"""How lists of rows and values are shown in messages: short ones whole, long ones cut with a count."""

from collections.abc import Iterable, Sequence

SHOWN = 8


def listing(items: Sequence[object], *, separator: str = ", ") -> str:
    """The first eight items, and how many more there are: "3, 4 and 12 more" style."""
    shown = separator.join(map(str, items[:SHOWN]))
    rest = len(items) - SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def in_rows(rows: Sequence[int]) -> str:
    """ "row 3" or "rows 3, 4, 9 and 12 more"."""
    return f"row{'' if len(rows) == 1 else 's'} {listing(rows)}"


def values_in_rows(values: Iterable[object], rows: Iterable[int]) -> str:
    """ "'7B' (row 3), -1.0 (row 9)", cut as `listing` cuts."""
    pairs = list(zip(values, rows, strict=True))
    shown = [f"{_short(value)} (row {row})" for value, row in pairs[:SHOWN]]
    return listing([*shown, *pairs[SHOWN:]])


def _short(value: object) -> str:
    text = f"{value:.8g}" if isinstance(value, float) and len(repr(value)) > 10 else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def count(number: int, noun: str) -> str:
    """ "1 row", "2 rows"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
