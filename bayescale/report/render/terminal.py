"""Write results and messages to a terminal or a pipe, without control characters."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

import typer

from bayescale.core.display import printable

if TYPE_CHECKING:
    from bayescale.report.tables import Table

WIDE = 240  # characters of a line of a table that is written to a file
GAP = 3  # between columns
LONGEST = 24  # characters of a cell that stay on one line in a narrow table
NARROW = 100  # characters of a line of a list


def dump(value: object) -> str:
    """Write a value as one JSON document without control characters.

    Parameters
    ----------
    value : object
        Plain data.

    Returns
    -------
    str
        JSON; characters that a terminal could obey are escaped.
    """
    written = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in written)


def say(message: str) -> None:
    """Print a message to standard error, so that standard output holds results only.

    Parameters
    ----------
    message : str
        The message.
    """
    typer.echo(printable(message), err=True)


def print_notes(notes: Iterable[str]) -> None:
    """Print notes, one a line.

    Parameters
    ----------
    notes : iterable of str or Note
        The notes.
    """
    for note in notes:
        typer.echo(f"note: {printable(note)}")


@contextmanager
def working(message: str) -> Iterator[None]:
    """Print a message while something takes time; on a terminal with a sign of activity.

    Parameters
    ----------
    message : str
        What is being computed.

    Yields
    ------
    None
        While the message is shown.
    """
    if not sys.stderr.isatty():
        say(message)
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(printable(message))):
        yield


def show(table: "Table", width: int = WIDE, stream: TextIO | None = None) -> None:
    """Print a table with aligned columns.

    Parameters
    ----------
    table : Table
        The table. One that is wider than the terminal is printed in parts, each with the columns that name its rows.
    width : int, default 240
        Characters of a line at most, where the output is not a terminal.
    stream : file, optional
        Where to print; by default standard output.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    stream = stream or sys.stdout
    console = Console(width=None if stream.isatty() else width, highlight=False, file=stream)
    least = narrowest(table)
    parts = columns_side_by_side(table, least, console.width) if stream.isatty() else [[*range(len(least))]]
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
    """Return the least width of each column at which no number and no word of a heading is broken.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    list of int
        Characters by column.
    """
    cells = [[row[place] for row in table.rows] for place in range(len(table.columns))]
    return [
        max([0, *map(len, name.split()), *(min(len(cell), LONGEST) for cell in column)])
        for name, column in zip(table.columns, cells, strict=True)
    ]


def columns_side_by_side(table: "Table", least: Sequence[int], width: int) -> list[list[int]]:
    """Divide the columns of a table into parts that fit a width.

    Parameters
    ----------
    table : Table
        The table. The columns that name its rows are in every part.
    least : sequence of int
        The widths of `narrowest`.
    width : int
        Characters of a line.

    Returns
    -------
    list of list of int
        Places of the columns of each part.
    """
    taken = [GAP + characters for characters in least]
    n_keys = _key_columns(table, taken, width)
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


def _key_columns(table: "Table", taken: Sequence[int], width: int) -> int:
    """Count of leading columns that name the rows: those before the first number, and more until no two rows agree.

    More columns are taken only where they tell the rows apart and fill at most half of the width.
    """
    before_numbers = max(1, next((place for place, numeric in enumerate(table.numeric) if numeric), 1))
    for count in range(before_numbers, len(taken)):
        if count > before_numbers and sum(taken[:count]) > width / 2:
            break
        if len({tuple(row[:count]) for row in table.rows}) == len(table.rows):
            return count
    return before_numbers


def shared_out(table: "Table", part: Sequence[int], least: Sequence[int], width: int) -> list[int | None]:
    """Return the width of each column of a part. Columns that need more share the rest, last first.

    Parameters
    ----------
    table : Table
        The table.
    part : sequence of int
        Places of the columns.
    least : sequence of int
        The widths of `narrowest`.
    width : int
        Characters of a line.

    Returns
    -------
    list of int or None
        Characters by column; None leaves the width to the renderer, because the columns do not fit.
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
