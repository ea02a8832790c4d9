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

from bayescale.core.text import count
from bayescale.data.sources.credentials import CONNECTION, hidden, opened
from bayescale.data.sources.services.http import Allowance
from bayescale.data.sources.services.nested_runs import without_repetitions
from bayescale.data.sources.services.rest import Refused, Server, server
from bayescale.data.sources.table import Look
from bayescale.errors import InputError, SourceError, closest

_API = "api/2.0/mlflow"
_PAGE = 1000
_POINTS = 25_000  # the most that a server gives of a history at once


@dataclass(frozen=True)
class MLflow:
    """Runs of experiments on an MLflow tracking server.

    tracking_uri  http(s) address; `${NAME}` is taken from the environment, as in "https://${USER}:${PASSWORD}@host".
    experiment    name of an experiment, or several.
    rows          "last": one row a run, each metric as it was logged last. "step": one row for each logged step of
                  `metric`, to make curves. "min": one row a run, where the first `metric` was least; the least of
                  many noisy evaluations is too good by luck, so "last" is the better measurement.
    metric        metrics that "step" and "min" take, by name.
    token         bearer token, as "${MLFLOW_TRACKING_TOKEN}".
    statuses      which runs count; the others are left out, and notes say how many.
    timeout       seconds for one whole answer of the server, with all its pages.

    Columns are named as by `mlflow.search_runs`: `run_id`, `run_name`, `experiment`, `params.NAME`, `tags.NAME`,
    `metrics.NAME`, and `step` where rows are steps. MLflow's own tags (who started what from where) are left out. Of a
    parent run and a child with equal metrics only one counts, and a note says which.
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
def look_at_mlflow(source: MLflow) -> Iterator[Look]:
    """The runs that count, each a part, stamped by everything the server says of it: a later log or tag is seen too."""
    shown = hidden(source.tracking_uri)
    asked = server(opened(source.tracking_uri, "tracking_uri"), opened(source.token, "token"), shown, source.timeout)
    names = _names(source.experiment)
    runs = {}
    left_out: Counter[str] = Counter()
    with _as_mlflow_answers(asked):
        for name, number in _experiments(asked, names).items():
            for record in _runs(asked, number):
                _require_pairs(record)
                status = str(record["info"].get("status"))
                if status in source.statuses:
                    runs[str(record["info"]["run_id"])] = record | {"experiment": name}
                else:
                    left_out[status] += 1
    if not runs:
        there = ", ".join(f"{number} {status}" for status, number in sorted(left_out.items())) or "none at all"
        raise InputError(
            f"{shown}: no run of {', '.join(map(repr, names))} is {' or '.join(source.statuses)}; there is: {there}."
        )
    notes = [f"{count(number, 'run')} left out: {status}." for status, number in sorted(left_out.items())]
    runs, repetitions = without_repetitions(runs)
    notes += repetitions
    digests = {name: _digest(record) for name, record in runs.items()}

    def read(name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
        with _as_mlflow_answers(asked):
            return _read(asked, source, runs, name)

    yield Look(f"{shown} ({', '.join(names)})", digests, read, typed=False, notes=tuple(notes))


def _require_pairs(record: Mapping[str, Any]) -> None:
    """Raise where a run's parameters, tags and metrics are not lists of pairs with a key that is text."""
    for entries in (record.get("data", {}).get(kind, []) for kind in ("params", "tags", "metrics")):
        for entry in entries:
            entry["value"]
            if not isinstance(entry["key"], str):
                raise TypeError("a key is not text")


@contextmanager
def _as_mlflow_answers(asked: Server) -> Iterator[None]:
    """Answers of another shape than the API's as a SourceError: no server is trusted to be what it says it is."""
    failed = ""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        missing = f"it lacks {error}" if isinstance(error, KeyError) else type(error).__name__
        failed = asked.secret.scrubbed(missing)
    if failed:
        raise SourceError(
            f"{asked.shown}: an answer has another shape than those of MLflow's REST API 2.0 ({failed}); is this an "
            "MLflow tracking server?"
        )


def _names(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _experiments(asked: Server, names: tuple[str, ...]) -> dict[str, str]:
    """Ids of experiments by name; raises InputError for those that are not there, with the closest that are."""
    found, problems = {}, []
    for name in dict.fromkeys(names):
        try:
            facts = asked.get(f"{_API}/experiments/get-by-name", {"experiment_name": name})["experiment"]
        except Refused as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise InputError(f"{asked.shown}: {error}") from None
            problems.append(f"there is no experiment {name!r}.{closest(name, _known(asked))}")
            continue
        if facts.get("lifecycle_stage") == "deleted":
            problems.append(f"the experiment {name!r} was deleted.")
        found[name] = str(facts["experiment_id"])
    if problems:
        raise InputError(f"{asked.shown}: cannot find what to read", problems)
    return found


def _known(asked: Server) -> list[str]:
    answer = asked.post(f"{_API}/experiments/search", {"max_results": _PAGE})
    return [str(one["name"]) for one in answer.get("experiments", [])]


def _runs(asked: Server, experiment: str) -> Iterator[dict[str, Any]]:
    wanted = {"experiment_ids": [experiment], "max_results": _PAGE, "run_view_type": "ACTIVE_ONLY"}
    for page in _pages(asked, partial(asked.post, f"{_API}/runs/search"), wanted):
        yield from page.get("runs", [])


def _pages(
    asked: Server, call: Callable[[dict[str, Any], Allowance], dict[str, Any]], wanted: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """All pages of an answer that a sound server does not refuse; they share one deadline and one size limit."""
    token, seen, allowance = "", set(), asked.allowance()
    while True:
        try:
            page = call({**wanted, "page_token": token} if token else dict(wanted), allowance)
        except Refused as error:
            raise InputError(f"{asked.shown}: {error}") from None
        yield page
        token = str(page.get("next_page_token") or "")
        if not token:
            return
        if token in seen:
            raise SourceError(f"{asked.shown}: the server gives the same page again and again; its answer has no end.")
        seen.add(token)


def _digest(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


def _read(
    asked: Server, source: MLflow, runs: dict[str, dict[str, Any]], name: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    record = runs[name]
    facts, data = record["info"], record.get("data", {})
    row: dict[str, Any] = {"run_id": name, "run_name": facts.get("run_name", ""), "experiment": record["experiment"]}
    row |= {f"params.{key}": value for key, value in _texts(data.get("params", [])).items()}
    tags = _texts(data.get("tags", []))
    row |= {f"tags.{key}": value for key, value in tags.items() if not key.startswith("mlflow.")}
    last = {one["key"]: one["value"] for one in data.get("metrics", [])}
    if source.rows == "last":
        return pd.DataFrame([row | {f"metrics.{key}": _value(value) for key, value in last.items()}]), ()
    names = _names(source.metric)
    if missing := [key for key in names if key not in last]:
        return pd.DataFrame(columns=[*row]), (
            f"Run {facts.get('run_name') or name} has no metric {', '.join(missing)}.",
        )
    points: dict[int, dict[str, float]] = {}
    for key in names:
        for step, value in _history(asked, name, key).items():
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


def _history(asked: Server, run: str, metric: str) -> dict[int, float]:
    """The values of a metric by step; of several at one step, the one that was logged last."""
    found: dict[int, tuple[int, float]] = {}
    wanted = {"run_id": run, "metric_key": metric, "max_results": _POINTS}
    for page in _pages(asked, partial(asked.get, f"{_API}/metrics/get-history"), wanted):
        for point in page.get("metrics", []):
            step, logged = int(point.get("step", 0)), int(point.get("timestamp", 0))
            if step not in found or logged >= found[step][0]:
                found[step] = (logged, _value(point["value"]))
    return {step: value for step, (_, value) in found.items()}


def _value(given: str | float) -> float:
    """A metric as it was logged: MLflow's databases hold infinity as the largest float."""
    value = float(given)
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else value
