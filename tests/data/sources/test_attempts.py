"""Attempts and evaluation logs as a source: the counts that `read_trials` makes, and whether files changed."""

import json
from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.sources import Attempts, Files, read_source, stamps, trials_of
from bayescale.data.trials import read_trials
from bayescale.errors import InputError

FIXTURES = Path(__file__).resolve().parents[4] / "shared" / "data" / "adapter_fixtures" / "inspect"


def attempts(path: Path, *rows: tuple[str, str, int]) -> Path:
    path.write_text(
        "".join(json.dumps(dict(zip(("m", "problem", "success"), row, strict=True))) + "\n" for row in rows)
    )
    return path


def test_counts_are_those_of_read_trials(tmp_path: Path) -> None:
    attempts(tmp_path / "1.jsonl", ("a", "p1", 0), ("a", "p1", 1), ("b", "p1", 0))
    attempts(tmp_path / "2.jsonl", ("a", "p1", 1), ("b", "p2", 0))
    source = Attempts(f"{tmp_path}/*.jsonl", rename=(("m", "model"),))
    table = read_source(source)
    trials = trials_of(table)
    direct = read_trials(f"{tmp_path}/*.jsonl", rename={"m": "model"})
    assert trials.digest == direct.digest
    assert trials.groups == ("model",)
    assert (trials.source, trials.notes) == (direct.source, direct.notes)
    assert trials.table["attempts"].sum() == 5
    assert read_source(source, since=table).fresh == ()
    attempts(tmp_path / "2.jsonl", ("a", "p1", 0), ("b", "p2", 0), ("b", "p2", 1))
    assert stamps(source) != table.cursor
    assert read_source(source, since=table).digest != table.digest


def test_trials_come_of_attempts_alone(tmp_path: Path) -> None:
    pd.DataFrame({"problem": ["a"], "attempts": [2], "successes": [1]}).to_csv(tmp_path / "t.csv", index=False)
    assert len(trials_of(read_source(Attempts(f"{tmp_path}/t.csv"))).table) == 1
    with pytest.raises(InputError, match="read from an Attempts source, not Files"):
        trials_of(read_source(Files(f"{tmp_path}/t.csv")))


def test_a_log_of_the_harness_is_a_source(tmp_path: Path) -> None:
    record = {"filter": "none", "metrics": ["acc"], "doc": {}, "target": "", "resps": [["a"]], "filtered_resps": ["a"]}
    lines = [json.dumps({"doc_id": number, "acc": float(number % 2), "doc_hash": "", **record}) for number in range(4)]
    folder = tmp_path / "model-x"
    folder.mkdir()
    (folder / "samples_task_2025-01-01T00-00-00.000000.jsonl").write_text("\n".join(lines) + "\n")
    trials = trials_of(read_source(Attempts(f"{folder}/samples_*.jsonl", success="C")))
    assert trials.table["successes"].tolist() == [0, 1, 0, 1]
    (folder / "samples_task_2025-01-01T00-00-00.000000.jsonl").write_text("\n".join(lines)[:-20])
    with pytest.raises(InputError, match="line 4"):
        read_source(Attempts(f"{folder}/samples_*.jsonl"))


@pytest.mark.shared
@pytest.mark.skipif(not FIXTURES.exists(), reason="the public data sets are not beside the checkout")
def test_a_published_log_of_inspect() -> None:
    pytest.importorskip("inspect_ai")
    path = str(FIXTURES / "popularity_2samples_2epochs.eval")
    trials = trials_of(read_source(Attempts(path)))
    assert trials.digest == read_trials(path).digest
    assert trials.table["attempts"].sum() == 4
    assert trials.table["successes"].sum() == 3


def test_half_a_count_is_left_out_until_its_line_break_follows(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("model,problem,attempts,successes\na,p1,100,3\na,p2,100,10\na,p3,100,7")  # the last was to be 75
    scheduled = Attempts(str(path), complete_file=False)
    trials = trials_of(read_source(scheduled))
    assert trials.table["problem"].tolist() == ["p1", "p2"]
    assert "the last row is left out until a line break follows it" in trials.notes[0]
    whole = trials_of(read_source(Attempts(str(path))))
    assert whole.table["successes"].tolist() == [3, 10, 7]
    assert "its last row may be cut" in whole.notes[0]
    path.write_text(path.read_text() + "5\n")
    again = trials_of(read_source(scheduled))
    assert again.table["successes"].tolist() == [3, 10, 75]
    assert again.notes == ()


def test_a_cut_attempt_does_not_block_the_others(tmp_path: Path) -> None:
    path = tmp_path / "attempts.jsonl"
    path.write_text('{"problem": "a", "success": true}\n{"problem": "a", "success": false}\n{"problem": "b", "succ')
    trials = trials_of(read_source(Attempts(str(path), complete_file=False)))
    assert trials.table[["problem", "attempts", "successes"]].to_numpy().tolist() == [["a", 2, 1]]
