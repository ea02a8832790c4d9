"""Tables hold text for readers and values for programs."""

import numpy as np
import pandas as pd

from bayescale.report.formats import answer, interval, number, text
from bayescale.report.tables import plain_value, table_of


def test_values_are_plain() -> None:
    assert plain_value(np.float64("nan")) is None
    assert plain_value(float("inf")) is None
    assert plain_value(pd.NA) is None
    assert plain_value(np.int64(3)) == 3
    assert isinstance(plain_value(np.int64(3)), int)
    assert plain_value(np.bool_(True)) is True


def test_a_table_has_text_and_values() -> None:
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


def test_a_sentence_that_begins_with_a_number_is_text() -> None:
    rows = [
        {"name": "a", "wide": "2.071 to 2.192", "flag": "44.4x beyond the data: tested at that distance on one set"}
    ]
    columns = {name: text(name) for name in ("name", "wide", "flag")}
    table = table_of("made", pd.DataFrame(rows), "made", columns)
    assert table.numeric == (False, True, False)
