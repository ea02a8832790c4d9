"""What evaluation logs hold, as samples: attempts with their scores, nothing yet said of which score is a success."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayescale.core.text import count, listing
from bayescale.data.attempts.files import wrong_lines
from bayescale.errors import InputError

#: What tells a sample log of the LM Evaluation Harness from a table in JSON lines.
HARNESS_KEYS = {"doc_id", "filtered_resps"}
_HARNESS_FIXED = {"doc_id", "doc", "target", "arguments", "resps", "filter", "metrics", "doc_hash", "prompt_hash"}
#: Settings of generation that say how a service is called, not what it answers.
_CONNECTION = {"max_retries", "timeout", "attempt_timeout", "max_connections", "adaptive_connections", "batch", "cache"}
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
    groups = _inspect_groups(headers)
    for path, header in headers.items():
        found = _inspect_log(path, header, groups[path])
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


def _inspect_groups(headers: Mapping[Path, Any]) -> dict[Path, dict[str, str]]:
    """What tells the attempts of each log from those of others: model, task, the task's arguments, and every setting in
    which the logs differ; "(none)" for what a log does not have."""
    always = {
        path: {"model": str(one.eval.model), "task": str(one.eval.task), "task_version": str(one.eval.task_version)}
        | {f"task_arg_{name}": _as_label(value) for name, value in one.eval.task_args.items()}
        for path, one in headers.items()
    }
    return _told_apart(always, {path: _inspect_settings(one) for path, one in headers.items()})


def _told_apart(
    always: Mapping[Path, dict[str, str]], settings: Mapping[Path, dict[str, str]]
) -> dict[Path, dict[str, str]]:
    """The columns `always` of every log, and those of `settings` in which logs differ."""
    names = dict.fromkeys(name for one in settings.values() for name in one)
    differ = [name for name in names if len({one.get(name) for one in settings.values()}) > 1]
    if any(name.startswith(("solver", "generate_")) for name in differ):  # what the plan would say again
        differ = [name for name in differ if name != "log_plan"]
    columns = [*dict.fromkeys(name for one in always.values() for name in one), *differ]
    return {
        path: {name: {**settings[path], **own}.get(name, "(none)") for name in columns} for path, own in always.items()
    }


def _inspect_settings(header: Any) -> dict[str, str]:
    """How the attempts of a log were made, apart from its model and task: solver, settings of the model and of the
    run."""
    log, plan = header.eval, getattr(header, "plan", None)
    steps = [[one.solver, one.params] for one in getattr(plan, "steps", None) or []]
    generate = {**_plain(getattr(plan, "config", None)), **_plain(getattr(log, "model_generate_config", None))}
    run = {name: value for name, value in _plain(getattr(log, "config", None)).items() if name.endswith("_limit")}
    run |= {"plan": steps or None, "dataset": getattr(getattr(log, "dataset", None), "name", None)}
    run |= {name: getattr(log, name, None) for name in ("model_base_url", "model_roles", "sandbox")}
    return {
        name: _as_label(value)
        for name, value in {
            "solver": getattr(log, "solver", None),
            **{f"solver_arg_{name}": value for name, value in _plain(getattr(log, "solver_args", None)).items()},
            **{f"model_arg_{name}": value for name, value in _plain(getattr(log, "model_args", None)).items()},
            **{f"generate_{name}": value for name, value in generate.items() if name not in _CONNECTION},
            **{f"log_{name}": _plain(value) if hasattr(value, "model_dump") else value for name, value in run.items()},
        }.items()
        if value not in (None, {}, [])
    }


def _plain(settings: Any) -> dict[str, Any]:
    """Settings as a dictionary, those that are not set left out."""
    if hasattr(settings, "model_dump"):
        return dict(settings.model_dump(mode="json", exclude_none=True))
    return dict(settings) if isinstance(settings, Mapping) else {}


def _inspect_log(path: Path, header: Any, groups: dict[str, str]) -> list[Sample]:
    from inspect_ai.log import read_eval_log_sample_summaries

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
    read = {path: _harness_groups(path) for path in paths}
    told_apart = _told_apart(
        {path: groups for path, (groups, _, _) in read.items()}, {path: own for path, (_, own, _) in read.items()}
    )
    for path in paths:
        groups = told_apart[path]
        notes += read[path][2]
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


def _harness_groups(path: Path) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """`task` and `model` of a sample log, settings of its run, and a note where the model is only the folder's name."""
    match = _HARNESS_NAME.fullmatch(path.stem)
    task = match["task"] if match else path.stem.removeprefix("samples_")
    beside = path.with_name(f"results_{match['date']}.json") if match else None
    try:
        results = json.loads(beside.read_bytes()) if beside and beside.is_file() else None
    except (OSError, ValueError, RecursionError):
        results = None
    named = results.get("model_name") if isinstance(results, dict) else None
    if isinstance(named, str) and named:
        return {"model": named, "task": task}, _harness_settings(_plain(results), task), []
    folder = path.resolve().parent.name
    return (
        {"model": folder, "task": task},
        {},
        [
            f"{path.name}: the model is taken from the folder ({folder!r}), since no results_*.json of that run is "
            "there."
        ],
    )


def _harness_settings(results: Mapping[str, Any], task: str) -> dict[str, str]:
    """How the attempts of a sample log were made, from the results beside it: arguments of the model and of generation,
    and for the task the examples in its prompt, its version and its settings of generation."""
    config, own = _plain(results.get("config")), _plain(_plain(results.get("configs")).get(task))
    settings = {
        "model_arg_all": config.get("model_args"),
        "generate_kwargs": config.get("gen_kwargs"),
        "generate_task_kwargs": own.get("generation_kwargs"),
        "log_examples": _plain(results.get("n-shot")).get(task),
        "log_system_instruction": results.get("system_instruction"),
        "log_chat_template": results.get("chat_template_sha"),
        "task_version": _plain(results.get("versions")).get(task),
    }
    return {name: _as_label(value) for name, value in settings.items() if value not in (None, {}, [], "")}


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
