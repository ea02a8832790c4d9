"""Write results and messages to a terminal or a pipe, without control characters."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

import typer

from bayescale.core.display import printable
from bayescale.report.render.files import require_template
from bayescale.report.render.table_layout import GAP, columns_side_by_side, narrowest, shared_out

if TYPE_CHECKING:
    from bayescale.report.elements import Report
    from bayescale.report.tables import Table

WIDE = 240  # characters of a line of a table that is written to a file
MOST_ROWS = 20  # of a table on a terminal, unless all are requested
LEAST_WIDTH = 20  # characters of a line, however narrow a terminal says that it is
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
    write(message, stream=sys.stderr)


def write(text: str, indent: str = "", stream: TextIO | None = None) -> None:
    """Print text; on a terminal in lines that fit it.

    Parameters
    ----------
    text : str
        Lines of text.
    indent : str, default ""
        What further lines of a long one start with.
    stream : file, optional
        Where to print; by default standard output.
    """
    stream = stream or sys.stdout
    width = _width(stream)
    for line in printable(text).split("\n"):
        start = line[: len(line) - len(line.lstrip())] + indent
        wrapped = textwrap.TextWrapper(
            width or WIDE, subsequent_indent=start, break_on_hyphens=False, break_long_words=False
        )  # a path or an address stays whole
        parts = wrapped.wrap(line) if width else [line]
        typer.echo("\n".join(parts), file=stream)


def print_notes(notes: Iterable[str]) -> None:
    """Print notes, one a line.

    Parameters
    ----------
    notes : iterable of str or Note
        The notes.
    """
    for note in notes:
        write(f"note: {note}", indent="  ")


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
    """Print a table with aligned columns; to a file or a pipe without lines and without padding at the end of rows.

    Parameters
    ----------
    table : Table
        The table. One that is wider than the terminal is printed in parts, each with the columns that name its rows.
    width : int, default 240
        Characters of a line at most, where the output is not a terminal and COLUMNS does not state them.
    stream : file, optional
        Where to print; by default standard output.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    stream = stream or sys.stdout
    bound = _width(stream)
    console = Console(width=bound or width, highlight=False, file=stream)
    least = narrowest(table)
    parts = columns_side_by_side(table, least, console.width) if bound else [[*range(len(least))]]
    for number, part in enumerate(parts):
        title = None if number else Text(printable(table.caption))
        lines, padding = (box.SIMPLE_HEAD, (0, 1)) if stream.isatty() else (None, (0, GAP - 1, 0, 0))
        grid = Grid(title=title, title_justify="left", box=lines, pad_edge=False, padding=padding)
        widths = shared_out(table, part, least, console.width)
        for place, wide in zip(part, widths, strict=True):
            justify: Literal["left", "right"] = "right" if table.numeric[place] else "left"
            grid.add_column(Text(printable(table.columns[place])), justify=justify, overflow="fold", width=wide)
        for row in table.rows:
            grid.add_row(*(Text(printable(row[place])) for place in part))
        if stream.isatty():
            console.print(grid)
        else:
            with console.capture() as printed:
                console.print(grid)
            stream.write("".join(f"{line.rstrip()}\n" for line in printed.get().splitlines()))


def show_rows(table: "Table", places: Sequence[int], option: str) -> None:
    """Print some rows of a table, and how many more there are.

    Parameters
    ----------
    table : Table
        The table.
    places : sequence of int
        Places of the rows to print.
    option : str
        The option that prints all.
    """
    hidden = len(table.rows) - len(places)
    if places or not hidden:
        show(replace(table, rows=tuple(table.rows[place] for place in places)))
    else:
        write(table.caption)
    if hidden:
        write(f"… {hidden} more ({option})")


def show_top(table: "Table", all_rows: bool) -> None:
    """Print a table; on a terminal its first rows, unless all are requested.

    Parameters
    ----------
    table : Table
        The table.
    all_rows : bool
        Whether all rows are requested.
    """
    most = len(table.rows) if all_rows or not sys.stdout.isatty() else MOST_ROWS
    show_rows(table, range(min(most, len(table.rows))), "--all")


def show_checks(table: "Table", all_checks: bool) -> None:
    """Print the checks that did not pass, and how many others there are; or all checks.

    Parameters
    ----------
    table : Table
        The checks, with those that passed as its folded rows.
    all_checks : bool
        Whether all are requested.
    """
    hidden = () if all_checks else table.folded
    show_rows(table, [place for place in range(len(table.rows)) if place not in hidden], "--checks")


def _width(stream: TextIO) -> int | None:
    """Characters of a line: those of the terminal, or that COLUMNS states; None without either."""
    stated = os.environ.get("COLUMNS", "")
    if stream.isatty() or (stated.isdecimal() and int(stated)):
        return max(shutil.get_terminal_size().columns, LEAST_WIDTH)
    return None


@dataclass(frozen=True)
class ReportFiles:
    """The files of a report that a command is asked for.

    Attributes
    ----------
    path : Path or None
        File of the report.
    folder : Path or None
        Folder of its tables and figures.
    template : str
        Card that is filled in place of the report; empty for none.
    """

    path: Path | None
    folder: Path | None = None
    template: str = ""

    def __post_init__(self) -> None:
        if self.template:
            require_template(self.template, self.path)

    @property
    def requested(self) -> bool:
        """Whether any file is requested."""
        return self.path is not None or self.folder is not None


def write_report(content: "Report", files: ReportFiles) -> None:
    """Write a report to the files that a command names, and say so.

    Parameters
    ----------
    content : Report
        The report.
    files : ReportFiles
        The files.
    """
    if files.path is not None:
        content.save(files.path, template=files.template)
        say(f"wrote {files.path}")
    if files.folder is not None:
        say(f"wrote {len(content.export(files.folder))} files to {files.folder}")
