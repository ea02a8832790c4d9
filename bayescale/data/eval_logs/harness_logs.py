"""Sample logs of the LM Evaluation Harness as samples, read in the format that it documents."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bayescale.core.notes import Note
from bayescale.core.text import SHOWN, count, listing
from bayescale.data.attempts.files import invalid_lines
from bayescale.data.eval_logs.samples import Sample, as_label, group_columns, set_values
from bayescale.errors import InputError

#: Keys that distinguish a sample log of the LM Evaluation Harness from a table in JSON lines.
HARNESS_KEYS = {"doc_id", "filtered_resps"}


_HARNESS_FIXED = {"doc_id", "doc", "target", "arguments", "resps", "filter", "metrics", "doc_hash", "prompt_hash"}


_HARNESS_NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[^_]+)")


def harness_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Note]]:
    """Read the documents of sample logs of the LM Evaluation Harness; scores are named "metric,filter".

    Parameters
    ----------
    paths : sequence of Path
        The logs.

    Returns
    -------
    samples : list of Sample
        The documents.
    notes : list of Note
        Notes on models named by folders and on prompts that differ.

    Raises
    ------
    InputError
        If a line is not an object, or a document occurs twice in a log.
    """
    if invalid := invalid_lines(paths):
        raise InputError(f"{listing([str(path) for path in paths])}: not every line is a JSON object", invalid)
    samples: list[Sample] = []
    notes: list[Note] = []
    prompts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    headers = {path: _harness_groups(path) for path in paths}
    columns = group_columns(
        {path: fixed for path, (fixed, _, _) in headers.items()},
        {path: settings for path, (_, settings, _) in headers.items()},
    )
    for path in paths:
        groups = columns[path]
        notes += headers[path][2]
        for problem, (scores, prompt, answers) in _harness_documents(path).items():
            prompts[groups["task"], problem].add(prompt)
            where = f"document {problem} of {path.name}"
            samples.append(Sample(str(path), where, groups, problem, path.name, scores, answers=answers))
    changed = [f"{task} {problem}" for (task, problem), hashes in prompts.items() if len(hashes) > 1]
    if changed:
        message = f"The prompt differs between logs for {count(len(changed), 'document')}: {listing(changed)}."
        notes.append(Note("prompts_differ", message, changed[:SHOWN]))
    return samples, notes


def _harness_groups(path: Path) -> tuple[dict[str, str], dict[str, str], list[Note]]:
    """`task` and `model` of a sample log, settings of its run, and a note where the model is only the folder's name."""
    match = _HARNESS_NAME.fullmatch(path.stem)
    task = match["task"] if match else path.stem.removeprefix("samples_")
    beside = path.with_name(f"results_{match['date']}.json") if match else None
    try:
        results = json.loads(beside.read_bytes()) if beside and beside.is_file() else None
    except (OSError, ValueError, RecursionError):
        results = None
    model = results.get("model_name") if isinstance(results, dict) else None
    if isinstance(model, str) and model:
        return {"model": model, "task": task}, _harness_settings(set_values(results), task), []
    folder = path.resolve().parent.name
    message = (
        f"{path.name}: the model is read from the name of the folder ({folder!r}), since the folder has no "
        "results_*.json of that run."
    )
    return {"model": folder, "task": task}, {}, [Note("model_from_folder", message, (path.name, folder))]


def _harness_settings(results: Mapping[str, Any], task: str) -> dict[str, str]:
    """Settings of a sample log from the results in its folder.

    Arguments of the model and of generation; for the task its examples, version and settings of generation.
    """
    config, task_config = set_values(results.get("config")), set_values(set_values(results.get("configs")).get(task))
    settings = {
        "model_arg_all": config.get("model_args"),
        "generate_kwargs": config.get("gen_kwargs"),
        "generate_task_kwargs": task_config.get("generation_kwargs"),
        "log_examples": set_values(results.get("n-shot")).get(task),
        "log_system_instruction": results.get("system_instruction"),
        "log_chat_template": results.get("chat_template_sha"),
        "task_version": set_values(results.get("versions")).get(task),
    }
    return {name: as_label(value) for name, value in settings.items() if value not in (None, {}, [], "")}


def _harness_documents(path: Path) -> dict[str, tuple[dict[str, Any], str, int]]:
    """Each document's scores over all filters, the hash of its prompt, and the number of answers to a request."""
    documents: dict[str, tuple[dict[str, Any], str, int]] = {}
    repeated = []
    with path.open(encoding="utf-8-sig") as lines:
        for line in lines:
            if not line.strip():
                continue
            record = json.loads(line)
            suffix = f",{record.get('filter', 'none')}"
            metrics = record.get("metrics") or [name for name, value in record.items() if _is_metric(name, value)]
            problem = str(record.get("doc_id", ""))
            answers = max([1, *(len(response) for response in record.get("resps") or [] if isinstance(response, list))])
            scores, _, _ = documents.setdefault(problem, ({}, str(record.get("prompt_hash", "")), answers))
            repeated += [problem] * any(f"{name}{suffix}" in scores for name in metrics)
            scores |= {f"{name}{suffix}": record.get(name) for name in metrics}
    if repeated:
        raise InputError(f"{path}: documents that occur more than once: {listing(repeated)}; keep one of each.")
    return documents


def _is_metric(name: str, value: object) -> bool:
    return name not in _HARNESS_FIXED and isinstance(value, int | float)
