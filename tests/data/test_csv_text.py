"""Plain CSV is read by Arrow as Python's csv reads it; all else is left to the latter."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.csv_text import _parse_by_arrow

CELL = st.text(st.characters(codec="utf-8", exclude_characters='",\r\n\0', exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_plain_text_is_read_as_csv_reads_it(rows: list[list[str]], line_break: str) -> None:
    text = line_break.join(",".join(row) for row in rows) + line_break
    found = _parse_by_arrow(text)
    expected = list(csv.reader(io.StringIO(text, newline="")))
    if found is None:
        return
    names, table = found
    assert [names, *table.to_numpy().tolist()] == expected


def test_numbers_stay_text_as_written() -> None:
    found = _parse_by_arrow("family,loss\na,2.50\nNA,1e3\n,-0\n")
    assert found is not None
    assert found[0] == ["family", "loss"]
    assert np.array_equal(found[1].to_numpy(), [["a", "2.50"], ["NA", "1e3"], ["", "-0"]])


@pytest.mark.parametrize(
    "text",
    ['a,b\n"1",2\n', "a,b\n1,2,3\n", "a,b\n1\n", "a,b\n\n1,2\n", "a\n1\n", "a,b\n1,2\n , \n", "a,b\r1,2\r", "a,b"],
)
def test_what_is_not_plain_is_left_to_csv(text: str) -> None:
    assert _parse_by_arrow(text) is None
