"""The description of a table, as a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.text import listing
from bayescale.data.columns import as_numbers, as_text
from bayescale.description.meanings import Meaning


@checked
@dataclass(frozen=True, eq=False, repr=False)
class Description(Shown):
    """What a table probably is.

    Attributes
    ----------
    kind : {"runs", "trials", "unknown"}
        What it holds, as far as its columns tell.
    source : str
        Its name.
    rows : int
        Number of rows.
    form : str
        The design of runs, or the form of trials.
    columns : DataFrame of shape (n_columns, 4)
        One row per column: `column`, `read as` ("" where it has no known meaning; "?" after a guess), `unit` that is
        declared, and `values`.
    laws : tuple of str
        Laws of the catalogue for the response whose inputs are all there.
    nearly : mapping of str to tuple of str
        Other laws for the response, with the inputs that the table lacks.
    missing : tuple of str
        What is needed and not there.
    problems : tuple of str
        Why the table cannot be read as it is.
    notes : tuple of str
        What looks odd.
    command : str
        A command that forecasts from the table.
    python : str
        A call that reads it.
    """

    kind: str
    source: str
    rows: int
    form: str
    columns: pd.DataFrame = field(repr=False)
    laws: tuple[str, ...] = ()
    nearly: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    command: str = ""
    python: str = ""

    @property
    def answer(self) -> tuple[str, ...]:
        """The description in sentences, the most important first."""
        content = {"runs": "a table of runs", "trials": "attempts (trials)"}.get(self.kind, "neither runs nor trials")
        lines = [f"{self.source}: {self.rows} rows, probably {content}; {self.form}."]
        if self.laws:
            lines.append(f"Laws that fit: {listing(self.laws)}.")
        if self.nearly and not self.laws:
            lacks = [f"{law} (lacks {', '.join(names)})" for law, names in self.nearly.items()]
            lines.append(f"No law fits as it is; nearly: {listing(lacks, separator='; ')}.")
        lines += [f"Missing: {text}" for text in self.missing]
        lines += [f"Problem: {text}" for text in self.problems]
        if self.command:
            lines.append(f"Command: {self.command}")
        return (*lines, *([f"Python: {self.python}"] if self.python else []))

    @property
    def _page(self) -> Page:
        return Page("\n".join(self.answer), self.columns, self.notes)


def columns_of(table: pd.DataFrame, meanings: Sequence[Meaning], units: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns of a table with their meanings and values.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The table.
    meanings : sequence of Meaning
        One per column.
    units : mapping of str to str
        Declared units by our names.

    Returns
    -------
    DataFrame of shape (n_columns, 4)
        The field `columns` of a `Description`.
    """
    rows = [
        {
            "column": meaning.column,
            "read as": meaning.name + "?" * (not meaning.sure),
            "unit": units.get(meaning.name, meaning.unit) if meaning.name else "",
            "values": _values(table[meaning.column]),
        }
        for meaning in meanings
    ]
    return pd.DataFrame(rows, columns=["column", "read as", "unit", "values"])


def _values(column: "pd.Series[Any]") -> str:
    """The range of numbers, or the first of other values, with how many are blank."""
    numbers, wrong = as_numbers(column)
    finite = numbers[np.isfinite(numbers)]
    blank = len(column) - len(finite) if not wrong.any() else sum(not text for text in as_text(column))
    if not wrong.any() and len(finite):
        low, high = float(finite.min()), float(finite.max())
        text = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
    else:
        texts = list(dict.fromkeys(text for text in as_text(column) if text))
        first = ", ".join(text[:16] for text in texts[:2])
        text = f"{first} and {len(texts) - 2} more" if len(texts) > 2 else first
    return f"{text}; {blank} blank" if blank else text
