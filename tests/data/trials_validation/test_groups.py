"""Which columns make groups, what tells problems apart, and what counts twice."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.data.attempts import counting as attempt_module
from bayescale.data.trials import read_trials
from tests.data.trials_validation.attempt_tables import equal_ids, exports, refused, results


def test_outcomes_and_texts_of_attempts_make_no_groups() -> None:
    trials = read_trials(results())
    assert trials.groups == ()
    assert set(trials.unused) == {"completion", "result"}
    assert any("columns not used: completion, result" in note for note in trials.notes)
    grouped = trials.grouped()
    assert len(grouped.table) == 20
    assert (grouped.table["attempts"] == 5).all()
    assert "Trials: 20 problems, 100 attempts, 33 successes" in repr(trials)
    assert "not used: completion, result" in repr(trials)


@pytest.mark.parametrize("name", ["error_type", "verdict", "judge_reason", "response", "score", "exec_time", "seed"])
def test_any_unknown_column_of_attempts_makes_no_group(name: str) -> None:
    rng = np.random.default_rng(1)
    raw = results().assign(**{name: rng.integers(0, 4, 100).astype(str)}).assign(model="m")
    assert read_trials(raw).groups == ("model",)
    assert len(read_trials(raw).grouped().table) == 20
    assert read_trials(raw).grouped([name]).groups == (name,)  # named, it does


def test_a_column_of_one_problem_per_value_makes_no_group() -> None:
    table = pd.DataFrame({"model": "m", "problem": [f"p{i}" for i in range(30)], "attempts": 9, "successes": 1})
    for name in ("problem_index", "category", "task"):
        trials = read_trials(table.assign(**{name: range(30)}))
        assert trials.groups == ("model",)
        assert any(f"{name!r} has one problem per value" in note or name in note for note in trials.notes)
        assert trials.grouped([name]).groups == (name,)
    assert read_trials(table.assign(category=["a", "b"] * 15)).groups == ("model", "category")


def test_a_label_of_answers_makes_no_group() -> None:
    raw = results().rename(columns={"result": "category"})
    trials = read_trials(raw)
    assert trials.groups == ()
    assert any("'category' decides success" in note for note in trials.notes)
    assert len(trials.grouped([]).table) == 20  # nor does it tell problems apart


@pytest.mark.parametrize(
    "name", ["Model", "model_name", "Attack Name", "TEMPERATURE", "prompt_condition", "task_arg_x"]
)
def test_known_columns_are_known_by_other_spellings(name: str) -> None:
    table = pd.DataFrame({"problem": [*"pq", *"pq"], name: [*"aabb"], "attempts": 9, "successes": 1})
    assert read_trials(table).groups == (name,)


@pytest.mark.parametrize(
    "values", [(1, 1.0), ("1", "1.0"), (1, "1.00"), (0.7, "0.70"), ("1e-1", 0.1), (1.0, "1")], ids=str
)
def test_equal_numbers_are_one_value_of_a_group(values: tuple[Any, Any]) -> None:
    raw = pd.DataFrame(
        {
            "problem": ["a", "b"] * 2,
            "success": [1, 0, 0, 0],
            "temperature": np.repeat(np.array(values, dtype=object), 2),
        }
    )
    assert len(read_trials(raw).grouped().table) == 2
    table = pd.DataFrame({"problem": [*"abcd"], "temperature": raw["temperature"], "attempts": 3, "successes": 1})
    assert len(set(read_trials(table).table["temperature"])) == 1


def test_equal_numbers_are_one_problem(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("problem,success\n7,1\n8,0\n")
    (tmp_path / "b.csv").write_text("problem,success\n7.0,0\n8.0,0\n")
    grouped = read_trials(str(tmp_path / "*.csv")).grouped()
    assert grouped.table[["problem", "attempts"]].to_numpy().tolist() == [["7", 2], ["8", 2]]
    table = pd.DataFrame({"problem": ["7", 7.0], "attempts": 3, "successes": 1})
    refused(lambda: read_trials(table), "the same problem more than once")


# What counts twice.


def test_counts_exported_twice_are_refused_behind_an_index() -> None:
    table = pd.DataFrame({"model": "m", "problem": range(30), "attempts": 50, "successes": range(30)})
    twice = pd.concat([table, table], ignore_index=True).rename_axis("index").reset_index()
    refused(lambda: read_trials(twice), "every row occurs more than once, apart from index", "rows 1, 31")
    other = pd.concat([table.assign(date=1), table.assign(date=2, successes=list(range(1, 31)))])
    refused(read_trials(other).grouped, "the rows differ in date")


def test_order_is_not_looked_for_among_too_many_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt_module, "MOST_ORDERED", 100)
    trials = read_trials(exports())
    assert "first_success" not in trials.table
    assert trials.table["attempts"].sum() == 320


def test_names_that_read_like_ours_are_noted() -> None:
    table = pd.DataFrame({"problem": [*"pq"], "attempts": 9, "successes": 1, "failed_calls": [1, 0]})
    assert any("rename={'failed_calls': 'errors'}" in note for note in read_trials(table).notes)
    raw = pd.DataFrame({"problem": [*"pq"], "success": [1, 0], "epoch": [1, 2], "timeout": [False, True]})
    notes = read_trials(raw).notes
    assert any("rename={'epoch': 'attempt'}" in note for note in notes)
    assert any("rename={'timeout': 'error'}" in note for note in notes)


def test_what_is_grouped_is_said_with_the_risk() -> None:
    risk = bs.fit_risk(equal_ids("task").assign(difficulty=1), by=["model"], mixing="beta", random_seed=1)
    assert "2 groups by model" in repr(risk)
    assert any("Groups are defined by model; columns not used: difficulty" in note for note in risk.notes)
    assert risk.groups["problems"].tolist() == [40, 40]


@pytest.mark.parametrize("name", ["variant", "group", "condition", "setting", "language"])
def test_a_known_column_that_holds_the_outcome_makes_no_group(name: str) -> None:
    rows = [{"problem": f"p{i}", "success": (i + j) % 3 == 0} for i in range(20) for j in range(5)]
    table = pd.DataFrame(rows)
    trials = read_trials(table.assign(**{name: np.where(table["success"], "solved", "not")}))
    assert trials.groups == ()
    assert any(f"Column {name!r} decides success" in note for note in trials.notes)


def test_a_setting_under_which_everything_failed_is_still_a_group() -> None:
    rows = [
        {"problem": f"p{i}", "condition": condition, "success": condition == "bare"}
        for i in range(20)
        for condition in ("bare", "guarded")
        for _ in range(5)
    ]
    assert read_trials(pd.DataFrame(rows)).groups == ("condition",)


def test_failed_calls_under_another_name_are_pointed_out() -> None:
    counts = pd.DataFrame({"problem": list("ab"), "attempts": 9, "successes": 1, "n_failed": 2})
    assert any("rename={'n_failed': 'errors'}" in note for note in read_trials(counts).notes)
