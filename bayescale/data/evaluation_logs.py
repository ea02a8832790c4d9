"""What evaluation logs hold, as samples: attempts with their scores, nothing yet said of which score is a success."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayescale.data.attempt_files import wrong_lines
from bayescale.data.text import count, listing
from bayescale.errors import InputError

#: What tells a sample log of the LM Evaluation Harness from a table in JSON lines.
HARNESS_KEYS = {"doc_id", "filtered_resps"}
_HARNESS_FIXED = {"doc_id", "doc", "target", "arguments", "resps", "filter", "metrics", "doc_hash", "prompt_hash"}
_HARNESS_NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[^_]+)")


@dataclass(frozen=True)
class Sample:
    """One attempt in a log: where it stands, its problem and groups, its scores by scorer, whether it ran, and how many
    answers its scores are of."""

    log: str
    where: str
    groups: dict[str, str]
    problem: str
    attempt: str
    scores: dict[str, Any]
    error: bool = False
    limited: bool = False
    answers: int = 1


def inspect_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[str]]:
    """The samples of Inspect logs, one per sample and epoch, and notes on logs that are not finished.

    Raises InputError without `inspect-ai`, for files it cannot read, logs without samples, and two logs of one
    evaluation: a retry repeats what the log before it had finished.
    """
    headers = {path: _inspect_header(path) for path in paths}
    tries: defaultdict[str, list[Path]] = defaultdict(list)
    for path, header in headers.items():
        tries[header.eval.task_id].append(path)
    repeated = [same for same in tries.values() if len(same) > 1]
    if repeated:
        raise InputError(
            "Logs of one evaluation, of which a later one repeats the samples of an earlier; give the latest alone",
            [listing([str(path) for path in same]) for same in repeated],
        )
    samples, notes = [], []
    for path, header in headers.items():
        found = _inspect_log(path, header)
        if not found:
            raise InputError(f"{path}: the log holds no samples.")
        samples += found
        if header.status != "success":
            notes.append(
                f"{path.name}: the evaluation is not complete ({header.status}); {count(len(found), 'sample')} of it."
            )
    return samples, notes


def _inspect_header(path: Path) -> Any:
    try:
        from inspect_ai.log import read_eval_log
    except ImportError as error:
        _refuse_harness_results(path)
        raise InputError(
            f"{path}: is read as an Inspect log, which needs Inspect: pip install 'bayescale[inspect]'."
        ) from error
    try:
        return read_eval_log(str(path), header_only=True)
    except Exception as error:  # whatever the reader meets in a file that is not, or not wholly, a log
        _refuse_harness_results(path)
        raise InputError(f"{path}: is not a whole Inspect log ({_first_line(error)}).") from error


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"[:200]


def _refuse_harness_results(path: Path) -> None:
    try:
        content = json.loads(path.read_bytes()) if path.suffix.lower() == ".json" else None
    except (ValueError, RecursionError):
        return
    if isinstance(content, dict) and {"results", "versions"} <= set(content):
        raise InputError(
            f"{path}: holds results of the LM Evaluation Harness without samples; evaluate with --log_samples and give "
            "samples_*.jsonl."
        )


def _inspect_log(path: Path, header: Any) -> list[Sample]:
    from inspect_ai.log import read_eval_log_sample_summaries

    groups = {"model": str(header.eval.model), "task": str(header.eval.task)}
    groups["task_version"] = str(header.eval.task_version)
    groups |= {f"task_arg_{name}": _as_label(value) for name, value in header.eval.task_args.items()}
    try:
        summaries = read_eval_log_sample_summaries(str(path))
        invalid = _invalidated(path) if header.invalidated else set()
    except Exception as error:  # as above
        raise InputError(f"{path}: is not a whole Inspect log ({_first_line(error)}).") from error
    return [
        Sample(
            log=str(path),
            where=f"sample {one.id!r}, epoch {one.epoch} of {path.name}",
            groups=groups,
            problem=str(one.id),
            attempt=f"{header.eval.eval_id} {one.epoch}",
            scores=_scores(one.scores or {}),
            error=one.error is not None or (one.id, one.epoch) in invalid,
            limited=one.limit is not None,
        )
        for one in summaries
    ]


def _invalidated(path: Path) -> set[tuple[Any, int]]:
    from inspect_ai.log import read_eval_log

    samples = read_eval_log(str(path)).samples or []
    return {(sample.id, sample.epoch) for sample in samples if sample.invalidation is not None}


def _scores(scores: dict[str, Any]) -> dict[str, Any]:
    """Values by scorer; a scorer that gives several under names gives "scorer.name" for each."""
    values: dict[str, Any] = {}
    for name, score in scores.items():
        if isinstance(score.value, dict):
            values |= {f"{name}.{part}": value for part, value in score.value.items()}
        else:
            values[name] = score.value
    return values


def _as_label(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def harness_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[str]]:
    """The documents of sample logs of the LM Evaluation Harness, their scores named "metric,filter", and notes.

    Raises InputError for lines that are no objects, and for a document that stands twice in a log.
    """
    if wrong := wrong_lines(paths):
        raise InputError(f"{listing([str(path) for path in paths])}: not every line is a JSON object", wrong)
    samples: list[Sample] = []
    notes: list[str] = []
    prompts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for path in paths:
        groups, note = _harness_groups(path)
        notes += note
        for problem, (scores, prompt, answers) in _harness_documents(path).items():
            prompts[groups["task"], problem].add(prompt)
            where = f"document {problem} of {path.name}"
            samples.append(Sample(str(path), where, groups, problem, path.name, scores, answers=answers))
    changed = [f"{task} {problem}" for (task, problem), hashes in prompts.items() if len(hashes) > 1]
    if changed:
        notes.append(
            f"The prompt is not the same in every log for {count(len(changed), 'document')}: {listing(changed)}."
        )
    return samples, notes


def _harness_groups(path: Path) -> tuple[dict[str, str], list[str]]:
    """`task` and `model` of a sample log, and a note where the model is only the name of the folder."""
    match = _HARNESS_NAME.fullmatch(path.stem)
    task = match["task"] if match else path.stem.removeprefix("samples_")
    beside = path.with_name(f"results_{match['date']}.json") if match else None
    try:
        results = json.loads(beside.read_bytes()) if beside else None
    except (OSError, ValueError, RecursionError):
        results = None
    named = results.get("model_name") if isinstance(results, dict) else None
    if isinstance(named, str) and named:
        return {"model": named, "task": task}, []
    folder = path.resolve().parent.name
    return {"model": folder, "task": task}, [
        f"{path.name}: the model is taken from the folder ({folder!r}), since no results_*.json of that run is there."
    ]


def _harness_documents(path: Path) -> dict[str, tuple[dict[str, Any], str, int]]:
    """For each document its scores over all filters, its prompt's hash, and how many answers were given to a
    request."""
    documents: dict[str, tuple[dict[str, Any], str, int]] = {}
    twice = []
    with path.open(encoding="utf-8-sig") as lines:
        for line in lines:
            if not line.strip():
                continue
            record = json.loads(line)
            named = f",{record.get('filter', 'none')}"
            metrics = record.get("metrics") or [name for name, value in record.items() if _is_metric(name, value)]
            problem = str(record.get("doc_id", ""))
            answers = max([1, *(len(one) for one in record.get("resps") or [] if isinstance(one, list))])
            scores, _, _ = documents.setdefault(problem, ({}, str(record.get("prompt_hash", "")), answers))
            twice += [problem] * any(f"{name}{named}" in scores for name in metrics)
            scores |= {f"{name}{named}": record.get(name) for name in metrics}
    if twice:
        raise InputError(f"{path}: documents that stand there more than once: {listing(twice)}; keep one of each.")
    return documents


def _is_metric(name: str, value: object) -> bool:
    return name not in _HARNESS_FIXED and isinstance(value, int | float)
