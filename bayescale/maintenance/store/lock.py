"""One writer at a time in a folder. The lock is the operating system's: it ends with its process, however that ends."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bayescale.errors import StoredPosteriorError

FOLDER = "_locks"


@contextmanager
def writing(folder: Path, name: str, timeout: float) -> Iterator[None]:
    """Be the only writer of a model in this folder, waiting up to `timeout` seconds for another to finish.

    Raises StoredPosteriorError naming who is writing (process, host, since when) where that takes longer.
    """
    from filelock import FileLock, Timeout

    path = folder / FOLDER / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=timeout, fallback_to_soft=False, preserve_lock_file=True, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        raise StoredPosteriorError(
            f"{folder}: {_holder(path)} is writing {name!r}, and did not finish within {timeout:g} s: try again, or "
            "end that process; nothing was published here"
        ) from None
    try:
        yield
    finally:
        lock.release()


def _sign(descriptor: int) -> None:
    """Leave a note of who holds the lock, for those who wait."""
    who = {"process": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat("T", "seconds")}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(who).encode(), 0)


def _holder(path: Path) -> str:
    try:
        who = json.loads(path.read_text(encoding="utf-8"))
        return f"process {who['process']} on {who['host']} (since {who['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
