"""Tables: text for people beside values for programs."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from bayescale.report.formats import answer, digits, interval, number, percent, percents, text
from bayescale.report.tables import plain_value, table_of


def test_digits_keep_their_zeros() -> None:
    shown = {1.61: "1.610", 0.34: "0.3400", 5040.2: "5040", 123456.0: "1.235e+05", 0.0: "0.000"}
    assert {value: digits(value) for value in shown} == shown


def test_values_are_plain() -> None:
    assert plain_value(np.float64("nan")) is None
    assert plain_value(float("inf")) is None
    assert plain_value(pd.NA) is None
    assert plain_value(np.int64(3)) == 3
    assert isinstance(plain_value(np.int64(3)), int)
    assert plain_value(np.bool_(True)) is True


def test_table_shows_and_keeps() -> None:
    frame = pd.DataFrame({"name": ["a", None], "x": [1.5, np.nan], "x_lower": [1.0, 2.0], "x_upper": [2.0, 3.0]})
    columns = {"name": text("name"), "x": number("x"), "range": interval("x"), "is": answer("ok", "yes", "no", "?")}
    table = table_of("x", frame.assign(ok=pd.Series([True, None], dtype=object)), "caption", columns)
    assert table.rows == (("a", "1.500", "1.000\u00a0to\u00a02.000", "yes"), ("", "", "2.000\u00a0to\u00a03.000", "?"))
    assert table.numeric == (False, True, True, False)
    assert table.records[1]["x"] is None


def test_long_tables_say_that_they_are_cut() -> None:
    table = table_of("x", pd.DataFrame({"x": range(9)}), "rows", {"x": number("x", "d")}, most=4)
    assert len(table.rows) == 4
    assert len(table.records) == 9
    assert table.caption == "rows (the first 4 of 9 rows)"
    assert table.name == "x"


def test_the_first_column_names_its_row() -> None:
    table = table_of(
        "x", pd.DataFrame({"model": ["7B"], "n": [1]}), "", {"model": text("model"), "n": number("n", "d")}
    )
    assert table.numeric == (False, True)


def test_shares_as_people_say_them() -> None:
    shown = {
        0: "0",
        1: "100",
        1 + 1e-15: "100",
        0.5: "50",
        0.034: "3.4",
        0.0999: "10",
        0.00034: "0.034",
        0.966: "97",
        0.9966: "99.7",
        0.99966: "99.97",
        0.9999: "99.99",
        1e-7: "<0.0001",
        1 - 1e-7: ">99.9999",
    }
    assert {value: percent(value).removesuffix("\u00a0%") for value in shown} == shown
    assert percent(-0.0) == percent(0.0)
    assert percents(0.1, 0.25) == "10\u00a0%\u00a0to\u00a025\u00a0%"


@given(st.floats(0, 1))
def test_only_none_and_all_read_like_it(value: float) -> None:
    assert (percent(value) == "0\u00a0%") == (value == 0)
    assert (percent(value) == "100\u00a0%") == (value == 1)


def test_a_sentence_that_begins_with_a_number_is_text() -> None:
    rows = [
        {"name": "a", "wide": "2.071 to 2.192", "flag": "44.4x beyond the data: tested at that distance on one set"}
    ]
    columns = {name: text(name) for name in ("name", "wide", "flag")}
    table = table_of("made", pd.DataFrame(rows), "made", columns)
    assert table.numeric == (False, True, False)
