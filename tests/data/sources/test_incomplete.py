"""A last row without its line break is left out or noted."""

import pytest

from bayescale.data.sources.incomplete import complete_rows, ends_in_line, without_last_row


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"a,b\n1,2\n", b"a,b\n1,2\n"),
        (b"a,b\n1,2\n3,", b"a,b\n1,2\n"),
        (b'a,b\n"x\ny', b"a,b\n"),
        (b"a,b", b""),
        (b"a\r1", b"a\r"),
        (b"", b""),
    ],
)
def test_whole_rows(data: bytes, rows: bytes) -> None:
    whole, notes = without_last_row(data, "t.csv")
    assert whole == rows
    assert bool(notes) == (not ends_in_line(data))
    assert complete_rows(data, "t.csv", complete_file=True)[0] == data
    assert complete_rows(data, "t.csv", complete_file=False) == (whole, notes)


def test_the_note_quotes_the_row() -> None:
    _, (note,) = without_last_row(b"a\n2.5", "t.csv")
    assert note.code == "last_row_left_out"
    assert note.names == ("t.csv", "2.5")
    assert "('2.5')" in note
