"""Write the tables and figures of a report as files for papers: CSV, LaTeX and SVG."""

import re
from pathlib import Path

import pandas as pd

from bayescale.core.display import printable
from bayescale.errors import InputError
from bayescale.report.elements import Drawing, Report
from bayescale.report.render.files import write_text
from bayescale.report.tables import Table, as_csv

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": r"$-$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "∞": r"$\infty$",
    "\u00a0": "~",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}
_SPECIAL = re.compile("|".join(map(re.escape, _LATEX)))


def export(content: Report, folder: Path) -> list[Path]:
    """Write every table as CSV and LaTeX and every figure as SVG.

    Parameters
    ----------
    content : Report
        The report.
    folder : Path
        Folder of the files; it is made. Existing files of the same names are replaced.

    Returns
    -------
    list of Path
        The files: tables/NAME.csv with the values of all rows, tables/NAME.tex with the text of the rows shown, and
        figures/NAME.svg.

    Raises
    ------
    InputError
        A folder or file cannot be written.
    """
    tables, figures = folder / "tables", folder / "figures"
    for place in (tables, figures):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{place} cannot be made: {error.strerror or error}") from error
    written = []
    for part in (part for section in content.nonempty_sections for part in section.parts):
        if isinstance(part, Table):
            written += [tables / f"{part.name}.csv", tables / f"{part.name}.tex"]
            write_text(as_csv(pd.DataFrame(list(part.records))), written[-2])
            write_text(latex_table(part), written[-1])
        elif isinstance(part, Drawing):
            written.append(figures / f"{part.name}.svg")
            write_text(part.document, written[-1])
    return written


def latex_table(table: Table) -> str:
    r"""Write a table in LaTeX, with the rules of the package booktabs.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    str
        A `table` environment with caption and label, for `\input`.
    """
    alignment = "".join("r" if numeric else "l" for numeric in table.numeric)
    lines = [
        r"\begin{table}",
        rf"\caption{{{escaped(table.caption)}}}",
        rf"\label{{tab:{re.sub('[^A-Za-z0-9]+', '-', table.name)}}}",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        _line(table.columns),
        r"\midrule",
        *map(_line, table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Escape a text so that LaTeX prints it as it is, on one line.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    str
        LaTeX without markup.
    """
    return _SPECIAL.sub(lambda match: _LATEX[match.group()], " ".join(printable(text).split(" ")).replace("\n", " "))


def _line(cells: tuple[str, ...]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"
