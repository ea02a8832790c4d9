"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table, with bars escaped and line breaks removed in cells.

    Parameters
    ----------
    header : sequence of str
        Titles of the columns.
    rows : iterable of sequence
        Cells by row.

    Returns
    -------
    str
        The table.
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
