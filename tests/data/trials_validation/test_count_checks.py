"""What is wrong with a table of trials is said all at once, with columns, values and row numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayescale.data.trials import read_trials
from bayescale.errors import InputError
from tests.data.trials_validation.count_tables import good, only, problems


def changed(name: str, row: int, value: object) -> pd.DataFrame:
    """The good table with one value of one row (1-based) replaced."""
    table = good().astype(object)
    table.loc[row - 1, name] = value
    return table


def test_the_good_table_has_neither_problems_nor_notes() -> None:
    assert read_trials(good()).notes == ()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("attempts", None, "column 'attempts': blank in row 5; give how many attempts ran."),
        ("attempts", np.nan, "column 'attempts': blank in row 5"),
        ("attempts", "many", "column 'attempts': 'many' (row 5) is not a whole number"),
        ("attempts", True, "column 'attempts': True (row 5) is not a whole number"),
        ("attempts", 99.5, "column 'attempts': 99.5 (row 5) is not a whole number"),
        ("attempts", -3, "column 'attempts': -3 (row 5) is negative"),
        ("attempts", np.inf, "column 'attempts': inf (row 5) is not a whole number"),
        ("attempts", 1e300, "column 'attempts': 1e+300 (row 5) is larger than any count"),
        ("successes", None, "column 'successes': blank in row 5; give how many attempts succeeded, 0 where none did."),
        ("successes", 0.3, "column 'successes': 0.3 (row 5) is a share, not a count: multiply it by the attempts"),
        ("successes", "30%", "column 'successes': '30%' (row 5) is not a whole number"),
        ("successes", -1, "column 'successes': -1 (row 5) is negative"),
        ("successes", 101, "more successes than attempts: 101 of 100 (row 5); 'attempts' counts all attempts that ran"),
        ("errors", None, "column 'errors': blank in row 5; give how many attempts did not run, 0 where all did."),
        ("errors", 1.5, "column 'errors': 1.5 (row 5) is not a whole number"),
        ("errors", -2, "column 'errors': -2 (row 5) is negative"),
        ("problem", None, "column 'problem': blank in row 5; give the id of the problem"),
        ("problem", "  ", "column 'problem': blank in row 5"),
        ("problem", "p4", "the same problem more than once with the same model: 'p4' in rows 4, 5; add up the counts"),
    ],
)
def test_one_wrong_value_is_one_problem_naming_column_value_and_row(name: str, value: object, says: str) -> None:
    assert only(problems(changed(name, 5, value))).startswith(says)


@pytest.mark.parametrize("name", ["attempts", "successes", "errors", "problem"])
def test_the_same_is_said_of_csv(tmp_path: Path, name: str) -> None:
    changed(name, 5, "").to_csv(tmp_path / "trials.csv", index=False)
    assert only(problems(tmp_path / "trials.csv")).startswith(f"column {name!r}: blank in row 5")


def test_a_problem_that_was_never_tried() -> None:
    table = good().assign(successes=0)
    table.loc[[1, 3], "attempts"] = 0
    table.loc[3, "errors"] = 4
    assert only(problems(table)).startswith("no attempts and no errors in row 2; a problem that was never tried")


def test_nothing_ran_at_all() -> None:
    assert only(problems(good().assign(attempts=0, successes=0, errors=3))).startswith("no attempt ran")
    attempts = pd.DataFrame({"problem": ["p", "q"], "success": [None, True], "error": [False, "timeout"]})
    assert only(problems(attempts)).startswith("no attempt ran")


def test_shares_in_every_row_are_one_problem() -> None:
    shown = only(problems(good().assign(successes=np.arange(8) / 16)))
    assert shown.startswith("column 'successes': 0.0625 (row 2), 0.125 (row 3), ")
    assert "is a share, not a count" in shown


def test_all_problems_are_listed_at_once() -> None:
    table = good().astype(object)
    table.loc[0, "problem"] = None
    table.loc[1, "attempts"] = "x"
    table.loc[2, "successes"] = 0.5
    table.loc[3, "successes"] = 1000
    table.loc[4, "errors"] = -1
    table.loc[5, ["attempts", "successes"]] = 0
    table.loc[7, "problem"] = "p7"
    found = problems(table, rename={"modle": "attack"})
    for says in (
        "rename: 'modle' is not a column of the source. Did you mean 'model'?",
        "'problem': blank in row 1",
        "'x' (row 2)",
        "0.5 (row 3)",
        "1000 of 100 (row 4)",
        "-1 (row 5)",
        "no attempts and no errors in row 6",
        "'p7' in rows 7, 8",
    ):
        assert sum(says in problem for problem in found) == 1, (says, found)
    assert len(found) == 8


def test_long_lists_are_cut_with_a_count() -> None:
    assert "(row 8) and 12 more is a share" in only(problems(good(20).assign(successes=0.5)))


def test_the_same_problem_in_other_groups_is_no_repetition() -> None:
    table = pd.concat([good(), good().assign(model="other")], ignore_index=True)
    assert len(read_trials(table).table) == 16
    bare = table.drop(columns="model")
    assert "more than once: 'p1' in rows 1, 9;" in only(problems(bare))


def test_rows_of_several_files_are_numbered_through(tmp_path: Path) -> None:
    good().to_csv(tmp_path / "a.csv", index=False)
    good().to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(
        InputError, match=r"table of trials \(rows are numbered through all files\)\n.*'p1' in rows 1, 9;"
    ):
        read_trials(str(tmp_path / "*.csv"))


@pytest.mark.parametrize(
    ("renamed", "says"),
    [
        ({"successes": "sucesses"}, "column 'successes' is not in the table. Did you mean 'sucesses'?"),
        ({"attempts": "n_attempts"}, "column 'attempts' is not in the table. Did you mean 'n_attempts'?"),
        ({"problem": "problem_id"}, "column 'problem' is not in the table. Did you mean 'problem_id'?"),
        (
            {"attempts": "n", "successes": "n_successes"},
            "the table has neither a column 'success' (one row per attempt) nor 'attempts' and 'successes' (one row "
            "per problem). Did you mean 'n_successes'?",
        ),
        (
            {"errors": "error"},
            "column 'error' belongs to tables with one row per attempt, and this one has one row per",
        ),
        ({"model": "success"}, "column 'success' (one row per attempt) and 'attempts' and 'successes' (one row per"),
    ],
)
def test_columns_that_are_missing_or_misplaced(renamed: dict[str, str], says: str) -> None:
    found = problems(good().rename(columns=renamed))
    assert any(problem.startswith(says) for problem in found), found


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            ["problem", "sucess"],
            "Did you mean 'sucess'? Known: problem, sucess. Name it with rename={source name: 'success'}",
        ),
        (["prompt", "success"], "column 'problem' is not in the table."),
        (
            ["problem", "success", "errors"],
            "column 'errors' belongs to tables with one row per problem, and this one has ",
        ),
        (["problem", "success", "attempts"], "exclude each other"),
    ],
)
def test_columns_of_attempts_that_are_missing_or_misplaced(columns: list[str], says: str) -> None:
    found = problems(pd.DataFrame([[1] * len(columns)], columns=columns))
    assert any(says in problem for problem in found), found


def test_errors_in_a_table_of_attempts_are_likely_error() -> None:
    found = only(problems(pd.DataFrame({"problem": ["p"], "success": [1], "errors": [0]})))
    assert "did you mean 'error'? If not, give it another name with rename={'errors': ...}." in found


def test_rename_turned_round() -> None:
    table = good().rename(columns={"problem": "behaviour"})
    found = problems(table, rename={"problem": "behaviour"})
    assert found[0].endswith("rename is {source name: new name}: write {'behaviour': 'problem'}.")


def test_two_columns_of_one_name() -> None:
    with pytest.raises(InputError, match="after rename: more than one column is called 'problem'"):
        read_trials(good(), rename={"model": "problem"})


def test_a_row_column_that_does_not_number_rows() -> None:
    assert only(problems(good().assign(row=1))).startswith("column 'row' is reserved for the number of the data row")


def test_a_problem_in_two_clusters() -> None:
    frame = pd.DataFrame({"problem": ["p", "p", "q"], "success": [1, 0, 1], "cluster": ["c", "d", None]})
    assert (
        only(problems(frame))
        == "a problem is in more than one cluster: problem 'p' in 'c', 'd'; give each one cluster."
    )


def test_options_for_other_sources() -> None:
    assert only(problems(good(), check_duplicates=True)).startswith("check_duplicates needs one row per attempt")
    for options in ({"scorer": "match"}, {"success": 0.5}):
        assert "scorer and success are for evaluation logs" in only(problems(good(), **options))


def test_an_empty_frame() -> None:
    for frame in (pd.DataFrame(), good()[:0], pd.DataFrame({"problem": [], "success": []})):
        with pytest.raises(InputError, match=r"no (rows|columns)"):
            read_trials(frame)
