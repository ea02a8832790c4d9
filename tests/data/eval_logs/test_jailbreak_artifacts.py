"""Artifacts of JailbreakBench: every behaviour is one attempt, whatever the search for its prompt cost."""

from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.trials import read_trials
from tests.data.eval_logs.attempt_logs import jailbreak_artifact
from tests.data.eval_logs.log_files import FIXTURES, counts, refused


def test_behaviours_are_attempts(tmp_path: Path) -> None:
    trials = read_trials(jailbreak_artifact(tmp_path / "vicuna.json", {"Phishing": True, "Libel": False}, queries=30))
    assert counts(trials, "model", "attack", "category") == {
        ("vicuna-13b-v1.5", "PAIR", "Privacy", "Phishing"): (1, 1, 0),
        ("vicuna-13b-v1.5", "PAIR", "Privacy", "Libel"): (1, 0, 0),
    }
    assert any("2 behaviours with a number of queries" in note for note in trials.notes)
    quiet = read_trials(jailbreak_artifact(tmp_path / "a.json", {"Phishing": True}))
    assert not any("queries" in note for note in quiet.notes)
    (tmp_path / "b.json").write_text('{"parameters": 1, "jailbreaks": 2}')
    refused(tmp_path / "b.json", "is not an artifact of JailbreakBench")


@pytest.mark.shared
def test_published_artifacts_give_the_published_counts(tmp_path: Path) -> None:
    file = FIXTURES.parent / "jailbreakbench_queries" / "queries.csv"
    if not file.exists():
        pytest.skip("the public data sets are not beside the checkout")
    table = pd.read_csv(file)
    first = table[(table["attack"] == table["attack"].iloc[0]) & (table["model"] == table["model"].iloc[0])]
    broken = dict(zip(first["problem_id"], first["jailbroken"].astype(bool), strict=True))
    read = read_trials(jailbreak_artifact(tmp_path / "a.json", broken))
    assert len(read.table) == len(first)
    assert read.table["successes"].sum() == first["jailbroken"].sum()
