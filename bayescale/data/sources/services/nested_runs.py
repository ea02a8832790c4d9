"""Nested runs of MLflow: a parent run that logs a child's metrics again is no measurement of its own."""

import math
from collections.abc import Mapping
from typing import Any

_PARENT = "mlflow.parentRunId"


def without_repetitions(runs: Mapping[str, dict[str, Any]]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Leave out of every parent and child with equal metrics the run that says less.

    Sweeps commonly log the best child's loss to their parent run. Of the two, the run with fewer parameters goes; the
    parent, where both have as many.

    Parameters
    ----------
    runs : mapping
        Records of `runs/search` by run id.

    Returns
    -------
    kept : dict
        The other runs.
    notes : list of str
        A sentence per run left out, and one per parent that stays beside its children.
    """
    repetitions: dict[str, str] = {}
    parents: dict[str, int] = {}
    for child_id, child in runs.items():
        parent_id = _entries(child, "tags").get(_PARENT)
        parent = runs.get(str(parent_id))
        if parent is None:
            continue
        if _agree(_entries(parent, "metrics"), _entries(child, "metrics")):
            fewer = len(_entries(child, "params")) < len(_entries(parent, "params"))
            gone, stays = (child_id, str(parent_id)) if fewer else (str(parent_id), child_id)
            repetitions.setdefault(gone, stays)
        else:
            parents[str(parent_id)] = parents.get(str(parent_id), 0) + 1
    notes = [
        f"Run {_name(runs, gone)} left out: it repeats the metrics of {_name(runs, stays)}, its "
        f"{'parent' if _entries(runs[gone], 'tags').get(_PARENT) == stays else 'child'} run."
        for gone, stays in repetitions.items()
    ]
    notes += [
        f"Run {_name(runs, parent)} is the parent of {number} of these runs and has metrics of its own; if they "
        "summarise its children's, exclude it."
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


def _name(runs: Mapping[str, dict[str, Any]], run_id: str) -> str:
    return repr(str(runs[run_id].get("info", {}).get("run_name") or run_id))
