"""Results of EvalPlus and HumanEval: every sample is an attempt."""

import json
from pathlib import Path

from bayescale.data.trials import read_trials
from tests.data.eval_logs.attempt_logs import evalplus_results, humaneval_results
from tests.data.eval_logs.log_files import counts, refused

STATUSES = {"HumanEval/0": [("pass", "pass"), ("pass", "fail")], "HumanEval/1": [("timeout", "fail"), ("fail", "pass")]}


def test_samples_of_evalplus(tmp_path: Path) -> None:
    path = evalplus_results(tmp_path / "org--m_vllm_temp_0.8_eval_results.json", STATUSES)
    refused(path, "several scorers ('base', 'plus')")
    assert counts(read_trials(path, scorer="base"), "model") == {
        ("org--m_vllm_temp_0.8", "HumanEval/0"): (2, 2, 0),
        ("org--m_vllm_temp_0.8", "HumanEval/1"): (2, 0, 0),
    }
    assert read_trials(path, scorer="plus").table["successes"].tolist() == [1, 0]


def test_base_tests_alone_need_no_scorer(tmp_path: Path) -> None:
    path = evalplus_results(tmp_path / "m_eval_results.json", {"HumanEval/0": [("pass", None), ("fail", None)]})
    assert read_trials(path).table["successes"].tolist() == [1]


def test_older_results_of_evalplus(tmp_path: Path) -> None:
    tasks = {"HumanEval/0": {"nfiles": 2, "base": [["pass", []], ["pass", []]], "plus": [["pass", []], ["fail", [0]]]}}
    path = tmp_path / "eval_results.json"
    path.write_text(json.dumps({"date": "2023-06-01 00:00", "hash": "0f", "eval": tasks}))
    assert read_trials(path, scorer="plus").table["successes"].tolist() == [1]
    path.write_text(json.dumps({"date": "", "hash": "0f", "eval": {"HumanEval/0": [{"status": "pass"}]}}))
    refused(path, "the samples of 'HumanEval/0' are not as EvalPlus writes them")


def test_samples_of_humaneval(tmp_path: Path) -> None:
    passed = {"HumanEval/0": [True, False, True], "HumanEval/1": [False]}
    trials = read_trials(humaneval_results(tmp_path / "gpt-x.jsonl_results.jsonl", passed))
    assert counts(trials, "model") == {("gpt-x", "HumanEval/0"): (3, 2, 0), ("gpt-x", "HumanEval/1"): (1, 0, 0)}
    assert trials.table["first_success"].iloc[0] == 1
