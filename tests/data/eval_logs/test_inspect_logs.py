"""Inspect logs: published ones, and logs that Inspect writes here without asking a model."""

import subprocess
import sys
from pathlib import Path

import pytest

from bayescale.data.trials import read_trials
from tests.data.eval_logs.log_files import counts, fixture, refused


@pytest.mark.shared
@pytest.mark.parametrize("shots", ["zero", "five"])
def test_harness_results_have_no_samples(shots: str) -> None:
    path = fixture(f"lm_eval_harness/pythia-160m_{shots}-shot_step143000.json")
    refused(path, "holds results of the LM Evaluation Harness without samples; evaluate with --log_samples")


def test_without_inspect_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    (tmp_path / "a.eval").write_bytes(b"PK")
    refused(tmp_path / "a.eval", "which needs Inspect: pip install 'bayescale[inspect]'.")


@pytest.mark.shared
def test_an_inspect_log_with_epochs() -> None:
    pytest.importorskip("inspect_ai")
    trials = read_trials(fixture("inspect/popularity_2samples_2epochs.eval"))
    assert trials.groups == ("model", "task", "task_version")
    model = "azureai/Meta-Llama-3-1-405B-Instruct-jqf"
    assert counts(trials, "model", "task") == {
        (model, "popularity", "1"): (2, 1, 0),
        (model, "popularity", "2"): (2, 2, 0),
    }
    assert trials.notes == ("An attempt is a success where 'match' is C, true or 1.",)


@pytest.mark.shared
def test_other_published_inspect_logs() -> None:
    pytest.importorskip("inspect_ai")
    older = read_trials(fixture("inspect/popularity_3samples.json"))
    assert older.table["successes"].tolist() == [1, 1, 0]
    assert (
        older.notes[0]
        == "popularity_3samples.json: the evaluation is not complete (cancelled); 3 samples of it are read."
    )
    refused(fixture("inspect/popularity_10samples_unscored.eval"), "no sample has a score; score the log first.")
    choice = read_trials(fixture("inspect/mmlu_1sample_choices.eval"))
    assert choice.groups[2:] == ("task_version", "task_arg_language", "task_arg_subjects", "task_arg_cot")
    both = read_trials(
        [fixture("inspect/popularity_2samples_2epochs.eval"), fixture("inspect/popularity_3samples.json")]
    )
    assert both.grouped(["task"]).table["attempts"].tolist() == [3, 3, 1]
    assert "Mixed inside a group: model (" in both.grouped(["task"]).notes[-2]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs that Inspect writes, in a process of its own."""
    pytest.importorskip("inspect_ai")
    folder = tmp_path_factory.mktemp("logs")
    script = Path(__file__).with_name("inspect_logs.py")
    done = subprocess.run([sys.executable, str(script), str(folder)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("format_", ["eval", "json"])
def test_a_log_that_inspect_writes(written: Path, format_: str) -> None:
    trials = read_trials(written / f"four.{format_}", check_duplicates=True)
    arguments = ("task_arg_attack", "task_arg_depth", "task_arg_judged")
    assert trials.groups == ("model", "task", "task_version", *arguments)
    group = ("mockllm/model", "attacks", "2", "pair", "3", "false")
    assert counts(trials, *trials.groups) == {
        (*group, "1"): (4, 2, 0),
        (*group, "2"): (4, 2, 0),
        (*group, "it's 3"): (0, 0, 4),
    }
    assert trials.notes == (
        "An attempt is a success where 'includes' is C, true or 1.",
        "4 samples with an error, or invalidated: counted as not run.",
        "4 of 12 attempts did not run and are left out: they count neither as successes nor as failures.",
        'No attempt ran for 1 problem ("it\'s 3"): each remains with 0 attempts, at unknown risk.',
    )
    assert read_trials(written / "four.eval").digest == read_trials(written / "four.json").digest


def test_several_scorers_and_scores_of_several_parts(written: Path) -> None:
    path = written / "judged.eval"
    refused(path, "several scorers ('includes', 'harm.severity', 'harm.held'); name the one that counts with scorer=.")
    refused(path, "no scorer 'harm.hold'. Did you mean 'harm.held'?", scorer="harm.hold")
    refused(path, "0.7 (sample '1', epoch 1 of ", "by 'harm.severity': neither a success", scorer="harm.severity")
    for options, got in (
        ({"scorer": "includes"}, [1, 1, 0]),
        ({"scorer": "harm.held"}, [1, 1, 0]),
        ({"scorer": "harm.held", "success": "I"}, [1, 1, 0]),
        ({"scorer": "harm.severity", "success": 0.7}, [2, 2, 0]),
        ({"scorer": "harm.severity", "success": 0.71}, [0, 0, 0]),
    ):
        assert read_trials(path, **options).table["successes"].tolist() == got  # type: ignore[arg-type]


def test_a_retry_is_not_counted_beside_what_it_repeats(written: Path) -> None:
    failed, retried = written / "failed.eval", written / "retried.eval"
    refused([failed, retried], "Several logs of one evaluation, so that samples are repeated", f"{failed}, {retried}")
    two_runs = read_trials([written / "four.eval", written / "again.eval"])
    assert two_runs.table["attempts"].tolist() == [6, 6, 0]


def test_a_log_that_stopped_at_an_error(written: Path) -> None:
    trials = read_trials(written / "retried.eval")
    assert trials.notes[0].startswith("retried.eval: the evaluation is not complete (error); ")
    assert trials.table["attempts"].max() <= 2


def test_invalidated_samples_did_not_run(written: Path) -> None:
    assert {key: (ran, failed) for key, (ran, _, failed) in counts(read_trials(written / "invalid.eval")).items()} == {
        ("1",): (1, 1),
        ("2",): (2, 0),
        ("it's 3",): (0, 2),
    }


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"{}", b'{"version": 2}', b"[1, 2]"])
@pytest.mark.parametrize("suffix", [".eval", ".json"])
def test_files_that_are_not_inspect_logs_are_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    pytest.importorskip("inspect_ai")
    path = tmp_path / f"log{suffix}"
    path.write_bytes(content)
    refused(path, str(path), "is not a whole Inspect log")


def test_a_truncated_inspect_log(written: Path, tmp_path: Path) -> None:
    for suffix in (".eval", ".json"):
        data = (written / f"four{suffix}").read_bytes()
        (path := tmp_path / f"cut{suffix}").write_bytes(data[:-2000])
        refused(path, "is not a whole Inspect log")
