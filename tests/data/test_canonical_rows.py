"""Rows are written alike exactly where they are alike, and run ids that reading adds are recognised."""

import numpy as np
import pandas as pd

from bayescale.data.canonical_rows import (
    canonical_rows,
    has_source_run,
    row_run_id,
    row_run_ids,
    without_added_values,
)


def test_equal_values_of_other_types_are_written_alike() -> None:
    first = pd.DataFrame({"b": [7, 8], "a": ["x", None]})
    second = pd.DataFrame({"a": ["x", " "], "b": [7.0, 8.0]})
    assert canonical_rows(first).equals(canonical_rows(second))
    assert canonical_rows(first).to_pylist()[0] == '"x"\t7.0'


def test_different_values_are_written_differently() -> None:
    values = [0.0, 1, 2**53 + 1, 2**53, True, "True", "1.0", "a\tb", None]
    rows = canonical_rows(pd.DataFrame({"a": pd.Series(values, dtype=object)})).to_pylist()
    assert len(set(rows)) == len(values)
    assert canonical_rows(pd.DataFrame({"a": [-0.0]})).equals(canonical_rows(pd.DataFrame({"a": [0.0]})))


def test_run_ids_of_rows() -> None:
    assert row_run_ids(np.array([1, 20])).to_pylist() == [row_run_id(1), row_run_id(20)] == ["row 1", "row 20"]
    table = pd.DataFrame({"run": ["row 1", "row 1", "a"], "row": [1, 2, 3]}).astype({"run": "str"})
    assert has_source_run(table).tolist() == [False, True, True]
    assert without_added_values(table).to_dict("list") == {"run": ["", "row 1", "a"]}
