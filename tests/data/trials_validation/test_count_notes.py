"""Notes on trials that look odd: labels, attempts that did not run, mixed groups, single problems."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.trials import read_trials
from bayescale.data.trials_validation.count_notes import did_not_run, mixed_groups, qualified_problems, single_problems
from tests.data.trials_validation.count_tables import two_models

ROW = st.tuples(st.sampled_from("ab"), st.sampled_from("pqr"), st.sampled_from("vw"))


@settings(max_examples=30, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=8))
def test_notes_of_groups_agree_with_sets(rows: list[tuple[str, str, str]]) -> None:
    table = pd.DataFrame(rows, columns=["model", "problem", "judge"])
    problems = {model: {row[1] for row in rows if row[0] == model} for model, _, _ in rows}
    judges = {model: {row[2] for row in rows if row[0] == model} for model, _, _ in rows}
    codes = {note.code for note in mixed_groups(table, ["model"], ["judge"])}
    assert ("mixed_groups" in codes) == any(len(values) > 1 for values in judges.values())
    assert ("added_rows" in codes) == (len(rows) > len({row[:2] for row in rows}))
    notes = single_problems(table.drop_duplicates(["model", "problem"]), ["model"])
    alone = {model for model, ids in problems.items() if len(ids) == 1}
    assert {name for note in notes for name in note.names} == alone


def test_nothing_odd_has_no_note() -> None:
    table = pd.DataFrame({"problem": ["p"], "attempts": [3], "errors": [0]})
    assert did_not_run(table) == []
    assert qualified_problems([]) == []


def test_single_problems_are_noted_not_refused() -> None:
    trials = read_trials(two_models()[:3])
    assert trials.grouped(["model"]).notes == (
        "A single problem does not show how problems differ: model=b (has one problem).",
    )
    assert trials.grouped([]).notes[-1].startswith("3 rows were added up to 2")
    single = read_trials(two_models()[:1]).grouped([])
    assert single.notes == ("A single problem does not show how problems differ: the table (has one problem).",)


def test_errors_are_neither_successes_nor_failures() -> None:
    trials = read_trials(two_models().assign(errors=[0, 2, 0, 3]))
    assert trials.table["attempts"].tolist() == [10, 20, 30, 40]
    assert trials.notes == (
        "5 of 105 attempts did not run and are left out: they count neither as successes nor as failures.",
    )


def test_a_problem_without_attempts_remains_with_a_note() -> None:
    trials = read_trials(two_models().assign(attempts=[10, 0, 30, 40], errors=[0, 20, 0, 0]))
    assert trials.table["attempts"].tolist() == [10, 0, 30, 40]
    assert trials.notes[1] == "No attempt ran for 1 problem ('q'): each remains with 0 attempts, at unknown risk."


def test_labels_that_differ_only_in_case_are_noted() -> None:
    trials = read_trials(two_models().assign(model=["a", "a", "A", "b"]))
    assert trials.notes == (
        "Values of model that differ only in upper and lower case are separate values: 'a' and 'A'.",
    )
