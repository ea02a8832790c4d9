"""Sample logs of the LM Evaluation Harness: each document is an attempt, and settings define groups."""

import json
from pathlib import Path

from bayescale.data.trials import read_trials
from tests.data.eval_logs.log_files import DATES, counts, document, harness, refused, repeated_log


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
    refused([good, other], f"no sample of {other} is scored by 'acc,none'; read it separately.", scorer="acc")
    twice = harness(tmp_path / "b", [document(0, acc=1.0), document(0, acc=1.0)], DATES[0])
    refused(twice, "documents that occur more than once: 0; keep one of each.")
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
        "The prompt differs between logs for 1 document: arc_easy 0.",
        "An attempt is a success where 'acc,none' is C, true or 1.",
        "1 sample not scored by 'acc,none': counted as not run.",
        "1 of 4 attempts did not run and are left out: they count neither as successes nor as failures.",
        "No attempt ran for 1 problem ('2'): each remains with 0 attempts, at unknown risk.",
    )


def test_harness_logs_of_different_settings_are_groups(tmp_path: Path) -> None:
    paths = []
    for day, kwargs in ((1, "temperature=0.2"), (2, "temperature=1.0")):
        (folder := tmp_path / str(day)).mkdir()
        path = repeated_log(folder, [0.0, 1.0, float(day == 1)], "acc", 1)
        paths.append(path.rename(tmp_path / f"samples_mgsm_2026-01-0{day}T00-00-00.1.jsonl"))
        config = {"results": {}, "model_name": "m", "config": {"gen_kwargs": kwargs}}
        (tmp_path / f"results_2026-01-0{day}T00-00-00.1.json").write_text(json.dumps(config))
    trials = read_trials(paths)
    assert trials.groups == ("model", "task", "generate_kwargs")
    assert (trials.grouped().table["attempts"] == 1).all()
