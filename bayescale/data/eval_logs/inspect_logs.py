"""Inspect logs as samples, read by Inspect's reader."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bayescale.core.notes import Note
from bayescale.core.text import count, listing
from bayescale.data.eval_logs.samples import Sample, as_label, group_columns, set_values
from bayescale.data.file_paths import error_reason
from bayescale.errors import InputError

#: Settings of generation that describe the connection to a service, not its answers.
_CONNECTION = {"max_retries", "timeout", "attempt_timeout", "max_connections", "adaptive_connections", "batch", "cache"}


def inspect_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Note]]:
    """Read the samples of Inspect logs, one per sample and epoch.

    Parameters
    ----------
    paths : sequence of Path
        The logs.

    Returns
    -------
    samples : list of Sample
        The samples.
    notes : list of Note
        Notes on logs that are not finished.

    Raises
    ------
    InputError
        If `inspect-ai` is not installed, it cannot read a file, a log has no samples, or two logs are of one
        evaluation: a retry repeats what the earlier log had finished.
    """
    headers = {path: _inspect_header(path) for path in paths}
    tries: defaultdict[str, list[Path]] = defaultdict(list)
    for path, header in headers.items():
        tries[header.eval.task_id].append(path)
    repeated = [logs for logs in tries.values() if len(logs) > 1]
    if repeated:
        raise InputError(
            "Several logs of one evaluation, so that samples are repeated; give the latest log alone",
            [listing([str(path) for path in logs]) for logs in repeated],
        )
    samples: list[Sample] = []
    notes: list[Note] = []
    groups = _inspect_groups(headers)
    for path, header in headers.items():
        log_samples = _inspect_log(path, header, groups[path])
        if not log_samples:
            raise InputError(f"{path}: the log holds no samples; give a log of an evaluation that ran.")
        samples += log_samples
        if header.status != "success":
            message = (
                f"{path.name}: the evaluation is not complete ({header.status}); "
                f"{count(len(log_samples), 'sample')} of it are read."
            )
            notes.append(Note("incomplete_evaluation", message, (path.name,)))
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
    except Exception as error:  # the reader may raise any error for a file that is not, or not wholly, a log
        _refuse_harness_results(path)
        raise InputError(f"{path}: is not a whole Inspect log ({_reason(error)}).") from error


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error_reason(error)}"[:200]


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
    """Columns of each log: model, task, the task's arguments, and every setting in which the logs differ.

    "(none)" stands for a setting that a log does not have.
    """
    always = {
        path: {"model": str(log.eval.model), "task": str(log.eval.task), "task_version": str(log.eval.task_version)}
        | {f"task_arg_{name}": as_label(value) for name, value in log.eval.task_args.items()}
        for path, log in headers.items()
    }
    return group_columns(always, {path: _inspect_settings(header) for path, header in headers.items()})


def _inspect_settings(header: Any) -> dict[str, str]:
    """Settings of a log beyond its model and task: solver, settings of the model and of the run."""
    log, plan = header.eval, getattr(header, "plan", None)
    steps = [[step.solver, step.params] for step in getattr(plan, "steps", None) or []]
    generate = {**set_values(getattr(plan, "config", None)), **set_values(getattr(log, "model_generate_config", None))}
    run = {name: value for name, value in set_values(getattr(log, "config", None)).items() if name.endswith("_limit")}
    run |= {"plan": steps or None, "dataset": getattr(getattr(log, "dataset", None), "name", None)}
    run |= {name: getattr(log, name, None) for name in ("model_base_url", "model_roles", "sandbox")}
    return {
        name: as_label(value)
        for name, value in {
            "solver": getattr(log, "solver", None),
            **{f"solver_arg_{name}": value for name, value in set_values(getattr(log, "solver_args", None)).items()},
            **{f"model_arg_{name}": value for name, value in set_values(getattr(log, "model_args", None)).items()},
            **{f"generate_{name}": value for name, value in generate.items() if name not in _CONNECTION},
            **{
                f"log_{name}": set_values(value) if hasattr(value, "model_dump") else value
                for name, value in run.items()
            },
        }.items()
        if value not in (None, {}, [])
    }


def _is_model(value: Any) -> bool:
    return hasattr(value, "model_dump")


def _inspect_log(path: Path, header: Any, groups: dict[str, str]) -> list[Sample]:
    from inspect_ai.log import read_eval_log_sample_summaries

    try:
        summaries = read_eval_log_sample_summaries(str(path))
        invalid = _invalidated(path) if header.invalidated else set()
    except Exception as error:  # as in `_inspect_header`
        raise InputError(f"{path}: is not a whole Inspect log ({_reason(error)}).") from error
    return [
        Sample(
            log=str(path),
            where=f"sample {summary.id!r}, epoch {summary.epoch} of {path.name}",
            groups=groups,
            problem=str(summary.id),
            attempt=f"{header.eval.eval_id} {summary.epoch}",
            scores=_scores(summary.scores or {}),
            error=summary.error is not None or (summary.id, summary.epoch) in invalid,
            limited=summary.limit is not None,
        )
        for summary in summaries
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
