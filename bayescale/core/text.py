"""Lists of rows and values in messages: short lists whole, long lists cut, with the number left out."""

from collections.abc import Iterable, Sequence

SHOWN = 8  # entries of a list


def listing(items: Sequence[object], *, separator: str = ", ") -> str:
    """Join the first eight items and state how many more there are, as in "3, 4 and 12 more".

    Parameters
    ----------
    items : sequence
        The items, written by `str`.
    separator : str, default ", "
        The text between items.

    Returns
    -------
    str
        The joined text.
    """
    joined = separator.join(map(str, items[:SHOWN]))
    n_more = len(items) - SHOWN
    return f"{joined} and {n_more} more" if n_more > 0 else joined


def in_rows(rows: Sequence[int]) -> str:
    """Write row numbers as "row 3" or "rows 3, 4, 9 and 12 more".

    Parameters
    ----------
    rows : sequence of int
        1-based numbers of data rows.

    Returns
    -------
    str
        The text.
    """
    return f"row{'' if len(rows) == 1 else 's'} {listing(rows)}"


def values_in_rows(values: Iterable[object], rows: Iterable[int]) -> str:
    """Write values with their rows as "'7B' (row 3), -1.0 (row 9)", cut as `listing` cuts.

    Parameters
    ----------
    values : iterable
        The values.
    rows : iterable of int
        1-based number of the data row of each value.

    Returns
    -------
    str
        The text.
    """
    pairs = list(zip(values, rows, strict=True))
    first = [f"{_short(value)} (row {row})" for value, row in pairs[:SHOWN]]
    return listing([*first, *pairs[SHOWN:]])


def _short(value: object) -> str:
    text = f"{value:.8g}" if isinstance(value, float) and len(repr(value)) > 10 else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def count(number: int, noun: str) -> str:
    """Write a number with its noun, as in "1 row" and "2 rows".

    Parameters
    ----------
    number : int
        The number.
    noun : str
        The noun in the singular.

    Returns
    -------
    str
        The text.
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def a_or_an(noun: str) -> str:
    """Put the indefinite article before a noun.

    Parameters
    ----------
    noun : str
        The noun.

    Returns
    -------
    str
        Article and noun, such as "a loss" or "an accuracy"; by the first letter.
    """
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} {noun}"


def human_time(minutes: float) -> str:
    """Write a time in seconds, minutes or hours with two or three digits, as in "12 s", "39 min" and "2.6 h".

    Parameters
    ----------
    minutes : float
        The time.

    Returns
    -------
    str
        The text; hours from 2 h on, seconds below 1 min.
    """
    unit, size = ("s", 1 / 60) if minutes < 1 else ("min", 1.0) if minutes < 120 else ("h", 60.0)
    value = minutes / size
    return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"


def short_repr(value: object) -> str:
    """Write a value for a message: its repr, shortened, also where its repr raises.

    Parameters
    ----------
    value : object
        The value.

    Returns
    -------
    str
        The text.
    """
    try:
        text = repr(value)
    except Exception:
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


LONGEST_SHOWN = 60  # characters of a value in a message
