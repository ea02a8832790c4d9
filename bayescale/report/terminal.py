"""What a terminal or a pipe is shown: aligned tables, messages beside the results, and no letters that command it."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from bayescale.shown import printable

if TYPE_CHECKING:
    from bayescale.report.tables import Table

WIDE = 240  # columns of a table that goes to a file
NARROW = 100  # of one that is read line by line


def dump(value: object) -> str:
    """One JSON document; control characters, which could command the terminal, are escaped as JSON allows."""
    written = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in written)


def say(message: str) -> None:
    """Tell the person in front of the terminal; standard output stays free for results."""
    typer.echo(printable(message), err=True)


def notes(found: Sequence[str]) -> None:
    """Print what the data and the fit have to say."""
    for note in found:
        typer.echo(f"note: {printable(note)}")


@contextmanager
def working(message: str) -> Iterator[None]:
    """Say what takes time; on a terminal with a sign that it goes on."""
    if not sys.stderr.isatty():
        say(message)
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(printable(message))):
        yield


def show(table: "Table", width: int = WIDE) -> None:
    """Print a table, aligned; as wide as it needs to be, up to `width`, where the output is no terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(title=Text(printable(table.caption)), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, numeric in zip(table.columns, table.numeric, strict=True):
        grid.add_column(Text(printable(name)), justify="right" if numeric else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text(printable(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else width, highlight=False).print(grid)
