"""Evaluation logs: each sample and epoch an attempt, and no score guessed to be a success."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bayescale.data.eval_logs import samples, scores
from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError

FIXTURES = Path(__file__).resolve().parents[4] / "shared" / "data" / "adapter_fixtures"

type Counts = dict[tuple[str, ...], tuple[int, int, int]]


def counts(trials: Trials, *names: str) -> Counts:
    return {
        tuple(row[name] for name in (*names, "problem")): (row["attempts"], row["successes"], row["errors"])
        for row in trials.table.to_dict("records")
    }


def refused(source: object, *says: str, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read_trials(source, **options)
    for piece in says:
        assert piece in str(caught.value), str(caught.value)
    return str(caught.value)


def fixture(name: str) -> Path:
    if not FIXTURES.exists():
        pytest.skip("the public data sets are not beside the checkout")
    return FIXTURES / name


# What a score means.


@pytest.mark.parametrize(
    ("score", "as_c", "as_i", "at_half"),
    [
        ("C", True, False, True),
        ("I", False, True, False),
        ("N", False, False, False),
        (True, True, False, True),
        (False, False, True, False),
        (1, True, False, True),
        (0.0, False, True, False),
        ("1", True, False, True),
        ("0.0", False, True, False),
        ("yes", True, False, True),
        ("False", False, True, False),
        (None, None, None, None),
        (float("nan"), None, None, None),
        ("P", ValueError, ValueError, True),
        (0.5, ValueError, ValueError, True),
        (0.49, ValueError, ValueError, False),
        (7, ValueError, ValueError, True),
        ("0.7", ValueError, ValueError, True),
        ("refusal", ValueError, ValueError, ValueError),
        ([1, 0], ValueError, ValueError, ValueError),
    ],
)
def test_what_a_score_means(score: Any, as_c: Any, as_i: Any, at_half: Any) -> None:
    for wanted, verdict in (("C", as_c), ("I", as_i), (0.5, at_half)):
        if verdict is ValueError:
            with pytest.raises(ValueError, match=r"success=0\.5|name another scorer"):
                scores._verdict(score, wanted)
        else:
            assert scores._verdict(score, wanted) is verdict


# The LM Evaluation Harness: its files are made here as it writes them.


def document(doc_id: int, filter_: str = "none", **metrics: Any) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "doc": {"question": f"What is {doc_id}?", "choices": ["a", "b"]},
        "target": "1",
        "arguments": {"gen_args_0": {"arg_0": "Q", "arg_1": " a"}},
        "resps": [[["-1.5", "False"]], [["-2.5", "True"]]],
        "filtered_resps": [["-1.5", "False"], ["-2.5", "True"]],
        "filter": filter_,
        "metrics": list(metrics),
        "doc_hash": f"doc {doc_id}",
        "prompt_hash": f"prompt {doc_id}",
        "target_hash": "target",
        **metrics,
    }


def harness(folder: Path, documents: list[dict[str, Any]], date: str, task: str = "arc_easy", model: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"samples_{task}_{date}.jsonl"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in documents), encoding="utf-8")
    if model:
        (folder / f"results_{date}.json").write_text(json.dumps({"results": {}, "model_name": model}))
    return path


DATES = ["2025-01-02T03-04-05.678901", "2025-01-02T04-00-00.000001"]


def test_harness_documents_are_attempts(tmp_path: Path) -> None:
    for date, accuracies in zip(DATES, ([1.0, 0.0, 1.0], [0.0, 0.0, 1.0]), strict=True):
        harness(tmp_path, [document(n, acc=score) for n, score in enumerate(accuracies)], date, model="org/model-1")
    trials = read_trials(str(tmp_path / "samples_*.jsonl"))
    assert trials.groups == ("model", "task")
    assert counts(trials, "model", "task") == {
        ("org/model-1", "arc_easy", "0"): (2, 1, 0),
        ("org/model-1", "arc_easy", "1"): (2, 0, 0),
        ("org/model-1", "arc_easy", "2"): (2, 2, 0),
    }
    assert trials.notes == ("An attempt is a success where 'acc,none' is C, true or 1.",)
    assert read_trials(tmp_path / f"samples_arc_easy_{DATES[0]}.jsonl", check_duplicates=True).table["row"].size == 3


def test_harness_metrics_and_filters_must_be_named(tmp_path: Path) -> None:
    documents = [
        document(n, filter_, exact_match=float(filter_ == "flexible-extract"), f1=0.25)
        for n in range(3)
        for filter_ in ("strict-match", "flexible-extract")
    ]
    path = harness(tmp_path, documents, DATES[0], task="gsm8k", model="m")
    names = "'exact_match,strict-match', 'f1,strict-match', 'exact_match,flexible-extract', 'f1,flexible-extract'"
    refused(path, f"several scorers ({names}); name the one that counts with scorer=.")
    refused(path, "fits 'exact_match,strict-match', 'exact_match,flexible-extract'; name one", scorer="exact_match")
    refused(path, "no scorer 'exact_match,strict'. Did you mean 'exact_match,strict-m", scorer="exact_match,strict")
    for filter_, got in (("strict-match", 0), ("flexible-extract", 1)):
        trials = read_trials(path, scorer=f"exact_match,{filter_}")
        assert counts(trials) == {(str(n),): (1, got, 0) for n in range(3)}
    text = refused(path, "some scores do not decide whether the attempt succeeded", scorer="f1,strict-match")
    assert "0.25 (document 0 of samples_gsm8k_" in text
    assert "by 'f1,strict-match': neither a success nor a failure; give the least score that is a success" in text
    assert read_trials(path, scorer="f1,strict-match", success=0.2).table["successes"].tolist() == [1, 1, 1]
    assert read_trials(path, scorer="f1,strict-match", success=0.3).table["successes"].tolist() == [0, 0, 0]


def test_a_harness_metric_of_one_filter_needs_no_filter(tmp_path: Path) -> None:
    path = harness(tmp_path, [document(0, acc=1.0, acc_norm=0.0)], DATES[0], model="m")
    assert read_trials(path, scorer="acc").table["successes"].tolist() == [1]
    assert read_trials(path, scorer="acc_norm").table["successes"].tolist() == [0]
    assert read_trials(path, scorer="acc_norm", success="I").table["successes"].tolist() == [1]


def test_older_harness_logs_do_not_name_their_metrics(tmp_path: Path) -> None:
    old = document(0, acc=1.0)
    for name in ("metrics", "filter", "doc_hash", "prompt_hash", "target_hash"):
        del old[name]
    assert counts(read_trials(harness(tmp_path, [old], DATES[0], model="m"))) == {("0",): (1, 1, 0)}


def test_the_model_of_a_harness_log_without_results_is_its_folder(tmp_path: Path) -> None:
    path = harness(tmp_path / "org__model", [document(0, acc=1.0)], DATES[0])
    trials = read_trials(path)
    assert trials.table["model"].tolist() == ["org__model"]
    assert "the model is read from the name of the folder ('org__model')" in trials.notes[0]
    (path.parent / f"results_{DATES[0]}.json").write_text("{broken")
    assert read_trials(path).table["model"].tolist() == ["org__model"]
    renamed = path.rename(path.with_name("samples.jsonl"))
    assert read_trials(renamed).table["task"].tolist() == ["samples"]


def test_harness_logs_that_do_not_go_together(tmp_path: Path) -> None:
    good = harness(tmp_path, [document(0, acc=1.0)], DATES[0], model="m")
    table = tmp_path / "attempts.jsonl"
    table.write_text('{"problem": "p", "success": true}\n')
    refused([good, table], "attempts.jsonl: not a sample log of the LM Evaluation Harness as the other files")
    other = harness(tmp_path, [document(0, bleu=1.0)], DATES[0], task="wmt")
    refused([good, other], "several scorers ('acc,none', 'bleu,none')")
    refused([good, other], f"no sample of {other} is scored by 'acc,none'; read it apart.", scorer="acc")
    twice = harness(tmp_path / "b", [document(0, acc=1.0), document(0, acc=1.0)], DATES[0])
    refused(twice, "documents that stand there more than once: 0; keep one of each.")
    with twice.open("a") as file:
        file.write('{"doc_id": 1')
    refused(twice, "not every line is a JSON object", "line 3: ")


def test_harness_notes(tmp_path: Path) -> None:
    changed = {**document(0, acc=1.0), "prompt_hash": "with other examples"}
    several = {**document(1, acc=0.0), "resps": [["a", "b", "c"]]}
    unscored = document(2, acc=None)
    first = harness(tmp_path, [document(0, acc=1.0), several, unscored], DATES[0], model="m")
    second = harness(tmp_path, [changed], DATES[1], model="m")
    trials = read_trials([first, second])
    assert counts(trials) == {("0",): (2, 2, 0), ("1",): (1, 0, 0), ("2",): (0, 0, 1)}
    assert trials.notes == (
        f"{first.name}: 3 answers a document have one score; they count as one attempt.",
        "The prompt is not the same in every log for 1 document: arc_easy 0.",
        "An attempt is a success where 'acc,none' is C, true or 1.",
        "1 sample not scored by 'acc,none': counted as not run.",
        "1 of 4 attempts did not run and are left out: they count neither as successes nor as failures.",
        "No attempt ran for 1 problem ('2'): each remains with 0 attempts, at unknown risk.",
    )


@pytest.mark.parametrize("success", ["P", "correct", float("nan"), float("inf")])
def test_what_success_may_be(tmp_path: Path, success: Any) -> None:
    path = harness(tmp_path, [document(0, acc=1.0)], DATES[0], model="m")
    refused(path, f'success={success!r}: give "C" (graded correct)', success=success)


def test_success_is_no_truth_value(tmp_path: Path) -> None:
    path = harness(tmp_path, [document(0, acc=1.0)], DATES[0], model="m")
    refused(path, "success=True must be text or a number or None", success=True)


@pytest.mark.shared
@pytest.mark.parametrize("shots", ["zero", "five"])
def test_harness_results_have_no_samples(shots: str) -> None:
    path = fixture(f"lm_eval_harness/pythia-160m_{shots}-shot_step143000.json")
    refused(path, "holds results of the LM Evaluation Harness without samples; evaluate with --log_samples")


# Inspect: its published logs, and logs it writes here with a model that is made up.


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
    assert older.notes[0] == "popularity_3samples.json: the evaluation is not complete (cancelled); 3 samples of it."
    refused(fixture("inspect/popularity_10samples_unscored.eval"), "no sample carries a score; score the log first.")
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
    refused([failed, retried], "Logs of one evaluation, of which a later one repeats", f"{failed}, {retried}")
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
def test_what_is_no_inspect_log(tmp_path: Path, content: bytes, suffix: str) -> None:
    pytest.importorskip("inspect_ai")
    path = tmp_path / f"log{suffix}"
    path.write_bytes(content)
    refused(path, str(path), "is not a whole Inspect log")


def test_a_truncated_inspect_log(written: Path, tmp_path: Path) -> None:
    for suffix in (".eval", ".json"):
        data = (written / f"four{suffix}").read_bytes()
        (path := tmp_path / f"cut{suffix}").write_bytes(data[:-2000])
        refused(path, "is not a whole Inspect log")


def test_labels_of_arguments() -> None:
    assert [samples.as_label(value) for value in ("pair", 3, True, None, ["a"], {"b": 1})] == [
        "pair",
        "3",
        "true",
        "null",
        '["a"]',
        '{"b": 1}',
    ]
