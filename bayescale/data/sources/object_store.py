"""Files on this machine and in object stores: found by path or pattern, stamped without being read, read whole.

Object stores (s3, gs, abfs) and web addresses are reached through fsspec, by obstore. Credentials and endpoints of
object stores come from the environment or the machine (AWS_ACCESS_KEY_ID, GOOGLE_APPLICATION_CREDENTIALS ...), as for
every other tool; an address never holds them.
"""

import glob
import hashlib
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bayescale.core.paths import unreadable_kind
from bayescale.core.text import listing
from bayescale.data.sources.credentials import Opened
from bayescale.errors import InputError, SourceError, closest

STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")
WEB = ("http", "https")
PROTOCOLS = (*STORES, *WEB, "memory")

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Place:
    """A file: `name` is its path or address, `inside` the path from the folder where its pattern starts.

    `stamp` changes whenever the file may have; it is empty where the place tells no more than a size. `mark` is a
    digest of its bytes on this machine, where times of change may be set back or copied, and the stamp elsewhere. It is
    the same wherever the folder lies.
    """

    name: str
    inside: str
    stamp: str
    read: Callable[[], bytes]
    mark: Callable[[], str]


def marks(found: Sequence[Place]) -> str:
    """A digest of what is in several files. Raises InputError for a file that cannot be read."""
    return digest("\n".join(f"{place.inside} {place.mark()}" for place in found).encode())


def digest(data: bytes) -> str:
    """SHA-256, shortened: enough to see that something changed."""
    return hashlib.sha256(data).hexdigest()[:32]


def places(patterns: Sequence[str], timeout: float) -> list[Place]:
    """The files that stand under paths, addresses and patterns now, sorted by name; each is one file at least.

    Raises InputError for patterns without a file, saying what is there, and files found twice; SourceError where a
    store cannot be reached.
    """
    found, problems = [], []
    for pattern in patterns:
        try:
            found += _remote(pattern, timeout) if "://" in pattern else _local(pattern)
        except SourceError:
            raise
        except InputError as error:
            problems.append(str(error))
    names = [place.name for place in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.append(f"{listing(twice)}: found more than once; its rows would count twice.")
    if len(problems) == 1:
        raise InputError(problems[0])
    if problems:
        raise InputError(f"{listing(list(patterns))}: cannot be read", problems)
    return sorted(found, key=lambda place: place.name)


def is_pattern(text: str) -> bool:
    return bool(_WILD.search(text))


def _base(pattern: str) -> str:
    """The folder that a pattern starts from: what stands before its first part with a wildcard."""
    return _WILD.split(pattern, maxsplit=1)[0].rpartition("/")[0]


# Files on this machine.


def _local(pattern: str) -> list[Place]:
    try:
        return _local_places(pattern)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        raise InputError(f"{pattern!r}: cannot be looked for ({error}).") from error


def _local_places(pattern: str) -> list[Place]:
    given = os.path.expanduser(pattern)
    if os.path.isdir(given):
        there = _there(Path(given))
        raise InputError(
            f"{pattern}: is a folder; name files in it, such as {os.path.join(pattern, '*.csv')!r}.{there}"
        )
    if kind := unreadable_kind(given):
        raise InputError(f"{pattern}: {kind}.")
    if is_pattern(given) and not os.path.lexists(given):
        paths = [Path(name) for name in glob.glob(given, recursive=True) if os.path.isfile(name)]
        folder = Path(_base(given) or ("/" if given.startswith("/") else "."))
    else:
        paths, folder = [Path(given)] if os.path.isfile(given) else [], Path(given).parent
    if not paths:
        what = "no file matches this pattern" if is_pattern(given) else "there is no such file"
        raise InputError(f"{pattern}: {what}.{_there(folder, '' if is_pattern(given) else Path(given).name)}")
    return [_local_place(path, folder) for path in paths]


def _there(folder: Path, name: str = "") -> str:
    """What stands in a folder, closest to `name` first."""
    if not folder.is_dir():
        return f" There is no folder {str(folder)!r}."
    entries = sorted(entry.name + "/" * entry.is_dir() for entry in folder.iterdir())
    if name and entries:
        return closest(name, entries)
    return f" In {str(folder)!r} there is {listing(entries) or 'nothing'}."


def _local_place(path: Path, folder: Path) -> Place:
    def read() -> bytes:
        data = path.read_bytes()
        if _local_stamp(path) != stamp or len(data) != size:
            raise InputError(f"{path}: was changed while it was read; read it again once it is written.")
        return data

    def mark() -> str:
        try:
            with path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()[:32]
        except OSError as error:
            raise InputError(f"{path}: the file cannot be read ({error.strerror or error}).") from error

    stamp = _local_stamp(path)
    size = int(stamp.split()[0])
    return Place(str(path), path.relative_to(folder).as_posix(), stamp, read, mark)


def _local_stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


# Object stores and web addresses.


def _remote(address: str, timeout: float) -> list[Place]:
    protocol, _, rest = address.partition("://")
    if protocol not in PROTOCOLS:
        raise InputError(
            f"{protocol}://: files are not read from there.{closest(protocol, PROTOCOLS)} "
            "Give files on this machine by their path."
        )
    if protocol in WEB and ("?" in rest or "@" in rest.split("/")[0] or is_pattern(rest)):
        raise InputError(
            f"{protocol}://: a web address names one file, without user, query or pattern; download other files, or "
            "read it from the object store behind it."
        )
    return _asked(address, lambda: _remote_places(address, protocol, timeout))


def _remote_places(address: str, protocol: str, timeout: float) -> list[Place]:
    system = _filesystem(protocol, timeout)
    base = f"{protocol}://"
    if is_pattern(address):
        entries = {base + name.lstrip("/"): facts for name, facts in system.glob(address, detail=True).items()}
        folder = _base(address)
    else:
        try:
            entries = {address: system.info(address)}
        except FileNotFoundError:
            entries = {}
        folder = address.rpartition("/")[0]
    files = {name: facts for name, facts in entries.items() if facts["type"] == "file"}
    if not files:
        what = "no file matches this pattern" if is_pattern(address) else "there is no such file"
        raise InputError(f"{address}: {what}. {_remote_there(system, folder)}")
    return [_remote_place(system, name, folder, facts, timeout) for name, facts in files.items()]


def _remote_there(system: Any, folder: str) -> str:
    try:
        entries = sorted(str(entry["name"]).rstrip("/").rpartition("/")[2] for entry in system.ls(folder, detail=True))
    except FileNotFoundError:
        entries = []
    return f"In {folder!r} there is {listing(entries) or 'nothing'}."


def _remote_place(system: Any, name: str, folder: str, facts: dict[str, Any], timeout: float) -> Place:
    def read() -> bytes:
        data: bytes = _asked(name, lambda: _content(system, name, int(facts["size"]), timeout))
        if len(data) != facts["size"]:
            raise InputError(f"{name}: was changed while it was read, or not sent whole; read it again.")
        return data

    told = next((facts[key] for key in ("e_tag", "last_modified", "created") if facts.get(key)), "")
    stamp = f"{facts['size']} {told}" if told else ""
    return Place(name, name.removeprefix(f"{folder}/"), stamp, read, lambda: stamp or digest(read()))


def _content(system: Any, name: str, size: int, timeout: float) -> bytes:
    """A file's bytes, one more than its size at most: a server may go on without end."""
    if not hasattr(system, "_construct_store"):  # in memory
        content: bytes = system.cat_file(name)
        return content
    bucket, path = system._split_path(name)
    ends, chunks, length = time.monotonic() + timeout, [], 0
    for chunk in system._construct_store(bucket).get(path).stream():
        chunks.append(bytes(chunk))
        length += len(chunks[-1])
        if length > size:
            break
        if time.monotonic() > ends:
            raise TimeoutError(f"no whole answer within {timeout:g} s")
    return b"".join(chunks)


def _filesystem(protocol: str, timeout: float) -> Any:
    try:
        import fsspec

        if protocol == "memory":
            return fsspec.filesystem("memory")
        from obstore.fsspec import FsspecStore
    except ImportError as error:
        raise InputError(f"{protocol}:// needs fsspec and obstore: pip install 'bayescale[remote]'.") from error
    seconds = f"{timeout:g}s"
    # The class carries the protocol because glob asks the class for it. http:// is used only where the address, or the
    # endpoint that the environment names, says so.
    return type("Store", (FsspecStore,), {"protocol": protocol})(
        skip_instance_cache=True,
        client_options={"timeout": seconds, "connect_timeout": seconds, "allow_http": True},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=timeout)},
    )


def _asked[T](name: str, ask: Callable[[], T]) -> T:
    """What a store answers; its errors have no common base, so whatever it meets is the store's to answer for."""
    try:
        return ask()
    except InputError:
        raise
    except FileNotFoundError:
        failed: InputError = InputError(f"{name}: there is no such file any more.")
    except Exception as error:
        reason = Opened("").scrubbed((str(error).strip().splitlines() or [type(error).__name__])[0])
        failed = SourceError(f"{name}: cannot be reached, or not with these credentials ({reason}).")
    raise failed  # not from the driver's own error, whose text may hold a signature
