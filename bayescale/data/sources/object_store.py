"""Files on this machine and in object stores: found by path or pattern, stamped without being read, read whole.

Object stores (s3, gs, abfs) and web addresses are reached through fsspec, by obstore; repositories of the Hugging Face
Hub (hf://datasets/OWNER/NAME/FILE) by the Hub's client. Credentials and endpoints come from the environment or the
machine (AWS_ACCESS_KEY_ID, GOOGLE_APPLICATION_CREDENTIALS, HF_TOKEN ...), as for every other tool; an address never
holds them.
"""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bayescale.core.paths import unreadable_kind
from bayescale.core.text import listing
from bayescale.data.file_paths import error_reason, is_pattern, matching_files, no_match, pattern_folder
from bayescale.data.sources.credentials import Opened
from bayescale.errors import InputError, SourceError, closest

STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")
WEB = ("http", "https")
HUB = "hf"
PROTOCOLS = (*STORES, *WEB, HUB, "memory")


@dataclass(frozen=True)
class SourceFile:
    """A file on this machine or in a store.

    Attributes
    ----------
    name : str
        Path or address.
    relative_path : str
        Path from the folder where its pattern starts.
    stamp : str
        A text that changes whenever the file may have changed; "" where the store gives no more than a size.
    read : callable
        Returns the bytes of the file.
    mark : callable
        Returns a digest of its bytes on this machine, where times of change may be set back or copied; the stamp
        elsewhere. It does not depend on where the folder lies.
    """

    name: str
    relative_path: str
    stamp: str
    read: Callable[[], bytes]
    mark: Callable[[], str]


def content_digest(files: Sequence[SourceFile]) -> str:
    """Return a digest of the content of several files.

    Parameters
    ----------
    files : sequence of SourceFile
        The files.

    Returns
    -------
    str
        The digest.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    return digest("\n".join(f"{file.relative_path} {file.mark()}" for file in files).encode())


def digest(data: bytes) -> str:
    """Return a shortened SHA-256, long enough to detect a change.

    Parameters
    ----------
    data : bytes
        The content.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    return hashlib.sha256(data).hexdigest()[:32]


def find_files(patterns: Sequence[str], timeout: float) -> list[SourceFile]:
    """Find the files under paths, addresses and patterns.

    Parameters
    ----------
    patterns : sequence of str
        Paths, addresses and patterns.
    timeout : float
        Seconds that a store may take to answer one request.

    Returns
    -------
    list of SourceFile
        The files, sorted by name; at least one per pattern.

    Raises
    ------
    InputError
        If a pattern has no file, with what is in its folder, or a file is found twice.
    SourceError
        If a store cannot be reached.
    """
    files, problems = [], []
    for pattern in patterns:
        try:
            files += _remote(pattern, timeout) if "://" in pattern else _local(pattern)
        except SourceError:
            raise
        except InputError as error:
            problems.append(str(error))
    names = [file.name for file in files]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        problems.append(f"{listing(repeated)}: found more than once; its rows would count twice. Narrow the patterns.")
    if len(problems) == 1:
        raise InputError(problems[0])
    if problems:
        raise InputError(f"{listing(list(patterns))}: cannot be read", problems)
    return sorted(files, key=lambda file: file.name)


# Files on this machine.


def _local(pattern: str) -> list[SourceFile]:
    try:
        text = os.path.expanduser(pattern)
        if os.path.isdir(text):
            example = os.path.join(pattern, "*.csv")
            raise InputError(
                f"{pattern}: is a folder; name files in it, such as {example!r}.{_folder_content(Path(text))}"
            )
        if kind := unreadable_kind(text):
            raise InputError(f"{pattern}: {kind}.")
        paths, folder = matching_files(pattern)
        if not paths:
            raise no_match(pattern)
        return [_local_file(path, folder) for path in paths]
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        raise InputError(f"{pattern!r}: cannot be looked up ({error}); check the path.") from error


def _folder_content(folder: Path) -> str:
    entries = sorted(entry.name + "/" * entry.is_dir() for entry in folder.iterdir())
    return f" {str(folder)!r} holds {listing(entries) or 'nothing'}."


def _local_file(path: Path, folder: Path) -> SourceFile:
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
    return SourceFile(str(path), path.relative_to(folder).as_posix(), stamp, read, mark)


def _local_stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


# Object stores and web addresses.


def _remote(address: str, timeout: float) -> list[SourceFile]:
    protocol, _, rest = address.partition("://")
    if protocol not in PROTOCOLS:
        raise InputError(
            f"{protocol}://: files of this protocol are not read.{closest(protocol, PROTOCOLS)} "
            "Give files on this machine by their path."
        )
    if protocol in WEB and ("?" in rest or "@" in rest.split("/")[0] or is_pattern(rest)):
        raise InputError(
            f"{protocol}://: a web address names one file, without user, query or pattern; download other files, or "
            "read it from the object store behind it."
        )
    return _request(address, lambda: _remote_files(address, protocol, timeout))


def _remote_files(address: str, protocol: str, timeout: float) -> list[SourceFile]:
    system = _filesystem(protocol, timeout)
    base = f"{protocol}://"
    if is_pattern(address):
        entries = {base + name.lstrip("/"): facts for name, facts in system.glob(address, detail=True).items()}
        folder = pattern_folder(address)
    else:
        try:
            entries = {address: system.info(address)}
        except FileNotFoundError:
            entries = {}
        folder = address.rpartition("/")[0]
    files = {name: facts for name, facts in entries.items() if facts["type"] == "file"}
    if not files:
        problem = "no file matches this pattern" if is_pattern(address) else "there is no such file"
        raise InputError(f"{address}: {problem}. {_remote_content(system, folder)}")
    return [_remote_file(system, name, folder, facts, timeout) for name, facts in files.items()]


def _remote_content(system: Any, folder: str) -> str:
    try:
        entries = sorted(str(entry["name"]).rstrip("/").rpartition("/")[2] for entry in system.ls(folder, detail=True))
    except FileNotFoundError:
        entries = []
    return f"{folder!r} holds {listing(entries) or 'nothing'}."


def _remote_file(system: Any, name: str, folder: str, facts: dict[str, Any], timeout: float) -> SourceFile:
    def read() -> bytes:
        data: bytes = _request(name, lambda: _content(system, name, int(facts["size"]), timeout))
        if len(data) != facts["size"]:
            raise InputError(f"{name}: was changed while it was read, or not sent whole; read it again.")
        return data

    version = next((facts[key] for key in ("e_tag", "blob_id", "last_modified", "created") if facts.get(key)), "")
    stamp = f"{facts['size']} {version}" if version else ""
    return SourceFile(name, name.removeprefix(f"{folder}/"), stamp, read, lambda: stamp or digest(read()))


def _content(system: Any, name: str, size: int, timeout: float) -> bytes:
    """A file's bytes, at most one chunk more than its size: a server may send without end."""
    if not hasattr(system, "_construct_store"):  # in memory, or on the Hub
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
        if protocol == HUB:
            return _hub()
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


def _hub() -> Any:
    try:
        from huggingface_hub import HfFileSystem
    except ImportError as error:
        raise InputError("hf:// needs huggingface_hub: pip install 'bayescale[huggingface]'.") from error
    return HfFileSystem(skip_instance_cache=True, use_listings_cache=False)


def _request[T](name: str, send: Callable[[], T]) -> T:
    """The answer of a store; its errors have no common base class, so any error counts as the store's."""
    try:
        return send()
    except InputError:
        raise
    except FileNotFoundError:
        failed: InputError = InputError(f"{name}: the file no longer exists.")
    except Exception as error:
        reason = Opened("").scrubbed(error_reason(error))
        failed = SourceError(f"{name}: cannot be reached, or not with these credentials ({reason}); check both.")
    raise failed  # not from the driver's own error, whose text may hold a signature
