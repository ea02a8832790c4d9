"""Scalars from TensorBoard event files, with TensorBoard's own message definitions and no TensorFlow.

An event file is a row of TFRecords: length (8 bytes), its masked CRC-32C (4), the event, its CRC (4). Records are cut
here, so that a file that ends in the middle of one is found; TensorBoard's reader passes that over in silence.
"""

import hashlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.sources.duplicate_parts import require_different_files
from bayescale.data.sources.files import as_patterns, checked
from bayescale.data.sources.incomplete import Damaged, StillWritten
from bayescale.data.sources.object_store import Place, is_pattern, marks, places
from bayescale.data.sources.services.scalar_histories import History
from bayescale.data.sources.table import Look
from bayescale.errors import InputError

_MARK = "tfevents"


@dataclass(frozen=True)
class TensorBoard:
    """Scalars in TensorBoard's event files.

    patterns  a folder of logs, a pattern of event files, an address (s3:// ..., extra `remote`), or several of these.
    tags      the scalars that are wanted, by name; () for all.
    timeout   seconds that a store may take to answer one request.

    One row for each run and step, with a column per tag and `run`: the folder of the event files, relative to where the
    pattern starts, as TensorBoard names runs. Where a run went back to an earlier step, what it had logged after that
    step is left out, as TensorBoard does; of values logged twice for one step the last one counts; notes say how many.
    A run whose last file ends inside a record, or that has a file with a damaged record, is left out, with a note that
    names the file, where others are whole. Needs the extra `tensorboard`.
    """

    patterns: str | tuple[str, ...]
    tags: tuple[str, ...] = ()
    timeout: float = 30.0

    def __post_init__(self) -> None:
        checked(self.patterns, self.timeout)


@contextmanager
def look_at_tensorboard(source: TensorBoard) -> Iterator[Look]:
    """The runs under the source's folders, each a part with all of its event files."""
    event_type = _event_type()
    patterns = [
        one if is_pattern(one) or _MARK in one else f"{one.rstrip('/')}/**/*{_MARK}*"
        for one in as_patterns(source.patterns)
    ]
    runs: dict[str, list[Place]] = {}
    for place in places(patterns, source.timeout):
        if _MARK not in place.name.rpartition("/")[2]:
            raise InputError(f"{place.name}: is not an event file, whose name has {_MARK!r} in it; narrow the pattern.")
        runs.setdefault(place.name.rpartition("/")[0] or ".", []).append(place)

    require_different_files(runs, listing(list(runs)))

    def read(name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
        run = runs[name][0].inside.rpartition("/")[0] or "."
        return _run(runs[name], run, set(source.tags), event_type)

    stamps = {name: _stamp(found) for name, found in runs.items()}
    yield Look(listing(list(runs)), stamps, read, mark=lambda name: marks(runs[name]))


def _event_type() -> Any:
    try:
        from tensorboard.compat.proto.event_pb2 import Event
    except ImportError as error:
        raise InputError("Event files need TensorBoard: pip install 'bayescale[tensorboard]'.") from error
    return Event


def _stamp(found: list[Place]) -> str:
    if not all(place.stamp for place in found):
        return ""
    return hashlib.sha256("\n".join(f"{place.name} {place.stamp}" for place in found).encode()).hexdigest()[:16]


def _run(found: list[Place], run: str, tags: set[str], event_type: Any) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The scalars of one run by step, its files in the order of their names, which hold the time they were begun."""
    history, notes = History(), []
    for place in found:
        try:
            _add_file(history, place, tags, event_type)
        except StillWritten as error:
            if place is found[-1]:
                raise
            notes.append(f"{run}: a later file goes on where the run was cut off: {error}")
    notes += history.notes(run)
    rows = history.table(run)
    if rows.empty:
        notes.append(f"{run}: no scalar{' of these tags' if tags else ''} in its event files.")
    return rows, tuple(notes)


def _add_file(history: History, place: Place, tags: set[str], event_type: Any) -> None:
    """Add a file's events, in the order they were written."""
    from google.protobuf.message import DecodeError

    for record in _records(place.read(), place.name):
        try:
            event = event_type.FromString(record)
        except DecodeError as error:
            raise Damaged(f"{place.name}: holds a record that is not an event; copy the file again.") from error
        if event.HasField("session_log") and event.session_log.status == event.session_log.START:
            history.start(int(event.step))
        for value in event.summary.value:
            number = _number(value) if not tags or value.tag in tags else None
            if number is not None:
                history.add(value.tag, int(event.step), number)


def _records(data: bytes, name: str) -> Iterator[bytes]:
    """The records of an event file. Raises StillWritten where one is cut off, Damaged where one is damaged."""
    from google_crc32c import value as crc32c

    def masked(part: bytes) -> int:
        crc: int = crc32c(part)
        return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF

    place, number = 0, 0
    if not data:
        raise StillWritten(f"{name}: the file is empty; the run has written nothing yet.")
    while place < len(data):
        number += 1
        head = data[place : place + 12]
        length = struct.unpack("<Q", head[:8])[0] if len(head) == 12 else 0
        if len(head) == 12 and masked(head[:8]) != struct.unpack("<I", head[8:])[0]:
            raise Damaged(f"{name}: record {number} is damaged, or this is not an event file; copy the file again.")
        end = place + 12 + length + 4
        if len(head) < 12 or end > len(data):
            raise StillWritten(
                f"{name}: ends inside record {number} (byte {len(data)}); the run is still writing, or was cut off: "
                "read it once it is closed, or copy the file again."
            )
        record = data[place + 12 : end - 4]
        if masked(record) != struct.unpack("<I", data[end - 4 : end])[0]:
            raise Damaged(f"{name}: record {number} is damaged; copy the file again.")
        yield record
        place = end


def _number(value: Any) -> float | None:
    """The scalar that a summary value holds, as TensorFlow 1 (simple_value) or 2 (a tensor of one number) write it."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    return _of_tensor(value.tensor) if kind == "tensor" else None


def _of_tensor(tensor: Any) -> float | None:
    import numpy as np
    from tensorboard.util.tensor_util import make_ndarray

    try:
        array = make_ndarray(tensor)
    except (TypeError, ValueError):
        return None
    return float(array.reshape(-1)[0]) if array.size == 1 and np.issubdtype(array.dtype, np.number) else None
