"""Runs of trackers that are left out, and nested runs of MLflow: a parent that repeats a child is no measurement."""

import math
from collections.abc import Mapping
from typing import Any

from bayescale.core.notes import Note
from bayescale.core.text import count

#: Tag with the id of a nested run's parent.
PARENT = "mlflow.parentRunId"


def left_out_runs_note(number: int, status: str) -> Note:
    """Return the note on runs that are left out because of their status.

    Parameters
    ----------
    number : int
        Number of runs.
    status : str
        Their status, as the tracker writes it.

    Returns
    -------
    Note
        The note `unfinished_runs`.
    """
    return Note("unfinished_runs", f"{count(number, 'run')} left out: {status}.", (status,))


def without_repetitions(runs: Mapping[str, dict[str, Any]]) -> tuple[dict[str, dict[str, Any]], list[Note]]:
    """Leave out one of each parent and child with equal metrics.

    Sweeps often log the best child's loss to their parent run. The run with fewer parameters is left out; the parent,
    where both have as many.

    Parameters
    ----------
    runs : mapping of str to dict
        Records of `runs/search` by run id.

    Returns
    -------
    remaining : dict of str to dict
        The other runs.
    notes : list of Note
        One note per run that is left out, and per parent that remains beside its children.
    """
    repetitions: dict[str, str] = {}
    parents: dict[str, int] = {}
    for child_id, child in runs.items():
        parent_id = _entries(child, "tags").get(PARENT)
        parent = runs.get(str(parent_id))
        if parent is None:
            continue
        if _agree(_entries(parent, "metrics"), _entries(child, "metrics")):
            fewer = len(_entries(child, "params")) < len(_entries(parent, "params"))
            repetition, remaining = (child_id, str(parent_id)) if fewer else (str(parent_id), child_id)
            repetitions.setdefault(repetition, remaining)
        else:
            parents[str(parent_id)] = parents.get(str(parent_id), 0) + 1
    notes = []
    for repetition, remaining in repetitions.items():
        is_child = _entries(runs[repetition], "tags").get(PARENT) == remaining
        names = (run_name(runs, repetition), run_name(runs, remaining))
        message = (
            f"Run {names[0]!r} left out: it repeats the metrics of {names[1]!r}, its "
            f"{'parent' if is_child else 'child'} run."
        )
        notes.append(Note("repeated_run", message, names))
    notes += [
        Note(
            "parent_run",
            f"Run {run_name(runs, parent)!r} is the parent of {number} of these runs and has different metrics; if "
            "they summarise its children's, exclude it.",
            (run_name(runs, parent),),
        )
        for parent, number in parents.items()
        if parent not in repetitions and _entries(runs[parent], "metrics")
    ]
    return {name: record for name, record in runs.items() if name not in repetitions}, notes


def _entries(record: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Metrics, parameters or tags of a run by name."""
    return {str(entry["key"]): entry["value"] for entry in record.get("data", {}).get(kind, [])}


def _agree(parent: Mapping[str, Any], child: Mapping[str, Any]) -> bool:
    """Whether metrics that two runs share are equal: all of them, or one that is no whole number."""
    shared = [(_number(parent[name]), _number(child[name])) for name in parent.keys() & child.keys()]
    known = [pair for pair in shared if all(map(math.isfinite, pair))]
    equal = [first for first, second in known if first == second]
    return bool(known) and (len(equal) == len(known) or any(not value.is_integer() for value in equal))


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def run_name(runs: Mapping[str, dict[str, Any]], run_id: str) -> str:
    """Return the name of a run.

    Parameters
    ----------
    runs : mapping of str to dict
        Records of `runs/search` by run id.
    run_id : str
        Id of the run.

    Returns
    -------
    str
        Its name; its id where it has none, or is not among the runs.
    """
    return str(runs.get(run_id, {}).get("info", {}).get("run_name") or run_id)
