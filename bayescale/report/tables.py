"""Tables of a report: the values (for JSON) and the text of each cell (for pages and terminals)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayescale.report.formats import Format, number, text

FORMULA = tuple("=+-@\t\r")  # a spreadsheet reads a cell that begins with one of these as a formula
WORD, MOST_WORDS = re.compile(r"[A-Za-z]{2,}"), 2  # in a cell that is a number with a unit


@dataclass(frozen=True)
class Table:
    """A table of a report.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    caption : str
        The caption.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of str
        Text of each cell.
    numeric : tuple of bool
        Whether each column is aligned to the right.
    records : tuple of mapping
        The values of all rows, also of those that are not in `rows`.
    folded : tuple of int, default ()
        Places of rows that a page folds away.
    links : tuple of str, default ()
        Where the first cell of each row leads, on a page of a site; none elsewhere.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    records: tuple[Mapping[str, object], ...]
    folded: tuple[int, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.records


def table_of(
    name: str, values: pd.DataFrame, caption: str, columns: Mapping[str, Format], most: int | None = None
) -> Table:
    """Format a table.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    values : pandas.DataFrame
        The values.
    caption : str
        The caption. Where rows are cut, it also says how many are shown.
    columns : mapping of str to Format
        By heading, a function from a row (a mapping by column of `values`) to the text of its cell.
    most : int, optional
        Number of rows to show at most. The records hold all rows.

    Returns
    -------
    Table
        The table.
    """
    records = records_of(values)
    visible = records[:most]
    rows = tuple(tuple(form(row) for form in columns.values()) for row in visible)
    # the first column names its row and stays aligned to the left
    numeric = tuple(i > 0 and all(_looks_numeric(row[i]) for row in rows) for i in range(len(columns)))
    cut = f" (the first {len(visible)} of {len(records)} rows)" if len(visible) < len(records) else ""
    return Table(name, caption + cut, tuple(columns), rows, numeric, records)


def frame_table(name: str, values: pd.DataFrame, caption: str, most: int | None = None) -> Table:
    """Format a table with all columns that are not blank: numbers with four digits, the rest as text.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    values : pandas.DataFrame
        The values.
    caption : str
        The caption.
    most : int, optional
        Number of rows to show at most.

    Returns
    -------
    Table
        The table.
    """
    filled = [str(name) for name in values if not (values[name].isna() | (values[name].astype(object) == "")).all()]
    form: dict[str, Callable[[str], Format]] = {
        "f": number,
        "i": lambda name: number(name, "d"),
        "u": lambda name: number(name, "d"),
    }
    columns = {name: form.get(values[name].dtype.kind, text)(name) for name in filled}
    return table_of(name, values, caption, columns, most)


def as_csv(values: pd.DataFrame) -> str:
    """Write rows as CSV text. A spreadsheet reads no cell of it as a formula.

    Parameters
    ----------
    values : pandas.DataFrame
        The rows.

    Returns
    -------
    str
        CSV with a header. An apostrophe precedes a text that could be a formula.
    """
    texts = values.select_dtypes(exclude="number").columns
    inert = {name: values[name].map(lambda cell: f"'{cell}" if str(cell)[:1] in FORMULA else cell) for name in texts}
    return values.assign(**inert).to_csv(index=False)


def records_of(values: pd.DataFrame) -> tuple[Mapping[str, Any], ...]:
    """Convert rows to mappings of plain values.

    Parameters
    ----------
    values : pandas.DataFrame
        The rows.

    Returns
    -------
    tuple of mapping
        One mapping per row, from column to value.
    """
    rows = values.to_dict("records")
    return tuple({str(key): plain_value(value) for key, value in row.items()} for row in rows)


def plain_value(value: object) -> object:
    """Convert a value to one that JSON can hold.

    Parameters
    ----------
    value : object
        The value.

    Returns
    -------
    object
        None for a number that is not finite, a Python scalar for a NumPy one, text for any other object.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return None if value is pd.NA else str(value)


def _looks_numeric(cell: str) -> bool:
    """Whether a cell is a number, with a unit or up to another one, and not a sentence that begins with a number."""
    return cell == "" or (cell[0] in "0123456789+-−<>≤×∞" and len(WORD.findall(cell)) <= MOST_WORDS)
