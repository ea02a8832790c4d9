"""Runs of a project of Weights & Biases, read through its client (extra `wandb`)."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd

from bayescale.core.notes import Note
from bayescale.data.sources.credentials import CONNECTION, Opened, hidden, opened
from bayescale.data.sources.services.nested_runs import left_out_runs_note
from bayescale.data.sources.services.tracked_runs import RunValues, TrackedRun, missing_metric, rows_of_run
from bayescale.data.sources.table import OpenSource
from bayescale.errors import InputError, SourceError

_PAGE = 1000


@dataclass(frozen=True)
class WandBProject:
    """Runs of a project of Weights & Biases.

    Attributes
    ----------
    project : str
        "ENTITY/PROJECT".
    selection : RunValues
        Which values of the runs become rows.
    filters : str, default ""
        Filters of the client as JSON, such as '{"config.lr": 0.001}' or '{"group": "sweep-3"}'.
    states : tuple of str, default ("finished",)
        States of the runs that count; notes report how many others are left out.
    url : str, default ""
        Address of the server; by default that of the environment (WANDB_BASE_URL), else the public one.
    key : str, default ""
        API key, as "${WANDB_API_KEY}"; by default what the client finds.
    timeout : float, default 30
        Seconds for one answer of the server.
    """

    project: str
    selection: RunValues = field(default_factory=RunValues)
    filters: str = ""
    states: tuple[str, ...] = ("finished",)
    url: str = field(default="", repr=False, metadata=CONNECTION)
    key: str = field(default="", repr=False, metadata=CONNECTION)
    timeout: float = 30.0

    def __post_init__(self) -> None:
        problems = []
        if self.project.count("/") != 1 or not all(self.project.split("/")):
            problems.append(f"project={self.project!r} must be 'ENTITY/PROJECT'.")
        if not isinstance(self._filters, dict):
            problems.append(f"filters={self.filters!r} must be a JSON object, such as '{{\"config.lr\": 0.001}}'.")
        if not self.timeout > 0:
            problems.append(f"timeout={self.timeout!r} must be more than 0 (seconds).")
        if problems:
            raise InputError("WandBProject: these fields cannot be used", problems)

    @property
    def _filters(self) -> Any:
        try:
            return json.loads(self.filters or "{}")
        except ValueError:
            return None


@contextmanager
def open_wandb_project(source: WandBProject) -> Iterator[OpenSource]:
    """Open the runs that count, each a part, stamped by its configuration, summary and number of logged rows.

    Parameters
    ----------
    source : WandBProject
        The source.

    Yields
    ------
    OpenSource
        The runs.

    Raises
    ------
    InputError
        If the client is not installed, or no run counts.
    SourceError
        If the server cannot be reached, refuses, or has no such project.
    """
    api = client(source.url, source.key, source.timeout)
    runs, left_out = {}, Counter[str]()
    for run in api.call(partial(_listed, api.api, source)):
        if run.state in source.states:
            runs[str(run.id)] = run
        else:
            left_out[str(run.state)] += 1
    name = f"wandb://{source.project}"
    if not runs:
        others = ", ".join(f"{number} {state}" for state, number in sorted(left_out.items())) or "none at all"
        raise InputError(f"{name}: no run is {' or '.join(source.states)}; there is: {others}.")

    def read(run_id: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
        run = runs[run_id]
        history = [] if source.selection.rows == "last" else api.call(lambda: _history(run, source.selection))
        rows = rows_of_run(_tracked(run), source.selection, history)
        return rows, () if len(rows) else (missing_metric(str(run.name), source.selection),)

    notes = tuple(left_out_runs_note(number, state) for state, number in sorted(left_out.items()))
    yield OpenSource(name, {run_id: _stamp(run) for run_id, run in runs.items()}, read, typed=False, notes=notes)


@dataclass(frozen=True)
class Client:
    """The client of Weights & Biases for one server.

    Attributes
    ----------
    api : wandb.Api
        The client.
    call : callable
        Calls a function within the time for one answer; its errors become SourceError without secrets.
    """

    api: Any
    call: Callable[[Callable[[], Any]], Any]


def client(url: str, key: str, timeout: float) -> Client:
    """Return the client for a server.

    Parameters
    ----------
    url : str
        Address of the server; "" for that of the environment.
    key : str
        API key, as a variable of the environment; "" for what the client finds.
    timeout : float
        Seconds for one answer.

    Returns
    -------
    Client
        The client.

    Raises
    ------
    InputError
        If the client is not installed.
    SourceError
        If the server cannot be reached or refuses the key.
    """
    try:
        import wandb
    except ImportError as error:
        raise InputError("runs of Weights & Biases need its client: pip install 'bayescale[wandb]'.") from error
    address, secret = opened(url, "url"), opened(key, "key")
    hidden_texts = Opened("", (*address.secrets, *secret.secrets, *([secret.text] if secret.text else [])))
    where = hidden(url) if url else "Weights & Biases"

    def call(send: Callable[[], Any]) -> Any:
        return _within(timeout, send, where, hidden_texts)

    overrides = {"base_url": address.text} if url else None
    api = call(lambda: wandb.Api(overrides=overrides, api_key=secret.text or None, timeout=max(1, int(timeout))))
    return Client(api, call)


def _within(seconds: float, send: Callable[[], Any], where: str, secret: Opened) -> Any:
    """The result of a call of the client, which retries for minutes otherwise."""
    results: list[Any] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(send())
        except BaseException as error:  # raised again in the caller's thread
            errors.append(error)

    worker = threading.Thread(target=work, daemon=True, name="bayescale-wandb")
    worker.start()
    worker.join(seconds)
    if results:
        return results[0]
    if errors and isinstance(errors[0], InputError):
        raise errors[0]
    reason = secret.scrubbed(errors[0]).strip() or type(errors[0]).__name__ if errors else ""
    problem = f"refuses or cannot be reached ({reason})" if errors else f"gives no whole answer within {seconds:g} s"
    raise SourceError(f"{where}: the server {problem}; check project, address and key.")


def _listed(api: Any, source: WandBProject) -> list[Any]:
    return list(api.runs(source.project, filters=source._filters, per_page=_PAGE, lazy=False))


def _history(run: Any, selection: RunValues) -> list[Mapping[str, Any]]:
    return list(run.scan_history(keys=["_step", *selection.metrics], use_cache=False))


def _tracked(run: Any) -> TrackedRun:
    return TrackedRun(
        str(run.id), str(run.name), str(run.group or ""), str(run.state), dict(run.config), dict(run.summary._json_dict)
    )


def _stamp(run: Any) -> str:
    facts = [run.state, dict(run.config), dict(run.summary._json_dict), run._attrs.get("historyLineCount")]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:16]
