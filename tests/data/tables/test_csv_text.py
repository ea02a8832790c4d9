"""Plain CSV is read by Arrow as Python's csv reads it; all else is left to the latter."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.columns import as_numbers
from bayescale.data.tables.csv_text import _parse_by_arrow, parse_csv, utf8_bytes
from bayescale.errors import InputError

CELL = st.text(st.characters(codec="utf-8", exclude_characters='",\r\n\0', exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_plain_text_is_read_as_csv_reads_it(rows: list[list[str]], line_break: str) -> None:
    text = line_break.join(",".join(row) for row in rows) + line_break
    found = _parse_by_arrow(text.encode())
    expected = list(csv.reader(io.StringIO(text, newline="")))
    if found is None:
        return
    names, table = found
    assert [names, *table.to_numpy().tolist()] == expected


def test_numbers_stay_text_as_written() -> None:
    found = _parse_by_arrow(b"family,loss\na,2.50\nNA,1e3\n,-0\n")
    assert found is not None
    assert found[0] == ["family", "loss"]
    assert np.array_equal(found[1].to_numpy(), [["a", "2.50"], ["NA", "1e3"], ["", "-0"]])


@pytest.mark.parametrize(
    "text",
    ['a,b\n"1",2\n', "a,b\n1,2,3\n", "a,b\n1\n", "a,b\n\n1,2\n", "a\n1\n", "a,b\n1,2\n , \n", "a,b\r1,2\r", "a,b"],
)
def test_what_is_not_plain_is_left_to_csv(text: str) -> None:
    assert _parse_by_arrow(text.encode()) is None


@given(
    st.lists(st.sampled_from(["1.5", "7", "", "+5", " 2", "1e3", "-0", "NA", "nan", "inf", "1e999", "x"]), min_size=1)
)
def test_columns_of_numbers_are_those_of_their_text(values: list[str]) -> None:
    data = "\n".join(["family,loss", *(f"a,{value}" for value in values)]).encode()
    typed, text = parse_csv(data, "t", {"loss"}), parse_csv(data, "t")
    numbers = as_numbers(text["loss"])[0]
    is_plain = np.isfinite(numbers) | np.array([value == "" for value in values])
    if typed["loss"].dtype == np.float64:
        assert is_plain.all()
        np.testing.assert_array_equal(typed["loss"].to_numpy(), numbers)
    else:
        assert typed["loss"].tolist() == text["loss"].tolist()


def test_a_row_of_blanks_below_numbers_is_no_row() -> None:
    data = b"loss,n_params\n2.5,1e8\n,\n"
    assert parse_csv(data, "t", {"loss", "n_params"}).to_numpy().tolist() == [["2.5", "1e8"]]


def test_the_line_that_is_not_utf8_is_named_after_a_byte_order_mark_too() -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        with pytest.raises(InputError, match="line 2 is not UTF-8"):
            utf8_bytes(mark + b"a,b\n\xff,1\n", "t")
        assert utf8_bytes(mark + "é".encode(), "t") == "é".encode()
