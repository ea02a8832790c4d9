"""Machine code on disk: the next process finds it again and does not compile.

A file holds the object code of one kernel after a hash of name and code. Its name is a digest of everything that the
code depends on. Files appear whole; one that does not match its hash is compiled again. The place is
`$BAYESCALE_CACHE_DIR`, else the user's cache folder, else a folder of the user's among temporary files. Folders that
somebody else may write to, or put in place, are not used, since what is read is executed.
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
    if stored != _hash_of(digest, code):
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
                file.write(_hash_of(digest, code) + code)
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
    configured = os.environ.get(PLACE, "")
    places = (configured and os.path.abspath(configured), platformdirs.user_cache_dir("bayescale"), _temporary_folder())
    return _first_private(
        tuple(place for place in places if os.path.isabs(place))
    )  # "~/.cache" of users without a home


def _hash_of(digest: str, code: bytes) -> bytes:
    """Hash of a kernel's name and code: the code of another kernel does not match."""
    return hashlib.sha256(digest.encode() + code).digest()


def _temporary_folder() -> str:
    """A folder of the user's among temporary files."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    return os.path.join(tempfile.gettempdir(), f"bayescale-{user}")


@cache
def _first_private(places: tuple[str, ...]) -> Path | None:
    return next((folder for place in places if (folder := _private(Path(place) / "kernels"))), None)


def _private(folder: Path) -> Path | None:
    """The folder, made if need be; None where it cannot be written to, or others can write to it or replace it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status, parent, link = folder.lstat(), folder.parent.stat(), folder.parent.lstat()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    if not stat.S_ISDIR(status.st_mode):
        return None
    if not hasattr(os, "getuid"):  # Windows: permissions are those of the user's profile
        return folder
    user = os.getuid()
    is_private = status.st_uid == user and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    is_shared = bool(parent.st_mode & stat.S_IWOTH) and not parent.st_mode & stat.S_ISVTX
    return folder if is_private and {parent.st_uid, link.st_uid} <= {user, 0} and not is_shared else None


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
