"""Files that are still being written or damaged: a last row without its line break may hold half a number."""

from bayescale.core.notes import Note
from bayescale.data.io import may_be_cut_note
from bayescale.errors import InputError, SourceError

_LINE_BREAKS = (b"\n", b"\r")
_LONGEST_ROW = 60  # characters of a row in a note


class UnusablePart(InputError):
    """A part of a source that cannot be used as it is; the other parts can be used."""


class StillWritten(UnusablePart):
    """A part of a source that is not written to its end."""


class Damaged(UnusablePart, SourceError):
    """A part of a source whose checksum does not match; another copy may be whole."""


def complete_rows(data: bytes, name: str, *, complete_file: bool) -> tuple[bytes, tuple[Note, ...]]:
    """Return the rows of a text file that are used.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Name of the file.
    complete_file : bool
        Whether a last row is used although no line break follows it.

    Returns
    -------
    rows : bytes
        The file up to the last row that is used.
    notes : tuple of Note
        A note where no line break follows the last row.
    """
    if ends_in_line(data):
        return data, ()
    return (data, (may_be_cut_note(name),)) if complete_file else without_last_row(data, name)


def ends_in_line(data: bytes) -> bool:
    """Return whether a text file ends with a line break.

    Parameters
    ----------
    data : bytes
        The file, or its last byte.

    Returns
    -------
    bool
        True for an empty file too.
    """
    return not data or data.endswith(_LINE_BREAKS)


def without_last_row(data: bytes, name: str) -> tuple[bytes, tuple[Note, ...]]:
    """Leave out a last row that no line break follows.

    The row may hold half a number: "2.5388" cut to "2" looks like a value. A line break inside quotes, with an odd
    number of quotes before it, does not end a row.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Name of the file.

    Returns
    -------
    rows : bytes
        The file without that row.
    notes : tuple of Note
        The note `last_row_left_out`, or none.
    """
    if ends_in_line(data):
        return data, ()
    end = len(data)
    while end > 0:
        end = max(data.rfind(mark, 0, end) for mark in _LINE_BREAKS)
        if end < 0 or data.count(b'"', 0, end) % 2 == 0:
            break
    rows = data[: max(end, -1) + 1]
    last_row = data[len(rows) :].decode("utf-8", "replace").strip()
    quoted = last_row if len(last_row) <= _LONGEST_ROW else f"{last_row[:_LONGEST_ROW]}..."
    message = (
        f"{name}: the last row is left out until a line break follows it, since it may be half written ({quoted!r}); "
        "complete_file = true in [data] reads the file as complete."
    )
    return rows, (Note("last_row_left_out", message, (name, repr(quoted)[1:-1])),)
