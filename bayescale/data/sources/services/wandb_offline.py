"""Offline runs of Weights & Biases: the folders that its client writes without a server (wandb/offline-run-*).

A folder holds run-ID.wandb: records of the client in the log format of LevelDB, with a header of seven bytes and plain
CRC-32 checksums (github.com/wandb/wandb, core/pkg/leveldb). The client (extra `wandb`) decodes the records.
"""

import json
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import listing
from bayescale.data.sources.files import as_patterns, check_patterns
from bayescale.data.sources.incomplete import Damaged
from bayescale.data.sources.object_store import SourceFile, content_digest, find_files
from bayescale.data.sources.services.nested_runs import left_out_runs_note
from bayescale.data.sources.services.tracked_runs import RunValues, TrackedRun, missing_metric, rows_of_run
from bayescale.data.sources.table import OpenSource
from bayescale.errors import InputError

_MAGIC, _BLOCK, _HEADER = b":W&B", 1 << 15, 7
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


@dataclass(frozen=True)
class WandBOffline:
    """Offline runs of Weights & Biases.

    Attributes
    ----------
    patterns : str or tuple of str
        Folders of runs or .wandb files, as paths or patterns: "wandb/offline-run-*".
    selection : RunValues
        Which values of the runs become rows.
    states : tuple of str, default ("finished",)
        States that count: "finished", "failed" (another exit code than 0), "running" (no exit yet).
    """

    patterns: str | tuple[str, ...]
    selection: RunValues = field(default_factory=RunValues)
    states: tuple[str, ...] = ("finished",)

    def __post_init__(self) -> None:
        check_patterns(self.patterns, 1.0)


@contextmanager
def open_wandb_offline(source: WandBOffline) -> Iterator[OpenSource]:
    """Open the runs that count, each a part.

    Parameters
    ----------
    source : WandBOffline
        The source.

    Yields
    ------
    OpenSource
        The runs.

    Raises
    ------
    InputError
        If the client is not installed, a pattern has no run, or no run counts.
    """
    patterns = [
        name if name.endswith(".wandb") else f"{name.rstrip('/')}/*.wandb" for name in as_patterns(source.patterns)
    ]
    files = {file.name: file for file in find_files(patterns, 1.0)}
    runs: dict[str, tuple[TrackedRun, list[dict[str, Any]], tuple[Note, ...]]] = {}
    left_out, damaged = Counter[str](), []
    for name, file in files.items():
        try:
            run, history, notes = _run(file)
        except Damaged as error:
            damaged.append(error)
            continue
        if run.state in source.states:
            runs[name] = (run, history, notes)
        else:
            left_out[run.state] += 1
    if not runs:
        if damaged:
            raise damaged[0]
        others = ", ".join(f"{number} {state}" for state, number in sorted(left_out.items()))
        raise InputError(f"{listing(list(files))}: no run is {' or '.join(source.states)}; there is: {others}.")

    def read(name: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
        run, history, notes = runs[name]
        rows = rows_of_run(run, source.selection, history)
        return rows, notes if len(rows) else (*notes, missing_metric(run.name, source.selection))

    all_notes = [left_out_runs_note(number, state) for state, number in sorted(left_out.items())]
    all_notes += [Note("part_left_out", f"left out: {error}") for error in damaged]
    stamps = {name: files[name].stamp for name in runs}
    mark = {name: content_digest([files[name]]) for name in runs}
    yield OpenSource(listing(list(runs)), stamps, read, typed=False, notes=tuple(all_notes), mark=mark.__getitem__)


def _run(file: SourceFile) -> tuple[TrackedRun, list[dict[str, Any]], tuple[Note, ...]]:
    try:
        from wandb.proto import wandb_internal_pb2 as records
    except ImportError as error:
        raise InputError("offline runs need the client of Weights & Biases: pip install 'bayescale[wandb]'.") from error
    config: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    history: list[dict[str, Any]] = []
    identity, state = {"run_id": "", "name": "", "group": ""}, "running"
    payloads, whole = _payloads(file.read(), file.name)
    for payload in payloads:
        record: Any = records.Record()  # type: ignore[attr-defined]  # made at run time
        record.ParseFromString(payload)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run = record.run
            identity = {"run_id": run.run_id, "name": run.display_name or run.run_id, "group": run.run_group}
            _update(config, run.config.update)
        elif kind == "config":
            _update(config, record.config.update)
        elif kind == "summary":
            _update(summary, record.summary.update)
        elif kind == "history":
            history.append({})
            _update(history[-1], record.history.item)
        elif kind == "exit":
            state = "finished" if record.exit.exit_code == 0 else "failed"
    notes = () if whole else (Note("unfinished_log", f"{file.name}: its last record is not whole.", (file.name,)),)
    return TrackedRun(state=state, config=config, summary=summary, **identity), history, notes


def _update(values: dict[str, Any], items: Any) -> None:
    """Enter items, each with a key or a nested key and a value in JSON."""
    for item in items:
        *parents, name = item.nested_key or [item.key]
        level = values
        for parent in parents:
            level = level.setdefault(parent, {}) if isinstance(level.setdefault(parent, {}), dict) else {}
        level[name] = json.loads(item.value_json)


def _payloads(data: bytes, name: str) -> tuple[list[bytes], bool]:
    """The records of a log, and whether it ends with a whole one. Raises Damaged where a checksum does not match."""
    if not data.startswith(_MAGIC):
        raise InputError(f"{name}: is no run of the client of Weights & Biases; give folders such as offline-run-*.")
    payloads: list[bytes] = []
    parts: list[bytes] = []
    place = _HEADER
    while place < len(data):
        left = _BLOCK - place % _BLOCK
        if left < _HEADER:  # the rest of a block that holds no header is padding
            place += left
            continue
        if place + _HEADER > len(data):
            return payloads, False
        checksum, length, kind = struct.unpack("<IHB", data[place : place + _HEADER])
        payload = data[place + _HEADER : place + _HEADER + length]
        if len(payload) < length:
            return payloads, False
        if zlib.crc32(payload, zlib.crc32(bytes([kind]))) != checksum:
            raise Damaged(f"{name}: a checksum does not match at byte {place}; copy the folder again.")
        place += _HEADER + length
        parts = [payload] if kind in (_WHOLE, _FIRST) else [*parts, payload]
        if kind in (_WHOLE, _LAST):
            payloads.append(b"".join(parts))
    return payloads, True
