"""Files that are still being written or damaged: a last row without its line break may be half a number."""

from bayescale.errors import InputError, SourceError

_LINE_BREAKS = (b"\n", b"\r")
_SHOWN = 60


class UnusablePart(InputError):
    """A part of a source that cannot be used as it is; the other parts can be used."""


class StillWritten(UnusablePart):
    """A part of a source that has not been written to its end."""


class Damaged(UnusablePart, SourceError):
    """A part of a source whose checksum does not match; another copy may be whole."""


def ends_in_line(data: bytes) -> bool:
    """Whether a text file ends with a line break."""
    return not data or data.endswith(_LINE_BREAKS)


def without_last_row(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """A text file without a last row that no line break follows, and a note of what was left out.

    The row may hold half a number: "2.5388" cut to "2" cannot be told from a value. A line break inside quotes, where
    an odd number of quotes stands before it, ends no row.
    """
    if ends_in_line(data):
        return data, ()
    end = len(data)
    while end > 0:
        end = max(data.rfind(mark, 0, end) for mark in _LINE_BREAKS)
        if end < 0 or data.count(b'"', 0, end) % 2 == 0:
            break
    kept = data[: max(end, -1) + 1]
    row = data[len(kept) :].decode("utf-8", "replace").strip()
    shown = row if len(row) <= _SHOWN else f"{row[:_SHOWN]}..."
    return kept, (
        f"{name}: the last row is left out until a line break follows it, since it may be half written ({shown!r}); "
        "complete_file = true in [data] takes the file as complete.",
    )
