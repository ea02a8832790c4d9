"""Columns become numbers or text as Python's own functions make them, whether Arrow converts them or not."""

import math

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.columns import (
    BLANK,
    NO_NUMBER,
    WHITE_SPACE,
    arrow_text,
    as_numbers,
    as_text,
    as_text_column,
    convert_text,
    is_blank,
    text_column,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)
CELL = st.one_of(TEXT, st.integers().map(str), st.floats().map(repr), st.sampled_from(sorted(NO_NUMBER)))


def python_number(text: str) -> float:
    """NaN for a blank; ValueError where Python's `float` refuses the text."""
    return math.nan if text.strip().lower() in NO_NUMBER else float(text)


@given(st.lists(CELL, min_size=1, max_size=5))
def test_text_becomes_numbers_as_python_reads_them(cells: list[str]) -> None:
    values, not_numbers = as_numbers(pd.Series(cells, dtype="str"))
    for cell, value, not_number in zip(cells, values, not_numbers, strict=True):
        try:
            expected = python_number(cell)
        except ValueError:
            assert not_number
            continue
        assert not not_number
        np.testing.assert_equal(value, expected)


@given(st.lists(CELL, min_size=1, max_size=5))
def test_arrow_and_object_columns_give_the_same_numbers(cells: list[str]) -> None:
    arrow, plain = (as_numbers(pd.Series(cells, dtype=dtype)) for dtype in ("str", "object"))
    np.testing.assert_array_equal(arrow[0], plain[0])
    np.testing.assert_array_equal(arrow[1], plain[1])


@given(st.lists(st.one_of(TEXT, st.none()), min_size=1, max_size=5))
def test_text_columns_are_stripped_as_python_strips(cells: list[str | None]) -> None:
    expected = ["" if cell is None else cell.strip() for cell in cells]
    for dtype in ("str", "object"):
        column = pd.Series(cells, dtype=dtype)
        assert as_text(column) == expected
        assert as_text_column(column).tolist() == expected


def test_white_space_is_what_python_strips() -> None:
    assert sorted(WHITE_SPACE) == [chr(code) for code in range(0x110000) if chr(code).isspace()]


def test_whole_numbers_and_blanks_as_text() -> None:
    assert as_text(pd.Series([17.0, None, np.nan, 2.5, " a "], dtype=object)) == ["17", "", "", "2.5", "a"]
    assert [is_blank(value) for value in (None, np.nan, pd.NaT, pd.NA, " ", 0, "0", [])] == [True] * 5 + [False] * 3


def test_truth_values_are_not_numbers() -> None:
    assert as_numbers(pd.Series([True, 1, "x"], dtype=object))[1].tolist() == [True, False, True]


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=5))
def test_integers_as_text_become_integers(numbers: list[int]) -> None:
    converted = convert_text(pd.Series(list(map(str, numbers)), dtype="str"))
    assert converted.dtype == np.int64
    assert converted.tolist() == numbers


def test_converted_types() -> None:
    kinds = {
        "int64": ["1", "+2", " 3 "],
        "bool": ["True", "False"],
        "float64": ["1.5", "", "nan"],
        "str": ["a", "1", ""],
    }
    for dtype, texts in kinds.items():
        assert convert_text(pd.Series(texts, dtype="str")).dtype == dtype
    assert BLANK < NO_NUMBER


@given(st.lists(TEXT, max_size=5))
def test_text_goes_to_arrow_and_back(cells: list[str]) -> None:
    assert text_column(arrow_text(pd.Series(cells, dtype="str"))).tolist() == cells
