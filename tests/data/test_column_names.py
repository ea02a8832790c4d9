"""Names of columns: each once, renamed with messages, and rows numbered."""

import pandas as pd
import pytest

from bayescale.data.column_names import rename_problems, require_unique, row_numbers
from bayescale.errors import InputError


def test_repeated_names_are_refused() -> None:
    require_unique(["a", "b"], "here")
    with pytest.raises(InputError, match=r"here: more than one column is called 'a', 'c'; keep one"):
        require_unique(["a", "c", "b", "a", "c"], "here")


def test_names_that_the_source_does_not_have() -> None:
    assert rename_problems({"N": "n_params"}, ["N", "loss"]) == []
    (closest,) = rename_problems({"Nn": "n_params"}, ["Nm", "loss"])
    assert "rename: 'Nn' is not a column of the source. Did you mean 'Nm'?" in closest
    (inverted,) = rename_problems({"loss": "L"}, ["L", "N"])
    assert inverted.endswith("rename is {source name: new name}: write {'L': 'loss'}.")


@pytest.mark.parametrize("column", [[1, 1], [0, 1], [1.5, 2], ["x", 2], [None, 1]])
def test_columns_that_do_not_number_rows(column: list[object]) -> None:
    problems: list[str] = []
    assert row_numbers(pd.DataFrame({"row": pd.Series(column, dtype=object)}), problems).tolist() == [1, 2]
    assert len(problems) == 1
    assert "column 'row' is reserved" in problems[0]


def test_row_numbers_of_a_table_that_was_read_before() -> None:
    problems: list[str] = []
    assert row_numbers(pd.DataFrame({"row": [5.0, 3.0]}), problems).tolist() == [5, 3]
    assert row_numbers(pd.DataFrame({"x": [1, 2, 3]}), problems).tolist() == [1, 2, 3]
    assert problems == []
