"""What a terminal or a pipe is shown: aligned tables, messages beside the results, and no letters that command it."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import typer

from bayescale.core.display import printable

if TYPE_CHECKING:
    from bayescale.report.tables import Table

WIDE = 240  # columns of a table that goes to a file
GAP = 3  # between columns
LONGEST = 24  # characters of a cell that stay on one line where a table is narrow
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
    """Print a table, aligned; as wide as it needs to be, up to `width`, where the output is no terminal.

    A table that is wider than the terminal is printed in parts, each with the columns that name its rows.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else width, highlight=False)
    least = narrowest(table)
    parts = columns_side_by_side(table, least, console.width) if sys.stdout.isatty() else [[*range(len(least))]]
    for number, part in enumerate(parts):
        title = None if number else Text(printable(table.caption))
        grid = Grid(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        widths = shared_out(table, part, least, console.width)
        for place, wide in zip(part, widths, strict=True):
            justify: Literal["left", "right"] = "right" if table.numeric[place] else "left"
            grid.add_column(Text(printable(table.columns[place])), justify=justify, overflow="fold", width=wide)
        for row in table.rows:
            grid.add_row(*(Text(printable(row[place])) for place in part))
        console.print(grid)


def narrowest(table: "Table") -> list[int]:
    """Characters that each column takes at least, so that no number and no word of its name is broken."""
    cells = [[row[place] for row in table.rows] for place in range(len(table.columns))]
    return [
        max([0, *map(len, name.split()), *(min(len(cell), LONGEST) for cell in column)])
        for name, column in zip(table.columns, cells, strict=True)
    ]


def columns_side_by_side(table: "Table", least: Sequence[int], width: int) -> list[list[int]]:
    """The columns of each part of a table (their places) that fit `width` side by side; `least` is from `narrowest`.

    Columns before the first of numbers name the rows and stand in every part.
    """
    taken = [GAP + one for one in least]
    n_keys = max(1, next((place for place, numeric in enumerate(table.numeric) if numeric), 1))
    keys, room = [*range(n_keys)], width - sum(taken[:n_keys])
    if sum(taken) <= width or room < width / 2:
        return [[*range(len(taken))]]
    parts, left = [[*keys]], room
    for place in range(n_keys, len(taken)):
        if taken[place] > left and len(parts[-1]) > n_keys:
            parts, left = [*parts, [*keys]], room
        parts[-1].append(place)
        left -= taken[place]
    return parts


def shared_out(table: "Table", part: Sequence[int], least: Sequence[int], width: int) -> list[int | None]:
    """Width of each column of a part: what it takes at least, and what is left to those that need more, from the last.

    None leaves it to the renderer, where the columns do not fit.
    """
    left = width - sum(GAP + least[place] for place in part)
    if left < 0:
        return [None] * len(part)
    widths: dict[int, int | None] = {}
    for place in reversed(part):
        needed = max([len(table.columns[place]), *(len(row[place]) for row in table.rows)])
        more = min(needed - least[place], left)
        widths[place], left = least[place] + more, left - more
    return [widths[place] for place in part]
