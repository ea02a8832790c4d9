"""Indices that cannot be opened are replaced by the newest of the copies that Icechunk keeps beside them.

In a bucket, a request that fails looks like damage. An index there is replaced only where its bytes were read and are
no index, or where there is none, and only by a copy that holds every commit.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.commits import MAIN, icechunk_at
from bayescale.maintenance.store.failures import translated_errors
from bayescale.maintenance.store.files import NOT_READ, write_lock
from bayescale.maintenance.store.location import Place
from bayescale.maintenance.store.objects import content_of, listed_objects, object_errors, objects_of, put_object

if TYPE_CHECKING:
    from obstore import ObjectMeta

INDEX = "repo"
COPIES = NOT_READ  # the folder of an index's copies
SNAPSHOTS = "snapshots/"


def restore_index(place: Place, name: str, timeout: float) -> list[str]:
    """Replace an index that cannot be opened by the newest copy that can.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The repository's name.
    timeout : float
        Seconds to wait for another writer.

    Returns
    -------
    list of str
        What was repaired; empty where the index opens, or no copy does. A bucket's index needs obstore.

    Raises
    ------
    StoredPosteriorError
        A file cannot be read or written, or a bucket's copy lacks commits.
    """
    if place.folder is None:
        return [] if index_opens(place, name) else _restore_object(place, name)
    home = place.folder / name
    if not home.is_dir() or index_opens(place, name):
        return []
    with write_lock(place.folder, name, timeout), translated_errors(place, name, "restored"):
        if index_opens(place, name):
            return []
        before = (home / INDEX).read_bytes() if (home / INDEX).exists() else None  # raises where it may not be read
        copies = (home / COPIES).glob(f"{INDEX}.*")
        for copy in sorted(copies, key=lambda path: path.stat().st_mtime_ns, reverse=True):
            _replace_file(copy.read_bytes(), home / INDEX)
            if index_opens(place, name):
                return [_restored(name, copy.name)]
        if before is not None:
            _replace_file(before, home / INDEX)
        else:
            (home / INDEX).unlink(missing_ok=True)
    return []


def _restored(name: str, copy: str) -> str:
    return f"The index of {name!r} was damaged or missing. It was restored from its copy {copy}."


def _replace_file(content: bytes, path: Path) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)


def index_opens(place: Place, name: str) -> bool:
    """Return whether a repository's index can be read, with the history in it.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The repository's name.

    Returns
    -------
    bool
        Whether it can.
    """
    import icechunk

    try:
        list(icechunk_at(place, name).ancestry(branch=MAIN))
    except icechunk.IcechunkError:
        return False
    return True


def _restore_object(place: Place, name: str) -> list[str]:
    """Replace a bucket's index. Where objects cannot be reached, nothing is done: opening the repository says why."""
    try:
        objects = objects_of(place, name)
        entries = {entry["path"]: entry for entry in listed_objects(objects)}
        if INDEX in entries and _commits_in(content_of(objects, INDEX)) is not None:
            return []
        copies = sorted(path for path in entries if path.startswith(f"{COPIES}/{INDEX}."))
        for copy in copies:  # the newest first: their names begin with a falling number
            content = content_of(objects, copy)
            commits = _commits_in(content)
            if commits is not None:
                _require_every_commit(place, name, entries, commits, copy)
                damaged = entries.get(INDEX)
                put_object(objects, INDEX, content, {"e_tag": damaged["e_tag"]} if damaged else "create")
                return [_restored(name, copy.removeprefix(f"{COPIES}/"))]
    except object_errors():
        return []
    return []


def _commits_in(index: bytes) -> frozenset[str] | None:
    """The ids of the commits in an index, None where these bytes are none."""
    import icechunk

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / INDEX).write_bytes(index)
        try:
            handle = icechunk_at(Place(folder, folder=Path(folder)), "")
            branches = handle.list_branches()
            return frozenset(snapshot.id for branch in branches for snapshot in handle.ancestry(branch=branch))
        except icechunk.IcechunkError:
            return None


def _require_every_commit(
    place: Place, name: str, entries: Mapping[str, "ObjectMeta"], commits: frozenset[str], copy: str
) -> None:
    """Raise where a commit is newer than all of a copy's: release 0.2 made none after the last commit."""
    times = {
        path.removeprefix(SNAPSHOTS): entry["last_modified"]
        for path, entry in entries.items()
        if path.startswith(SNAPSHOTS)
    }
    known = [time for commit, time in times.items() if commit in commits]
    lost = [commit for commit, time in times.items() if commit not in commits and known and time >= max(known)]
    if lost:
        raise StoredPosteriorError(
            f"{place.url}: the index of {name!r} is damaged or missing, and its newest copy {copy} may lack the last "
            f"commit ({', '.join(sorted(lost))}). Restore {INDEX} from the bucket's earlier versions, or copy {copy} "
            "there, which gives that commit up"
        )
