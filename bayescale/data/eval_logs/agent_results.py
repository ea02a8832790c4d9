"""Results of tau-bench: one JSON list of `task_id`, `trial`, `reward` and `info` for every trial of an agent.

Format: `EnvRunResult` of https://github.com/sierra-research/tau-bench (`tau_bench/types.py`, `tau_bench/run.py`).
A trial that ended in an exception has `error` in its `info`; it did not run.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bayescale.core.notes import Note
from bayescale.data.eval_logs.samples import Sample, json_content
from bayescale.errors import InputError

_FIELDS = {"task_id", "reward"}
#: Names that tau-bench gives: STRATEGY-MODEL-TEMPERATURE_range_0--1_user-USERMODEL-STRATEGY_DATE.json.
_NAME = re.compile(
    r"(?P<solver>tool-calling|act|react|few-shot)-(?P<model>.+)-(?P<temperature>[\d.]+)_range_[-\d]+_user-.+"
)


def is_tau_bench(content: Any) -> bool:
    """Return whether the content of a JSON file is a list of trials of tau-bench.

    Parameters
    ----------
    content : any
        The content.

    Returns
    -------
    bool
        Whether every entry has `task_id` and `reward`.
    """
    entries = isinstance(content, list) and content
    return bool(entries) and all(isinstance(entry, dict) and set(entry) >= _FIELDS for entry in content)


def tau_bench_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Note]]:
    """Read the trials of results of tau-bench.

    Parameters
    ----------
    paths : sequence of Path
        The files. `model`, `solver` and `temperature` are in the names that tau-bench gives; of any other name, the
        model is the name.

    Returns
    -------
    samples : list of Sample
        The trials, with the score "reward".
    notes : list of Note
        Notes on models named by files.

    Raises
    ------
    InputError
        If a trial of a task occurs twice in a file.
    """
    samples: list[Sample] = []
    notes: list[Note] = []
    for path in paths:
        match = _NAME.fullmatch(path.stem)
        groups = match.groupdict() if match else {"model": path.stem}
        if not match:
            message = f"{path.name}: the model is read from the name of the file ({path.stem!r})."
            notes.append(Note("model_from_file", message, (path.name, path.stem)))
        trials = [_sample(path, groups, place, entry) for place, entry in enumerate(json_content(path))]
        ids = [(trial.problem, trial.attempt) for trial in trials]
        if repeated := sorted({f"task {task}, trial {trial}" for task, trial in ids if ids.count((task, trial)) > 1}):
            raise InputError(f"{path}: trials that occur more than once; keep one of each", repeated)
        samples += trials
    return samples, notes


def _sample(path: Path, groups: dict[str, str], place: int, entry: dict[str, Any]) -> Sample:
    info = entry.get("info")
    trial = str(entry.get("trial", place))
    return Sample(
        log=str(path),
        where=f"task {entry['task_id']}, trial {trial} of {path.name}",
        groups=dict(groups),
        problem=str(entry["task_id"]),
        attempt=trial,
        scores={"reward": entry["reward"]},
        error=isinstance(info, dict) and "error" in info,
    )
