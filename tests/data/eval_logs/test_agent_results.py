"""Results of tau-bench: every trial is an attempt, settings are in the name of the file."""

from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.trials import read_trials
from tests.data.eval_logs.attempt_logs import tau_results
from tests.data.eval_logs.log_files import FIXTURES, counts, refused

NAME = "tool-calling-gpt-4o-0.0_range_0--1_user-gpt-4o-llm_0101000000.json"


def test_trials_are_attempts(tmp_path: Path) -> None:
    trials = read_trials(tau_results(tmp_path / NAME, {0: [1.0, 0.0, 1.0, 1.0], 7: [0.0] * 4}))
    assert counts(trials, "model", "solver", "temperature") == {
        ("gpt-4o", "tool-calling", "0", "0"): (4, 3, 0),
        ("gpt-4o", "tool-calling", "0", "7"): (4, 0, 0),
    }


def test_trials_with_an_exception_did_not_run(tmp_path: Path) -> None:
    whole = tau_results(tmp_path / "m.json", {0: [1.0]})
    failed = tau_results(tmp_path / "n.json", {0: [0.0]}, error="no answer", traceback="...")
    trials = read_trials([whole, failed])
    assert counts(trials, "model") == {("m", "0"): (1, 1, 0), ("n", "0"): (0, 0, 1)}
    assert any("the model is read from the name of the file ('m')" in note for note in trials.notes)


def test_what_is_unclear_is_refused(tmp_path: Path) -> None:
    refused(tau_results(tmp_path / "m.json", {0: [0.5]}), "neither a success nor a failure")
    repeated = tau_results(tmp_path / "r.json", {0: [1.0, 0.0]})
    repeated.write_text(repeated.read_text().replace('"trial": 1', '"trial": 0'))
    refused(repeated, "trials that occur more than once", "task 0, trial 0")


@pytest.mark.shared
def test_published_results_give_the_published_counts(tmp_path: Path) -> None:
    folder = FIXTURES.parent / "tau_bench_trials"
    if not folder.exists():
        pytest.skip("the public data sets are not beside the checkout")
    rewards: dict[int, list[float]] = {}
    for row in pd.read_csv(folder / "trials.csv").to_dict("records"):
        rewards.setdefault(int(row["task_id"]), []).append(float(row["reward"]))
    read = read_trials(tau_results(tmp_path / "gpt-4o-airline.json", rewards)).table.set_index("problem")
    expected = pd.read_csv(folder / "counts.csv", dtype={"problem_id": str}).set_index("problem_id")
    assert read["successes"].to_dict() == expected["n_successes"].to_dict()
