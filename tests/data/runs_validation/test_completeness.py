"""Values that a fit needs: each missing one is named with its rows and a way to continue."""

import numpy as np
import pandas as pd

from bayescale.data.runs_validation.completeness import (
    blank_values,
    incomplete_columns,
    incomplete_rows_note,
    missing_columns,
    not_a_number,
    without_response,
)

TABLE = pd.DataFrame({"row": [1, 2, 5], "family": ["a", "b", "b"], "loss": [2.0, np.nan, np.inf], "x": [1, None, "y"]})


def test_columns_that_are_missing() -> None:
    (message,) = missing_columns(TABLE, ["loss", "lossy"])
    assert message.startswith("column 'lossy' is not in the table. Did you mean 'loss'?")


def test_blanks_are_not_what_is_no_number() -> None:
    assert blank_values(TABLE, "x").tolist() == [False, True, False]
    problems = incomplete_columns(TABLE, ["x", "loss"], "loss")
    assert [problem.split(";")[0] for problem in problems] == [
        "column 'x': 'y' (row 5) is not a finite number",
        "column 'loss': blank or not finite in rows 2, 5",
        "column 'x': blank in row 2",
    ]
    assert 'runs.complete("x")' in problems[-1]


def test_notes_have_codes_and_names() -> None:
    (note,) = without_response(TABLE, "loss")
    assert (note.code, note.names) == ("missing_response", ())
    note = incomplete_rows_note(TABLE, "x")
    assert (note.code, note.names) == ("incomplete_rows", ("a", "b"))
    assert note == "3 rows are left out because x is blank: rows 1, 2, 5 (families 'a', 'b')."
    assert without_response(TABLE[:1], "loss") == not_a_number(TABLE, "x", np.zeros(3, dtype=bool)) == []
