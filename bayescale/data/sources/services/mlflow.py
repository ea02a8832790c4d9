"""Runs logged to an MLflow tracking server, by its REST API.

MLflow's own client would bring some forty packages and hold back the versions of pyarrow and pandas; three documented
calls are all that is needed: experiments/get-by-name, runs/search and metrics/get-history (mlflow.org, REST API 2.0).
"""

import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import pandas as pd

from bayescale.core.notes import Note
from bayescale.data.sources.credentials import CONNECTION, hidden, opened
from bayescale.data.sources.services.http import Allowance
from bayescale.data.sources.services.nested_runs import PARENT, left_out_runs_note, run_name, without_repetitions
from bayescale.data.sources.services.rest import Refused, Server, server
from bayescale.data.sources.table import OpenSource
from bayescale.errors import InputError, SourceError, closest

_API = "api/2.0/mlflow"
_PAGE = 1000
_POINTS = 25_000  # the most that a server gives of a history at once


@dataclass(frozen=True)
class MLflow:
    """Runs of experiments on an MLflow tracking server.

    Columns are named as by `mlflow.search_runs`: `run_id`, `run_name`, `experiment`, `params.NAME`, `tags.NAME`,
    `metrics.NAME`, `parent_run` (the name of a nested run's parent), and `step` where rows are steps. MLflow's own tags
    (who started the run, and where) are left out. Of a parent run and a child with equal metrics only one counts, with
    a note.

    Attributes
    ----------
    tracking_uri : str
        http(s) address; `${NAME}` is taken from the environment, as in "https://${USER}:${PASSWORD}@host".
    experiment : str or tuple of str
        Name of an experiment, or several.
    rows : {"last", "step", "min"}, default "last"
        "last": one row per run, each metric as logged last. "step": one row per logged step of `metric`, for curves.
        "min": one row per run, where the first `metric` is least; the least of many noisy evaluations is too good by
        luck, so "last" is the better measurement.
    metric : str or tuple of str
        Metrics that "step" and "min" take, by name.
    token : str
        Bearer token, as "${MLFLOW_TRACKING_TOKEN}".
    statuses : tuple of str, default ("FINISHED",)
        Statuses of the runs that count; notes report how many others are left out.
    timeout : float, default 30
        Seconds for one whole answer of the server, with all its pages.
    """

    tracking_uri: str = field(repr=False, metadata=CONNECTION)
    experiment: str | tuple[str, ...]
    rows: Literal["last", "step", "min"] = "last"
    metric: str | tuple[str, ...] = ()
    token: str = field(default="", repr=False, metadata=CONNECTION)
    statuses: tuple[str, ...] = ("FINISHED",)
    timeout: float = 30.0

    def __post_init__(self) -> None:
        problems = []
        if self.rows not in ("last", "step", "min"):
            problems.append(f"rows={self.rows!r} must be 'last', 'step' or 'min'.")
        if (self.rows == "last") == bool(self.metric):
            problems.append("metric names what rows='step' and rows='min' take; 'last' takes every metric.")
        if not self.experiment:
            problems.append("experiment: name one.")
        if not self.timeout > 0:
            problems.append(f"timeout={self.timeout!r} must be more than 0 (seconds).")
        if problems:
            raise InputError("MLflow: these fields do not fit together", problems)


@contextmanager
def open_mlflow(source: MLflow) -> Iterator[OpenSource]:
    """Open the runs that count, each a part.

    A stamp covers everything that the server reports of a run, so that it detects a later log or tag.

    Parameters
    ----------
    source : MLflow
        The source.

    Yields
    ------
    OpenSource
        The runs.

    Raises
    ------
    InputError
        If an experiment does not exist, or no run counts.
    SourceError
        If the server cannot be reached or does not follow MLflow's API.
    """
    address = hidden(source.tracking_uri)
    api = server(opened(source.tracking_uri, "tracking_uri"), opened(source.token, "token"), address, source.timeout)
    names = _names(source.experiment)
    runs = {}
    left_out: Counter[str] = Counter()
    with _as_mlflow_answers(api):
        for name, number in _experiments(api, names).items():
            for record in _runs(api, number):
                _require_pairs(record)
                status = str(record["info"].get("status"))
                if status in source.statuses:
                    runs[str(record["info"]["run_id"])] = record | {"experiment": name}
                else:
                    left_out[status] += 1
    if not runs:
        there = ", ".join(f"{number} {status}" for status, number in sorted(left_out.items())) or "none at all"
        raise InputError(
            f"{address}: no run of {', '.join(map(repr, names))} is {' or '.join(source.statuses)}; there is: {there}."
        )
    notes = [left_out_runs_note(number, status) for status, number in sorted(left_out.items())]
    runs, repetition_notes = without_repetitions(runs)
    notes += repetition_notes
    digests = {name: _digest(record) for name, record in runs.items()}

    def read(name: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
        with _as_mlflow_answers(api):
            return _read(api, source, runs, name)

    yield OpenSource(f"{address} ({', '.join(names)})", digests, read, typed=False, notes=tuple(notes))


def _require_pairs(record: Mapping[str, Any]) -> None:
    """Raise where a run's parameters, tags and metrics are not lists of pairs with a key that is text."""
    for entries in (record.get("data", {}).get(kind, []) for kind in ("params", "tags", "metrics")):
        for entry in entries:
            entry["value"]
            if not isinstance(entry["key"], str):
                raise TypeError("a key is not text")


@contextmanager
def _as_mlflow_answers(api: Server) -> Iterator[None]:
    """Raise SourceError for answers of another shape than the API's: any server may be at the address."""
    failed = ""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        missing = f"it lacks {error}" if isinstance(error, KeyError) else type(error).__name__
        failed = api.secret.scrubbed(missing)
    if failed:
        raise SourceError(
            f"{api.public_address}: an answer does not follow MLflow's REST API 2.0 ({failed}); is this an MLflow "
            "tracking server?"
        )


def _names(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _experiments(api: Server, names: tuple[str, ...]) -> dict[str, str]:
    """Ids of experiments by name. Raises InputError for those that do not exist, with the closest names."""
    numbers, problems = {}, []
    for name in dict.fromkeys(names):
        try:
            facts = api.get(f"{_API}/experiments/get-by-name", {"experiment_name": name})["experiment"]
        except Refused as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise InputError(f"{api.public_address}: {error}") from None
            problems.append(f"there is no experiment {name!r}.{closest(name, _known_experiments(api))}")
            continue
        if facts.get("lifecycle_stage") == "deleted":
            problems.append(f"the experiment {name!r} was deleted.")
        numbers[name] = str(facts["experiment_id"])
    if problems:
        raise InputError(f"{api.public_address}: cannot find the experiments", problems)
    return numbers


def _known_experiments(api: Server) -> list[str]:
    answer = api.post(f"{_API}/experiments/search", {"max_results": _PAGE})
    return [str(experiment["name"]) for experiment in answer.get("experiments", [])]


def _runs(api: Server, experiment: str) -> Iterator[dict[str, Any]]:
    query = {"experiment_ids": [experiment], "max_results": _PAGE, "run_view_type": "ACTIVE_ONLY"}
    for page in _pages(api, partial(api.post, f"{_API}/runs/search"), query):
        yield from page.get("runs", [])


def _pages(
    api: Server, call: Callable[[dict[str, Any], Allowance], dict[str, Any]], query: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """All pages of an answer; they share one deadline and one size limit."""
    token, seen, allowance = "", set(), api.allowance()
    while True:
        try:
            page = call({**query, "page_token": token} if token else dict(query), allowance)
        except Refused as error:
            raise InputError(f"{api.public_address}: {error}") from None
        yield page
        token = str(page.get("next_page_token") or "")
        if not token:
            return
        if token in seen:
            raise SourceError(
                f"{api.public_address}: the server sends the same page again and again; its answer has no end."
            )
        seen.add(token)


def _digest(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


def _read(
    api: Server, source: MLflow, runs: dict[str, dict[str, Any]], name: str
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    record = runs[name]
    facts, data = record["info"], record.get("data", {})
    row: dict[str, Any] = {"run_id": name, "run_name": facts.get("run_name", ""), "experiment": record["experiment"]}
    row |= {f"params.{key}": value for key, value in _texts(data.get("params", [])).items()}
    tags = _texts(data.get("tags", []))
    row |= {f"tags.{key}": value for key, value in tags.items() if not key.startswith("mlflow.")}
    if parent := tags.get(PARENT):
        row["parent_run"] = run_name(runs, parent)
    last = {metric["key"]: metric["value"] for metric in data.get("metrics", [])}
    if source.rows == "last":
        return pd.DataFrame([row | {f"metrics.{key}": _value(value) for key, value in last.items()}]), ()
    names = _names(source.metric)
    if missing := [key for key in names if key not in last]:
        run = str(facts.get("run_name") or name)
        note = Note("missing_metric", f"Run {run} has no metric {', '.join(missing)}.", (run,))
        return pd.DataFrame(columns=[*row]), (note,)
    points: dict[int, dict[str, float]] = {}
    for key in names:
        for step, value in _history(api, name, key).items():
            points.setdefault(step, {})[f"metrics.{key}"] = value
    steps = sorted(points) if source.rows == "step" else _least(points, f"metrics.{names[0]}")
    return pd.DataFrame([row | {"step": step} | points[step] for step in steps]), ()


def _texts(entries: Any) -> dict[str, str]:
    """Parameters or tags by key. Raises TypeError where an entry is not a pair of texts."""
    out = {}
    for entry in entries:
        key, value = entry["key"], entry["value"]
        if not (isinstance(key, str) and isinstance(value, str)):
            raise TypeError(f"{key!r} is not text")
        out[key] = value
    return out


def _least(points: Mapping[int, Mapping[str, float]], metric: str) -> list[int]:
    """The step where the metric is least, the first of several; none where it never is a number."""
    known = [step for step, values in points.items() if not math.isnan(values.get(metric, math.nan))]
    return [min(known, key=lambda step: (points[step][metric], step))] if known else []


def _history(api: Server, run: str, metric: str) -> dict[int, float]:
    """The values of a metric by step; of several at one step, the one that was logged last."""
    logged_values: dict[int, tuple[int, float]] = {}
    query = {"run_id": run, "metric_key": metric, "max_results": _POINTS}
    for page in _pages(api, partial(api.get, f"{_API}/metrics/get-history"), query):
        for point in page.get("metrics", []):
            step, logged = int(point.get("step", 0)), int(point.get("timestamp", 0))
            if step not in logged_values or logged >= logged_values[step][0]:
                logged_values[step] = (logged, _value(point["value"]))
    return {step: value for step, (_, value) in logged_values.items()}


def _value(logged: str | float) -> float:
    """A metric as it was logged: MLflow's databases hold infinity as the largest float."""
    value = float(logged)
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else value
