"""Counts added up by group and problem: which ids are one problem, and positions of first successes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.trials import read_trials
from bayescale.data.trials_validation.grouped_counts import first_successes, group_problems, qualified
from tests.data.trials_validation.attempt_tables import equal_ids, refused

ROW = st.tuples(st.sampled_from("ab"), st.sampled_from("pq"), st.one_of(st.none(), st.integers(1, 9)))


@settings(max_examples=15, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=6, unique_by=lambda row: row[:2]))
def test_first_successes_are_unknown_where_rows_are_added_up(rows: list[tuple[str, str, int | None]]) -> None:
    table = pd.DataFrame(rows, columns=["model", "problem", "first_success"])
    table["first_success"] = table["first_success"].astype(float)
    by_model = first_successes(table, ["model", "problem"], ["model"])
    np.testing.assert_array_equal(by_model, table["first_success"])
    added = dict(zip(table["problem"].drop_duplicates(), first_successes(table, ["problem"], ["model"]), strict=True))
    for problem, position in added.items():
        positions = [first for _, name, first in rows if name == problem]
        np.testing.assert_equal(position, positions[0] if len(positions) == 1 and positions[0] else np.nan)


def test_ids_are_qualified_with_their_clusters() -> None:
    table = pd.DataFrame({"task": ["x", "y"], "split": "s", "problem": ["1", "1"], "cluster": ["c", "c"]})
    changed = qualified(table, ["task", "split"])
    assert changed["problem"].tolist() == ["x, s: 1", "y, s: 1"]
    assert changed["cluster"].tolist() == ["x, s: c", "y, s: c"]


def test_columns_that_cannot_define_groups() -> None:
    table = pd.DataFrame({"model": ["m", "", ""], "problem": "p", "row": [1, 2, 7]})
    missing, repeated, blank = group_problems(table, ["model"], ["modl", "model", "model"])
    assert missing.startswith("column 'modl' is not a group column. Did you mean 'model'?")
    assert repeated == "column 'model' is named more than once; name it once."
    assert blank == "column 'model': blank in rows 2, 7; name the group of every row."


@pytest.mark.parametrize("name", ["task", "benchmark", "category", "subject", "split", "dataset", "Subset"])
def test_equal_ids_in_two_collections_are_two_problems(name: str) -> None:
    for by, problems in ((["model"], 40), ([], 40)):
        grouped = read_trials(equal_ids(name)).grouped(by)
        sizes = grouped.table.groupby(by or (lambda _: 0)).size()
        assert (sizes == problems).all()
        assert any(f"equal in several values of {name}" in note for note in grouped.notes)
    assert read_trials(equal_ids(name)).grouped(["model", name]).table["problem"].isin(map(str, range(20))).all()
    added = read_trials(equal_ids(name)).grouped([])
    assert added.table["attempts"].tolist() == [40] * 40  # over the models, which the user left out


def test_ids_that_differ_stay_as_they_are() -> None:
    table = equal_ids("task").assign(problem=lambda t: t["task"] + t["problem"].astype(str))
    grouped = read_trials(table).grouped(["model"])
    assert set(grouped.table["problem"]) == set(table["problem"])
    assert not any("equal in several values" in note for note in grouped.notes)


def test_clusters_of_equal_name_are_separate_with_their_problems() -> None:
    grouped = read_trials(equal_ids("task").assign(cluster=lambda t: (t["problem"] // 2).astype(str))).grouped(
        ["model"]
    )
    assert grouped.table.groupby("model")["cluster"].agg(set).map(len).tolist() == [20, 20]


def test_counts_that_differ_in_an_unknown_column_are_refused() -> None:
    table = pd.concat([equal_ids("task").assign(defence_level=level) for level in ("off", "on")])
    trials = read_trials(table)
    refused(
        trials.grouped,
        "the same problem more than once",
        "the rows differ in defence_level",
        "by=['model', 'task', 'defence_level'] separates them",
        "by=['model', 'task'] adds them up",
    )
    assert len(trials.grouped(["model", "task", "defence_level"]).table) == 160
    assert (trials.grouped(["model", "task"]).table["attempts"] == 40).all()


@pytest.mark.parametrize("name", ["env", "repo", "lang", "test_set", "exam"])
def test_ids_that_start_anew_in_each_collection_are_different_problems(name: str) -> None:
    counts = [
        {"model": "m", name: part, "problem": i, "attempts": 9, "successes": i} for part in "ab" for i in range(9)
    ]
    trials = read_trials(pd.DataFrame(counts)).grouped(["model"])
    assert len(trials.table) == 18
