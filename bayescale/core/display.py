"""Representations of values: text at a prompt, HTML in a notebook. Text from data is escaped."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 60  # of a table in a notebook
FEW_ROWS = 20  # of one at a prompt
WIDE = 120  # columns of a prompt

#: Classes by which notebooks leave `$` in text from data alone, with MathJax 2 and 3.
_NO_MATHEMATICS = "tex2jax_ignore mathjax_ignore"


@dataclass(frozen=True)
class Page:
    """The content of a representation.

    Attributes
    ----------
    title : str
        First line.
    table : pandas.DataFrame, optional
        A table.
    notes : tuple of str
        Notes below the table.
    latex : str
        A formula above the table.
    """

    title: str
    table: "pd.DataFrame | None" = None
    notes: tuple[str, ...] = ()
    latex: str = ""

    @property
    def html(self) -> str:
        """HTML in the colours of the notebook; all text is escaped."""
        table = "" if self.table is None else self.table.to_html(**_table_options(MOST_ROWS), escape=True, border=0)
        notes = "".join(f"<li>{escape(printable(note))}</li>" for note in self.notes)
        words = f"<p>{escape(printable(self.title))}</p>"
        formula = f"<div>$${escape(self.latex)}$$</div>" if self.latex else ""
        plain = f'<div class="{_NO_MATHEMATICS}">'
        return f"{plain}{words}</div>{formula}{plain}{printable(table)}{f'<ul>{notes}</ul>' if notes else ''}</div>"

    @property
    def text(self) -> str:
        """Plain text."""
        table = [] if self.table is None else [_text(self.table)]
        latex = [self.latex] if self.latex else []
        return printable("\n".join([self.title, *latex, *table, *(f"note: {note}" for note in self.notes)]))


class Shown(ABC):
    """Base of values whose text and HTML representations come from `_page`."""

    @property
    @abstractmethod
    def _page(self) -> Page: ...

    def __repr__(self) -> str:
        return self._page.text

    def _repr_html_(self) -> str:
        return self._page.html


def printable(words: str) -> str:
    """Replace control characters, which could command a terminal, and marks that reorder a line.

    Parameters
    ----------
    words : str
        Text that may come from data.

    Returns
    -------
    str
        The text with U+FFFD for each such character.
    """
    return "".join(letter if letter.isprintable() or letter in "\n\u00a0" else "\ufffd" for letter in words)


def _text(table: "pd.DataFrame") -> str:
    """A table as text. A single row that is wider than 120 characters becomes one line per column."""
    lines = table.to_string(**_table_options(FEW_ROWS)).splitlines()
    if len(table) != 1 or max(map(len, lines)) <= WIDE:
        return str(table.to_string(**_table_options(FEW_ROWS), line_width=WIDE))
    names = [str(name) for name in table]
    cells = [table.iloc[:, [place]].to_string(**_table_options(1), header=False).strip() for place in range(len(names))]
    wide = max(map(len, names))
    return "\n".join(f"{name:<{wide}}  {cell}".rstrip() for name, cell in zip(names, cells, strict=True))


def _table_options(rows: int) -> dict[str, Any]:
    return {"index": False, "float_format": "{:.4g}".format, "na_rep": "", "max_rows": rows}
