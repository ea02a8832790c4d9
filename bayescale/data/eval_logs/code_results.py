"""Results of code benchmarks: EvalPlus (JSON) and HumanEval (JSON lines).

EvalPlus writes `eval`: for every task its samples, each with `base_status` and `plus_status` ("pass", "fail",
"timeout"); before release 0.3, lists `base` and `plus` of [status, details]. A sample passes "plus" where it passes
both, as EvalPlus counts it. https://github.com/evalplus/evalplus (`evalplus/evaluate.py`).

HumanEval writes every sample with `result` and `passed`. https://github.com/openai/human-eval.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bayescale.core.notes import Note
from bayescale.data.attempts.files import invalid_lines
from bayescale.data.eval_logs.samples import Sample, json_content
from bayescale.errors import InputError

EVALPLUS_KEYS = {"eval", "hash"}
HUMANEVAL_KEYS = {"task_id", "passed", "result"}
_PASS = "pass"
_ENDINGS = ("_eval_results", ".eval_results", "_results", ".jsonl_results", "-sanitized")


def evalplus_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Note]]:
    """Read the samples of results of EvalPlus, with the scores "base" and, where they were run, "plus".

    Parameters
    ----------
    paths : sequence of Path
        The files; the model is in the name.

    Returns
    -------
    samples : list of Sample
        The samples.
    notes : list of Note
        Notes on models named by files.

    Raises
    ------
    InputError
        If a task has samples of another form.
    """
    samples: list[Sample] = []
    for path in paths:
        groups = {"model": _model(path)}
        for task, results in json_content(path)["eval"].items():
            for place, scores in enumerate(_evalplus_scores(path, task, results)):
                where = f"sample {place} of {task} in {path.name}"
                samples.append(Sample(str(path), where, groups, str(task), str(place), scores))
    return samples, [_model_note(path) for path in paths]


def _evalplus_scores(path: Path, task: str, results: Any) -> list[dict[str, Any]]:
    try:
        if isinstance(results, dict):  # before release 0.3
            base = [entry[0] for entry in results["base"]]
            plus = [entry[0] for entry in results.get("plus") or []] or [None] * len(base)
        else:
            base = [entry["base_status"] for entry in results]
            plus = [entry.get("plus_status") for entry in results]
        return [
            {"base": first == _PASS} | ({} if second is None else {"plus": first == second == _PASS})
            for first, second in zip(base, plus, strict=True)
        ]
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise InputError(
            f"{path}: the samples of {task!r} are not as EvalPlus writes them ({type(error).__name__}); evaluate again."
        ) from error


def humaneval_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Note]]:
    """Read the samples of results of HumanEval, with the score "passed".

    Parameters
    ----------
    paths : sequence of Path
        The files; the model is in the name.

    Returns
    -------
    samples : list of Sample
        The samples.
    notes : list of Note
        Notes on models named by files.

    Raises
    ------
    InputError
        If a line is not an object.
    """
    if invalid := invalid_lines(paths):
        raise InputError(f"{paths[0]}: not every line is a JSON object", invalid)
    samples: list[Sample] = []
    for path in paths:
        numbers: Counter[str] = Counter()
        with path.open(encoding="utf-8-sig") as lines:
            for record in (json.loads(line) for line in lines if line.strip()):
                task = str(record.get("task_id", ""))
                where = f"sample {numbers[task]} of {task} in {path.name}"
                scores = {"passed": record.get("passed")}
                samples.append(Sample(str(path), where, {"model": _model(path)}, task, str(numbers[task]), scores))
                numbers[task] += 1
    return samples, [_model_note(path) for path in paths]


def _model(path: Path) -> str:
    name = path.name.rpartition(".")[0]
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name.removesuffix(".jsonl") or path.stem


def _model_note(path: Path) -> Note:
    message = f"{path.name}: the model is read from the name of the file ({_model(path)!r})."
    return Note("model_from_file", message, (path.name, _model(path)))
