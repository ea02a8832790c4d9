"""Rows that may repeat a measurement: compared in single precision, by all identifying columns but some."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.runs_validation.identity import identity_of
from bayescale.data.runs_validation.measurements import Measurements, column_hashes, measurements_of, rows_of_groups

ROW = st.tuples(
    st.sampled_from("fg"), st.sampled_from("ab"), st.sampled_from([1e8, 2e8]), st.sampled_from([2.5, 3.5, np.nan])
)


def measurements(rows: list[tuple[str, str, float, float]]) -> Measurements:
    table = pd.DataFrame(rows, columns=["family", "run", "n_params", "loss"]).astype({"family": "str", "run": "str"})
    table["row"] = range(1, len(rows) + 1)
    return measurements_of(table, "loss", identity_of(table, np.ones(len(rows), dtype=bool)))


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=8), st.sampled_from([(), ("run",), ("loss",), ("family", "run")]))
def test_agreeing_rows_are_those_with_equal_values(
    rows: list[tuple[str, str, float, float]], ignored: tuple[str, ...]
) -> None:
    names = ["family", "run", "n_params", "loss"]
    places = [place for place, name in enumerate(names) if name not in ignored]
    compared = [tuple(row[place] for place in places) for row in rows if not np.isnan(row[3])]
    result = measurements(rows)
    assert result.agreeing(*ignored).tolist() == [compared.count(row) > 1 for row in compared]
    assert result.table["row"].tolist() == [place for place, row in enumerate(rows, 1) if not np.isnan(row[3])]


def test_numbers_compare_in_single_precision() -> None:
    exact, single, other = column_hashes(pd.Series([3.1415927410125732, 3.1415927, 3.1415930]))
    assert exact == single
    assert exact != other
    whole, real = column_hashes(pd.Series([7])), column_hashes(pd.Series([7.0]))
    assert whole == real
    first, missing, none = column_hashes(pd.Series([[1], None, None], dtype=object))
    assert missing == none
    assert first != missing


@pytest.mark.parametrize(
    ("response", "values", "is_precise"),
    [("loss", [2.718282, 3.141593], True), ("loss", [2.71, 3.14], False), ("accuracy", [0.2718282, 0.3141593], False)],
)
def test_precise_responses_have_six_digits_and_are_no_shares(
    response: str, values: list[float], is_precise: bool
) -> None:
    table = pd.DataFrame({"family": "f", "run": "r", response: values, "row": [1, 2]}).astype(
        {"family": "str", "run": "str"}
    )
    identity = identity_of(table, np.ones(2, dtype=bool))
    assert measurements_of(table, response, identity).is_precise == is_precise


def test_rows_of_groups_in_words() -> None:
    table = pd.DataFrame({"row": [14, 3, 15, 13, 5]})
    groups = np.array([0, 0, 1, 0, 1])
    assert rows_of_groups(table, groups) == "rows 3, 13, 14; rows 5, 15"
    assert rows_of_groups(table, groups, np.array([False, True])) == "rows 5, 15"


@pytest.mark.parametrize("named", [0, 1])
def test_a_named_run_never_equals_an_unnamed_one(named: int) -> None:
    table = pd.DataFrame({"family": ["f"] * 3, "run": ["a", "b", "row 3"], "n_params": 1e8, "loss": 2.5})
    table = table.astype({"family": "str", "run": "str"}).assign(row=[1, 2, 3]).iloc[[named, 2]]
    assert not measurements_of(table, "loss", identity_of(table, np.array([True, False]))).agreeing().any()
