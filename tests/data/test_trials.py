"""Trials as read: columns, groups, grouping, digest, and what the notes say."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError
from tests.data.trials_validation.count_tables import two_models

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def refused(trials: Trials, by: Any) -> str:
    with pytest.raises(InputError) as caught:
        trials.grouped(by)
    return str(caught.value)


def test_one_row_per_problem() -> None:
    trials = read_trials(two_models())
    assert trials.groups == ("model", "judge")
    assert list(trials.table) == ["model", "judge", "problem", "attempts", "successes", "errors", "row"]
    assert trials.table["successes"].tolist() == [1, 0, 30, 4]
    assert trials.table["row"].tolist() == [1, 2, 3, 4]
    assert set(map(str, trials.table[["attempts", "successes", "errors"]].dtypes)) == {"int64"}
    assert set(map(str, trials.table[["model", "judge", "problem"]].dtypes)) == {"str"}
    assert (trials.source, trials.notes) == ("DataFrame", ())


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl", ".ndjson"])
def test_files_say_what_the_frame_says(tmp_path: Path, suffix: str) -> None:
    table, path = two_models(), tmp_path / f"trials{suffix}"
    if suffix == ".csv":
        table.to_csv(path, index=False)
    elif suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_json(path, orient="records", lines=True)
    read = read_trials(path)
    pd.testing.assert_frame_equal(read.table, read_trials(table).table)
    assert read.digest == read_trials(table).digest
    assert read.source == str(path)


def test_a_table_that_was_read_reads_as_itself() -> None:
    first = read_trials(two_models().iloc[[0, 2, 3]].assign(row=[7, 3, 5]))
    again = read_trials(first.table)
    assert again.table["row"].tolist() == [7, 3, 5]
    pd.testing.assert_frame_equal(first.table, again.table)
    assert first.digest == again.digest == read_trials(first.table.drop(columns="row")).digest


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(4)), st.permutations(["model", "problem", "attempts", "successes", "judge", "errors"]))
def test_the_digest_knows_no_order(rows: list[int], columns: list[str]) -> None:
    table = two_models().assign(errors=0)
    same = table.iloc[rows][columns]
    assert read_trials(same).digest == read_trials(two_models()).digest


@pytest.mark.parametrize(
    "change", [{"successes": [1, 0, 29, 4]}, {"errors": 1}, {"judge": "v1"}, {"cluster": "c"}, {"more": "x"}]
)
def test_the_digest_knows_every_value(change: dict[str, Any]) -> None:
    assert read_trials(two_models().assign(**change)).digest != read_trials(two_models()).digest


def test_several_files_are_one_table(tmp_path: Path) -> None:
    for name, part in (("a", two_models()[:2]), ("b", two_models()[2:])):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    whole = read_trials(two_models())
    for source in (str(tmp_path / "*.csv"), [tmp_path / "a.csv", str(tmp_path / "b.csv")]):
        pd.testing.assert_frame_equal(read_trials(source).table, whole.table)
    assert read_trials(str(tmp_path / "*.csv")).source == f"{tmp_path}/a.csv, {tmp_path}/b.csv"


def test_rename() -> None:
    theirs = two_models().rename(columns={"problem": "problem_id", "attempts": "n_samples", "successes": "n_successes"})
    rename = {"problem_id": "problem", "n_samples": "attempts", "n_successes": "successes"}
    assert read_trials(theirs, rename=rename).digest == read_trials(two_models()).digest


def test_blank_groups_are_kept_until_they_are_asked_for() -> None:
    trials = read_trials(two_models().assign(attack=["x", None, "x", " "]))
    assert trials.table["attack"].tolist() == ["x", "", "x", ""]
    assert len(trials.grouped(["model"]).table) == 4
    assert "column 'attack': blank in rows 2, 4; name the group of every row." in refused(trials, ["attack"])


def test_a_problem_without_a_cluster_is_its_own() -> None:
    trials = read_trials(two_models().assign(cluster=["c", None, "c", ""]))
    assert trials.table["cluster"].tolist() == ["c", "q", "c", "q"]
    assert list(trials.table)[:4] == ["model", "judge", "problem", "cluster"]
    assert trials.grouped([]).table["cluster"].tolist() == ["c", "q"]


def test_grouping_adds_counts_up_and_says_what_it_mixes() -> None:
    trials = read_trials(two_models().assign(errors=[0, 0, 0, 5]))
    by_model = trials.grouped(["model"])
    assert by_model.groups == ("model",)
    assert list(by_model.table) == ["model", "problem", "attempts", "successes", "errors", "row"]
    assert by_model.table["attempts"].tolist() == [10, 20, 30, 40]
    assert by_model.notes == (*trials.notes, "Mixed inside a group: judge ('v1', 'v2').")
    whole = trials.grouped([])
    assert whole.table.to_dict("records") == [
        {"problem": "p", "attempts": 40, "successes": 31, "errors": 0, "row": 1},
        {"problem": "q", "attempts": 60, "successes": 4, "errors": 5, "row": 2},
    ]
    assert whole.notes[-2:] == (
        "Mixed inside a group: model ('a', 'b'); judge ('v1', 'v2').",
        "4 rows were added up to 2, one per problem.",
    )
    assert trials.grouped(["model", "judge"]).table["attempts"].tolist() == [10, 20, 30, 40]


def test_grouping_twice_is_grouping_once() -> None:
    trials = read_trials(two_models())
    pd.testing.assert_frame_equal(
        trials.grouped(["model", "judge"]).grouped(["judge"]).table, trials.grouped(["judge"]).table
    )
    assert trials.grouped([]).digest == trials.grouped(["judge"]).grouped([]).digest


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from("pqr"), st.integers(1, 9), st.integers(0, 1)
        ),
        min_size=1,
        unique_by=lambda row: row[:3],
    ),
    st.sampled_from([[], ["model"], ["attack"], ["attack", "model"]]),
)
def test_grouping_loses_no_attempt(rows: list[tuple[Any, ...]], by: list[str]) -> None:
    table = pd.DataFrame(rows, columns=["model", "attack", "problem", "attempts", "successes"])
    grouped = read_trials(table).grouped(by).table
    assert not grouped.duplicated([*by, "problem"]).any()
    for name in ("attempts", "successes"):
        assert grouped[name].sum() == table[name].sum()
        want = table.groupby([*by, "problem"])[name].sum().to_dict()
        assert grouped.set_index([*by, "problem"])[name].to_dict() == want


def test_what_cannot_be_grouped() -> None:
    trials = read_trials(two_models())
    assert "by='model' must be a list of texts, such as ['model'] or None" in refused(trials, "model")
    assert "column 'modle' is not a group column. Did you mean 'model'? Known: judge, model." in refused(
        trials, ["modle"]
    )
    assert "column 'problem' is not a group column" in refused(trials, ["problem"])
    assert "column 'judge' is named more than once; name it once." in refused(trials, ["judge", "judge"])
    clustered = read_trials(two_models().assign(cluster=["c", "d", "e", "d"]))
    assert "a problem is in more than one cluster: problem 'p' in 'c', 'e'; give each one cluster." in refused(
        clustered, []
    )
    assert "problem 'p'" not in refused(clustered, ["modle"])


def test_a_column_that_reads_like_one_of_ours_is_noted() -> None:
    trials = read_trials(two_models().assign(Error=0))
    assert trials.unused == ("Error",)
    assert trials.notes == (
        "Column 'Error' is not used; if it is 'errors', use rename={'Error': 'errors'}.",
        "Groups are defined by model, judge; columns not used: Error. by=[...] (--by) names the columns that define "
        "groups.",
    )
    frame = pd.DataFrame({"problem": ["p"], "success": [True], "eror": [True]})
    assert "rename={'eror': 'error'}" in read_trials(frame).notes[0]


@pytest.mark.shared
def test_public_counts() -> None:
    path = DATA / "pythia_math_10k" / "counts.csv"
    if not path.exists():
        pytest.skip("the public data sets are not beside the checkout")
    rename = {"problem_id": "problem", "n_samples": "attempts", "n_successes": "successes"}
    trials = read_trials(path, rename=rename)
    by_model = trials.grouped(["model"])
    assert (
        by_model.table.groupby("model")["attempts"].agg(["size", "sum"]).to_numpy().tolist() == [[128, 1_280_000]] * 5
    )
    raw = pd.read_csv(path)
    want = raw.groupby("model")["n_successes"].sum().to_dict()
    assert by_model.table.groupby("model")["successes"].sum().to_dict() == want


@pytest.mark.shared
def test_public_attempts_agree_with_their_counts() -> None:
    folder = DATA / "tau_bench_trials"
    if not folder.exists():
        pytest.skip("the public data sets are not beside the checkout")
    attempts = pd.read_csv(folder / "trials.csv")
    counts = pd.read_csv(folder / "counts.csv")
    theirs = {name: name for name in attempts}
    problem = next(name for name in theirs if "task" in name or "problem" in name)
    success = next(name for name in theirs if "reward" in name or "success" in name)
    attempt = next(name for name in theirs if name not in (problem, success))
    rename = {problem: "problem", success: "success", attempt: "attempt"}
    read = read_trials(folder / "trials.csv", rename=rename, check_duplicates=True)
    got = read.table.set_index("problem")[["attempts", "successes"]]
    want = counts.assign(problem=counts["problem_id"].astype(str)).set_index("problem")[["n_samples", "n_successes"]]
    np.testing.assert_array_equal(got.loc[want.index].to_numpy(), want.to_numpy())


def test_a_frame_is_not_changed() -> None:
    table = two_models()
    read_trials(table)
    pd.testing.assert_frame_equal(table, two_models())
    attempts = pd.DataFrame({"problem": ["p"], "success": [True]})
    read_trials(attempts)
    assert attempts.columns.tolist() == ["problem", "success"]
    assert json.loads(attempts.to_json(orient="records")) == [{"problem": "p", "success": True}]
