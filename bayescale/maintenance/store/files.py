"""Files of a model's folder: one writer at a time, flushed to the disk, hashed again only where they may have changed.

Verifying a posterior reads and hashes all of its bytes. Files of a repository are written once, so that a file whose
size, inode and times did not change has the same content: any write, also by another process, changes the time of the
last change (ctime), which no program can set. In a bucket, every write changes an object's e-tag. A disk that loses
bytes changes neither; so the bytes are hashed again once a day, and `verify` always hashes them.
"""

import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.location import Place
from bayescale.maintenance.store.objects import content_of, listed_objects, object_errors, objects_of, put_object

LOCKS = "_locks"
FOLDER = "_verified"  # of a store: one small file for each model
NOT_READ = "overwritten"  # copies of indices, which are no part of a version
SETTLED_SECONDS = 2.0  # a file system's times are too coarse to tell two changes within less
MAX_AGE_SECONDS = 86_400.0


@dataclass(frozen=True)
class FileStamp:
    """The state of a model's files.

    Parameters
    ----------
    digest : str
        SHA-256 of names, sizes, inodes and times of change; in a bucket of names, sizes, e-tags and times.
    changed : float
        When the last of them was changed, in seconds since 1970; 0 in a bucket, whose e-tags change with the content.
    """

    digest: str
    changed: float


def file_stamp(place: Place, name: str) -> FileStamp | None:
    """Return the state of a model's files, without reading them.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The model's name.

    Returns
    -------
    FileStamp or None
        The state; copies of indices do not count. None where files cannot be listed, or a bucket gives no e-tags.
    """
    try:
        if place.folder is None:
            return _stamp_of(sorted(_object_states(place, name)), 0.0)
        states = sorted(_states(place.folder / name, ""))
        return _stamp_of(states, max([0, *(max(modified, created) for *_, modified, created in states)]) / 1e9)
    except object_errors():
        return None


def _stamp_of(states: Sequence[tuple[object, ...]], changed: float) -> FileStamp:
    return FileStamp(hashlib.sha256(json.dumps(states).encode()).hexdigest(), changed)


def _states(folder: Path, prefix: str) -> Iterator[tuple[str, int, int, int, int]]:
    """Name, size, inode and times of every file in a folder and below."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if not entry.is_dir(follow_symlinks=False):
                state = entry.stat()
                yield name, state.st_size, state.st_ino, state.st_mtime_ns, state.st_ctime_ns
            elif name != NOT_READ:
                yield from _states(folder / entry.name, f"{name}/")


def _object_states(place: Place, name: str) -> Iterator[tuple[str, int, str, str]]:
    """Path, size, e-tag and time of every object of a model."""
    for entry in listed_objects(objects_of(place, name)):
        if not entry["path"].startswith(f"{NOT_READ}/"):
            if not entry["e_tag"]:
                raise OSError(f"{place.url} gives no e-tags")
            yield entry["path"], entry["size"], entry["e_tag"], entry["last_modified"].isoformat()


def is_verified(place: Place, name: str, stamp: FileStamp) -> bool:
    """Return whether a model's files were verified within the last day and were not changed since.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The model's name.
    stamp : FileStamp
        The state of the files now.

    Returns
    -------
    bool
        False too where nothing is remembered.
    """
    try:
        if place.folder is None:
            content = content_of(objects_of(place, FOLDER), f"{name}.json")
        else:
            content = (place.folder / FOLDER / f"{name}.json").read_bytes()
        record = json.loads(content)
        age = time.time() - float(record["verified"])
        return bool(record["files"] == stamp.digest and 0 <= age < MAX_AGE_SECONDS)
    except object_errors():
        return False
    except (ValueError, KeyError, TypeError):
        return False


def remember_verified(place: Place, name: str, before: FileStamp, started: float) -> None:
    """Remember that a model's files are whole, unless they were changed while or just before they were read.

    Parameters
    ----------
    place : Place
        The store's address. Where it cannot be written to, nothing is remembered.
    name : str
        The model's name.
    before : FileStamp
        The state of the files before they were read.
    started : float
        When reading began, in seconds since 1970.
    """
    if started - before.changed < SETTLED_SECONDS or file_stamp(place, name) != before:
        return
    content = json.dumps({"files": before.digest, "verified": started}).encode()
    with suppress(*object_errors()):
        if place.folder is None:
            put_object(objects_of(place, FOLDER), f"{name}.json", content)
        else:
            _replace(place.folder / FOLDER / f"{name}.json", content)


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.stem}.{uuid4().hex}.partial")
    path.parent.mkdir(exist_ok=True)
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def flush_to_disk(folder: Path, before: frozenset[str]) -> None:
    """Flush new files, the index and their folders to the disk.

    Parameters
    ----------
    folder : pathlib.Path
        The repository's folder.
    before : frozenset of str
        Paths of the files that were there before, relative to the folder.
    """
    new = [folder / name for name in {*(files_of(folder) - before), "repo"}]
    for path in [*new, *{path.parent for path in new}]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def files_of(folder: Path) -> frozenset[str]:
    """Return the paths of all files in a repository's folder, relative to it.

    Parameters
    ----------
    folder : pathlib.Path
        The repository's folder.

    Returns
    -------
    frozenset of str
        The paths.
    """
    paths = (os.path.join(home, name) for home, _, names in os.walk(folder) for name in names)
    return frozenset(os.path.relpath(path, folder) for path in paths)


@contextmanager
def write_lock(folder: Path, name: str, timeout: float) -> Iterator[None]:
    """Be the only writer of a model in a folder. The operating system ends the lock with its process.

    Parameters
    ----------
    folder : pathlib.Path
        The store's folder.
    name : str
        The model's name.
    timeout : float
        Seconds to wait for another writer.

    Yields
    ------
    None
        The lock.

    Raises
    ------
    StoredPosteriorError
        Another writer takes longer; the error names its process, host and start.
    """
    from filelock import FileLock, Timeout

    path = folder / LOCKS / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=timeout, fallback_to_soft=False, preserve_lock_file=True, on_acquired=_sign_lock)
    try:
        lock.acquire()
    except Timeout:
        raise StoredPosteriorError(
            f"{folder}: {_lock_holder(path)} is writing {name!r} and did not finish within {timeout:g} s. Nothing was "
            "published here: try again later, or end that process"
        ) from None
    try:
        yield
    finally:
        lock.release()


def _sign_lock(descriptor: int) -> None:
    """Record who holds the lock, for those who wait."""
    holder = {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat("T", "seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _lock_holder(path: Path) -> str:
    """The process that holds a lock, in words."""
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['process']} on {holder['host']} (since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
