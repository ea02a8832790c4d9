"""Raw tables become numbers and text: renamed columns, missing responses, families and run ids."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.io import read_table
from bayescale.data.runs_validation.preparation import convert_other_columns, make_numeric, make_text, renamed
from bayescale.data.tables.frames import RawTable
from bayescale.errors import InputError


def raw(**columns: object) -> RawTable:
    return read_table(pd.DataFrame(columns))


def test_renaming_numbers_rows_and_leaves_the_source_alone() -> None:
    source, problems = raw(val=[3.0, 2.0], size=[1e8, 2e8]), list[str]()
    table = renamed(source, {"val": "loss", "size": "n_params"}, "loss", problems)
    assert problems == []
    assert list(table) == ["loss", "n_params", "row"]
    assert table["row"].tolist() == [1, 2]
    assert list(source.table) == ["val", "size"]


def test_a_missing_response_names_the_closest_column() -> None:
    problems: list[str] = []
    renamed(raw(lss=[3.0]), {"siz": "n_params"}, "loss", problems)
    assert len(problems) == 2
    assert "'siz'" in problems[0]
    assert "the response 'loss' is not a column. Did you mean 'lss'?" in problems[1]
    with pytest.raises(InputError, match="after rename: more than one column is called 'loss'"):
        renamed(raw(loss=[3.0], val=[2.0]), {"val": "loss"}, "loss", [])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.floats(-1e6, 1e6).map(repr), st.sampled_from(["", "diverged", "many"])), min_size=1))
def test_text_becomes_numbers_and_other_words_are_problems(cells: list[str]) -> None:
    problems: list[str] = []
    table = pd.DataFrame({"loss": cells, "n_params": cells, "row": range(1, len(cells) + 1)})
    unread = make_numeric(table, "loss", problems)
    numbers = [float(cell) if cell not in ("", "diverged", "many") else np.nan for cell in cells]
    np.testing.assert_array_equal(table["loss"], numbers)
    np.testing.assert_array_equal(table["n_params"], numbers)
    assert unread.tolist() == [cell in ("diverged", "many") for cell in cells]
    assert len(problems) == ("many" in cells) + any(cell in ("diverged", "many") for cell in cells)


def test_families_and_runs_are_text() -> None:
    table = pd.DataFrame({"run": ["a", None, " 7 "], "row": [4, 5, 6]})
    assert make_text(table).tolist() == [True, False, True]
    assert table["run"].tolist() == ["a", "row 5", "7"]
    assert table["family"].tolist() == ["all"] * 3
    unnamed = pd.DataFrame({"family": [1, 2], "row": [1, 2]})
    assert make_text(unnamed).tolist() == [False, False]
    assert unnamed["family"].tolist() == ["1", "2"]
    assert unnamed["run"].tolist() == ["row 1", "row 2"]


def test_other_columns_take_the_type_of_their_values() -> None:
    table = pd.DataFrame({"family": ["1"], "loss": [3.0], "depth": ["12"], "kind": ["moe"], "row": [1]}, dtype=object)
    converted = convert_other_columns(table, "loss")
    assert converted["depth"].tolist() == [12]
    assert converted["kind"].tolist() == ["moe"]
    assert converted["family"].tolist() == ["1"]
