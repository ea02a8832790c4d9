"""Logs of the LM Evaluation Harness as it writes them, and what tests read from logs."""

import json
from pathlib import Path
from typing import Any

import pytest

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
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in documents), encoding="utf-8")
    if model:
        (folder / f"results_{date}.json").write_text(json.dumps({"results": {}, "model_name": model}))
    return path


DATES = ["2025-01-02T03-04-05.678901", "2025-01-02T04-00-00.000001"]


def repeated_log(folder: Path, scores: list[float], metric: str, answers: int, name: str = "mgsm") -> Path:
    documents = [
        {"doc_id": i, "resps": [["a"] * answers], "filtered_resps": ["a"], "filter": "none", "metrics": [metric]}
        | {"prompt_hash": f"p{i}", metric: score}
        for i, score in enumerate(scores)
    ]
    path = folder / f"samples_{name}_2026-01-01T00-00-00.1.jsonl"
    path.write_text("\n".join(map(json.dumps, documents)))
    return path
