"""Tables of a report: the values as they are (for JSON) beside the text that people read (for pages and terminals)."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

type Format = Callable[[Any], str]

FORMULA = tuple("=+-@\t\r")  # what a spreadsheet takes for the beginning of a formula
WORD, MOST_WORDS = re.compile(r"[A-Za-z]{2,}"), 2  # that a number may have with it


@dataclass(frozen=True)
class Table:
    """A table ready to be shown: `rows` is text, `records` the values behind it, `numeric` columns align right; a page
    folds away the rows at the places `folded`."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    records: tuple[Mapping[str, object], ...]
    folded: tuple[int, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.records


def table_of(
    name: str, values: pd.DataFrame, caption: str, columns: Mapping[str, Format], most: int | None = None
) -> Table:
    """The table of `values` that shows `columns` (heading: text of a row), cut after `most` rows with a word about it.

    Each format gets a row as a mapping from the columns of `values`.
    """
    records = records_of(values)
    shown = records[:most]
    rows = tuple(tuple(form(row) for form in columns.values()) for row in shown)
    # the first column names its row, whatever it looks like
    numeric = tuple(i > 0 and all(_looks_numeric(row[i]) for row in rows) for i in range(len(columns)))
    cut = f" (the first {len(shown)} of {len(records)} rows)" if len(shown) < len(records) else ""
    return Table(name, caption + cut, tuple(columns), rows, numeric, records)


def frame_table(name: str, values: pd.DataFrame, caption: str, most: int | None = None) -> Table:
    """The table of `values` with every column that says anything: numbers in four digits, the rest as text."""
    said = [str(one) for one in values if not (values[one].isna() | (values[one].astype(object) == "")).all()]
    form: dict[str, Callable[[str], Format]] = {
        "f": number,
        "i": lambda one: number(one, "d"),
        "u": lambda one: number(one, "d"),
    }
    columns = {one: form.get(values[one].dtype.kind, text)(one) for one in said}
    return table_of(name, values, caption, columns, most)


def as_csv(values: pd.DataFrame) -> str:
    """Rows as CSV text in which no cell is taken for a formula by a spreadsheet."""
    texts = values.select_dtypes(exclude="number").columns
    inert = {name: values[name].map(lambda one: f"'{one}" if str(one)[:1] in FORMULA else one) for name in texts}
    return values.assign(**inert).to_csv(index=False)


def records_of(values: pd.DataFrame) -> tuple[Mapping[str, Any], ...]:
    """Rows as mappings of plain values."""
    rows = values.to_dict("records")
    return tuple({str(key): plain_value(value) for key, value in row.items()} for row in rows)


def plain_value(value: object) -> object:
    """A value as JSON can carry it: numbers that are not finite become None, NumPy scalars Python ones."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return None if value is pd.NA else str(value)


def text(name: str) -> Format:
    """The column as text, blank where there is none."""
    return lambda row: "" if row.get(name) is None else str(row[name])


def number(name: str, form: str = "", unit: str = "") -> Format:
    """The column as a number, by default with four significant digits."""
    return lambda row: "" if row.get(name) is None else f"{row[name]:{form}}{unit}" if form else digits(row[name])


def digits(value: float) -> str:
    """Four significant digits, zeros at the end kept: 1.61 → "1.610"."""
    return f"{value:#.4g}".rstrip(".")


def interval(name: str) -> Format:
    """`name`_lower to `name`_upper."""
    return lambda row: spanned(row[f"{name}_lower"], row[f"{name}_upper"])


def spanned(lower: float | None, upper: float | None) -> str:
    """ "1.610 to 1.700", on one line. An end that is not finite is None in a record, and has no bound."""
    ends = [
        unbounded if end is None or not math.isfinite(end) else digits(end)
        for end, unbounded in ((lower, "−∞"), (upper, "∞"))
    ]
    return "\u00a0to\u00a0".join(ends)


def percent(value: float) -> str:
    """A share as people say it: .034 → "3.4 %", .997 → "99.7 %"; what is not quite 0 or 1 does not read like it."""
    value = min(max(value, 0.0), 1.0) + 0.0  # rounding may have left it, or made it -0
    value = float(f"{value:.2g}") if value < 0.1 else value
    rest = min(value, 1 - value)
    if 0 < rest < 1e-6:
        return "<0.0001\u00a0%" if value < 0.5 else ">99.9999\u00a0%"
    decimals = max(0, -math.floor(math.log10(rest)) - 2) if rest else 0
    shown = f"{100 * value:.{decimals + (0 < value < 0.1)}f}"
    return f"{shown.rstrip('0').rstrip('.') if decimals and value > 0.5 else shown}\u00a0%"


def share(name: str) -> Format:
    """The column as a percentage."""
    return lambda row: "" if row.get(name) is None else percent(row[name])


def shares(name: str) -> Format:
    """`name`_lower to `name`_upper, as percentages."""
    return lambda row: percents(row[f"{name}_lower"], row[f"{name}_upper"])


def percents(lower: float, upper: float) -> str:
    """ "3.4 % to 12 %", on one line."""
    return f"{percent(lower)}\u00a0to\u00a0{percent(upper)}"


def answer(name: str, yes: str, no: str, unknown: str = "") -> Format:
    """A truth value in words."""
    return lambda row: unknown if row.get(name) is None else yes if row[name] else no


def _looks_numeric(shown: str) -> bool:
    """Whether it is a number, with a unit or up to another one, and no sentence that begins with one."""
    return shown == "" or (shown[0] in "0123456789+-−<>≤×∞" and len(WORD.findall(shown)) <= MOST_WORDS)
