"""Options of the report of a command, and its files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.report.render.terminal import say

if TYPE_CHECKING:
    from bayescale.report.elements import Report

Owner = Annotated[str, typer.Option(help="Person or team that is responsible for the report.")]
RequestedBy = Annotated[str, typer.Option(help="Person or team that requested the report.")]
Date = Annotated[str, typer.Option(help="Date of the report: YYYY-MM-DD.")]
Export = Annotated[
    Path | None,
    typer.Option(help="Folder for the report's tables (CSV, LaTeX) and figures (SVG).", file_okay=False),
]


def write_report(content: "Report", path: Path | None, folder: Path | None) -> None:
    """Write a report to the files that a command names, and say so.

    Parameters
    ----------
    content : Report
        The report.
    path : Path or None
        File of the report.
    folder : Path or None
        Folder of its tables and figures.
    """
    if path is not None:
        content.save(path)
        say(f"wrote {path}")
    if folder is not None:
        say(f"wrote {len(content.export(folder))} files to {folder}")
