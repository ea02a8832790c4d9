"""Reports of garak: every answer to a prompt is an attempt, and detectors are scores."""

from pathlib import Path

from bayescale.data.trials import read_trials
from tests.data.eval_logs.attempt_logs import garak_attempt, garak_report
from tests.data.eval_logs.log_files import counts, refused


def test_answers_are_attempts(tmp_path: Path) -> None:
    attempts = [
        garak_attempt(0, {"dan.DAN": [1.0, 0.0, 0.4]}),
        garak_attempt(1, {"dan.DAN": [0.5, None, 0.0]}),
        garak_attempt(0, {"encoding.Match": [1.0, 1.0, 1.0]}, probe_classname="encoding.Base64"),
        garak_attempt(0, {}, status=1),
    ]
    trials = read_trials(garak_report(tmp_path / "garak.1.report.jsonl", attempts))
    assert trials.groups == ("model", "attack", "judge")
    assert counts(trials, "model", "attack") == {
        ("org/m", "dan.Dan", "dan.Dan 0"): (3, 1, 0),
        ("org/m", "dan.Dan", "dan.Dan 1"): (2, 1, 1),
        ("org/m", "encoding.Base64", "encoding.Base64 0"): (3, 3, 0),
    }
    assert any("at least 0.5 is a hit" in note for note in trials.notes)


def test_the_threshold_of_the_scan_counts(tmp_path: Path) -> None:
    report = garak_report(
        tmp_path / "a.report.jsonl", [garak_attempt(0, {"d": [0.6, 0.9]})], **{"run.eval_threshold": 0.8}
    )
    assert read_trials(report).table["successes"].tolist() == [1]


def test_several_detectors_must_be_named(tmp_path: Path) -> None:
    report = garak_report(tmp_path / "a.report.jsonl", [garak_attempt(0, {"a.A": [1.0, 1.0], "b.B": [0.0, 1.0]})])
    refused(report, "several scorers ('a.A', 'b.B')")
    assert read_trials(report, scorer="b.B").table["successes"].tolist() == [1]


def test_prompts_that_were_not_evaluated_did_not_run(tmp_path: Path) -> None:
    attempts = [garak_attempt(0, {"d": [1.0, 0.0]}), garak_attempt(1, {}, status=1, outputs=[None, None])]
    trials = read_trials(garak_report(tmp_path / "a.report.jsonl", attempts))
    assert counts(trials) == {("dan.Dan 0",): (2, 1, 0), ("dan.Dan 1",): (0, 0, 2)}
    refused(garak_report(tmp_path / "b.report.jsonl", attempts[1:]), "no evaluated attempt")
    odd = garak_report(tmp_path / "c.report.jsonl", attempts)
    odd.write_text(odd.read_text() + "7\n")
    refused(odd, "not every line is a JSON object")
