"""Machine code on disk: the next process finds it again and does not compile.

A file holds the object code of one kernel after its hash. Its name is a digest of everything that the code depends on.
Files appear whole; one that does not match its hash is compiled again. The place is `$BAYESCALE_CACHE_DIR`, else the
user's cache folder, else a folder of the user's among temporary files. Folders that somebody else may write to are not
used, since what is read is executed.
"""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import platformdirs

MOST_FILES = 1000  # about 25 kB each; the longest unused are removed first
PLACE = "BAYESCALE_CACHE_DIR"  # environment variable
HASH_BYTES = 32


def digest_of(*parts: str) -> str:
    """Compute the name of a kernel.

    Parameters
    ----------
    *parts : str
        Everything that its machine code depends on.

    Returns
    -------
    str
        A digest.
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read(digest: str) -> bytes | None:
    """Read the object code of a kernel.

    Parameters
    ----------
    digest : str
        Name of the kernel.

    Returns
    -------
    bytes or None
        An object file; None where it is not stored, or damaged.
    """
    folder = cache_folder()
    if folder is None:
        return None
    path = folder / digest
    try:
        content = path.read_bytes()
    except OSError:
        return None
    stored, code = content[:HASH_BYTES], content[HASH_BYTES:]
    if stored != hashlib.sha256(code).digest():
        return None
    with suppress(OSError):
        os.utime(path)  # used now
    return code


def write(digest: str, code: bytes) -> None:
    """Store the object code of a kernel, where there is a place for it.

    Parameters
    ----------
    digest : str
        Name of the kernel.
    code : bytes
        An object file.
    """
    folder = cache_folder()
    if folder is None:
        return
    with suppress(OSError):  # a full disk: the next process compiles again
        descriptor, partial = tempfile.mkstemp(prefix=".partial-", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            os.replace(partial, folder / digest)
        except OSError:
            os.unlink(partial)
            raise
        _remove_unused(folder)


def cache_folder() -> Path | None:
    """Find the folder of kernels.

    Returns
    -------
    pathlib.Path or None
        The first place that can be written to, and that nobody else can; None where there is none.
    """
    return _first_private((os.environ.get(PLACE, ""), platformdirs.user_cache_dir("bayescale"), _temporary_folder()))


def _temporary_folder() -> str:
    """A folder of the user's among temporary files."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    return os.path.join(tempfile.gettempdir(), f"bayescale-{user}")


@cache
def _first_private(places: tuple[str, ...]) -> Path | None:
    return next((folder for place in places if place and (folder := _private(Path(place) / "kernels"))), None)


def _private(folder: Path) -> Path | None:
    """The folder, made if need be; None where it cannot be written to, or by others too."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    writable_by_others = bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    belongs_to_user = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return folder if belongs_to_user and stat.S_ISDIR(status.st_mode) and not writable_by_others else None


def _remove_unused(folder: Path) -> None:
    """Remove the files unused for longest, beyond `MOST_FILES`."""
    paths = list(folder.iterdir())
    if len(paths) <= MOST_FILES:
        return
    used = {}
    for path in paths:
        with suppress(OSError):  # removed by another process
            used[path] = path.stat().st_mtime
    for path in sorted(used, key=lambda path: used[path])[: len(paths) - MOST_FILES]:
        with suppress(OSError):
            path.unlink()
