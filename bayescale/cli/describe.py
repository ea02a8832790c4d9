"""`describe`: what a table probably is, before anything is fitted."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson, Rename, Units
from bayescale.cli.parsing import pairs
from bayescale.core.display import printable
from bayescale.report.render.terminal import dump, print_notes, show

if TYPE_CHECKING:
    from bayescale.description.result import Description

LINE = 80  # characters of a line


@app.command()
def describe(
    table: Annotated[str, typer.Argument(help="Runs or attempts: a file, a pattern, an address, or example:pile.")],
    rename: Rename = None,
    response: Annotated[str | None, typer.Option(help="The measured column. Default: a loss, else another.")] = None,
    units: Units = None,
    as_json: AsJson = False,
) -> None:
    """Describe a table: its columns, its design, the laws that fit, what is missing, and a command to paste."""
    from bayescale.description.describe import describe as description_of
    from bayescale.report.tables import frame_table

    described = description_of(
        table, rename=pairs(rename, "--rename"), response=response, units=pairs(units, "--units")
    )
    if as_json:
        typer.echo(dump(document(described)))
        return
    for line in wrapped(described):
        typer.echo(printable(line))
    show(frame_table("columns", described.columns, "Columns"), width=LINE)
    print_notes(described.notes)


def wrapped(described: "Description") -> list[str]:
    """Return the answer of a description as lines of at most 80 characters; commands stay whole.

    Parameters
    ----------
    described : Description
        The description.

    Returns
    -------
    list of str
        The lines.
    """
    import textwrap

    lines: list[str] = []
    for sentence in described.answer:
        is_code = sentence in (f"Command: {described.command}", f"Python: {described.python}")
        lines += [sentence] if is_code else textwrap.wrap(sentence, LINE, subsequent_indent="  ")
    return lines


def document(described: "Description") -> dict[str, Any]:
    """Return a description as plain data.

    Parameters
    ----------
    described : Description
        The description.

    Returns
    -------
    dict of str to Any
        Its fields.
    """
    return {
        **{name: getattr(described, name) for name in ("kind", "source", "rows", "form")},
        "columns": described.columns.to_dict("records"),
        "laws": list(described.laws),
        "nearly": {law: list(names) for law, names in described.nearly.items()},
        **{name: list(map(str, getattr(described, name))) for name in ("missing", "problems", "notes")},
        "command": described.command,
        "python": described.python,
    }
