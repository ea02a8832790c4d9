"""One model's history in an Icechunk repository: commits, what they record, and errors said in words.

A model is a repository of its own. So two models are published at once without meeting, a damaged file harms one
model, old draws of one are given up without a look at the others, and a repository's index, which Icechunk rewrites
with every commit, stays small.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.fingerprints import ENTRY, is_large, read_rows, write_rows
from bayescale.maintenance.store.lineage import parted
from bayescale.maintenance.store.location import Place
from bayescale.maintenance.store.versions import (
    RECORD,
    Version,
    as_record,
    as_retired,
    from_commit,
    from_retired,
)

if TYPE_CHECKING:
    import icechunk

MAIN = "main"
PIN = "pinned-"  # a branch at a pinned version keeps it: its name ends in the version's number
ROOT = "rows_root"  # of a record: the digest of fingerprints that stand in leaves of their own
INLINE = 65_535  # bytes: arrays up to this stand in their manifest, not in a file of their own
PATIENCE = timedelta(seconds=5)  # a clock that far behind the last commit is waited for
IN_FLIGHT = timedelta(days=1)  # how long files without a commit may belong to one being made elsewhere


@dataclass(frozen=True)
class Repository:
    """A repository of a store: `place` is the store's, `name` the model's."""

    place: Place
    name: str
    handle: "icechunk.Repository"

    def history(self) -> tuple[Version, ...]:
        """Everything that happened, oldest first: by ancestry, not by clocks."""
        branches = {name: self.handle.lookup_branch(name) for name in self.handle.list_branches()}
        pinned = {commit for name, commit in branches.items() if name.startswith(PIN)}
        ours = [self._version(one, one.id in pinned) for one in self.handle.ancestry(branch=MAIN)]
        found = [one for one in ours if one is not None]
        retired: list[dict[str, Any]] = next((one.lineage["retired"] for one in found if one.kind == "retired"), [])
        alone = [self._version(self.handle.lookup_snapshot(one), True) for one in pinned - {one.id for one in found}]
        every = {one.number: one for one in [*map(from_retired, retired), *filter(None, alone), *found]}
        return tuple(every[number] for number in sorted(every))

    def current(self) -> Version | None:
        """The posterior published last, from the index alone; None where none was. Quick, however long the history."""
        for snapshot in self.handle.ancestry(branch=MAIN):
            version = self._version(snapshot, False)
            if version is not None and version.has_posterior:
                return replace(version, pinned=f"{PIN}{version.number}" in self.handle.list_branches())
        return None

    def _version(self, snapshot: "icechunk.SnapshotInfo", pinned: bool) -> Version | None:
        return from_commit(snapshot, pinned, partial(_large, self.place, self.name, snapshot.id))

    def commit(
        self, version: Version, write: Callable[["icechunk.IcechunkStore"], None], branch: str = MAIN
    ) -> Version:
        """Make a version the last of the history, with whatever `write` puts into the session: all of it or nothing."""
        import zarr

        session = self.handle.writable_session(branch)
        write(session.store)
        if large := parted(version.lineage)[1]:
            if is_large(large.get(ENTRY)):
                large[ROOT] = write_rows(large.pop(ENTRY), session.store)
            zarr.open_group(session.store, path=RECORD, mode="w", attributes={RECORD: json.dumps(large)})
        behind = next(iter(self.handle.ops_log())).updated_at - datetime.now(UTC)
        if timedelta(0) <= behind < PATIENCE:
            sleep(behind.total_seconds() + 0.01)
        made = session.commit(version.message, dict(as_record(version)), allow_empty=True)
        if self.place.folder is not None:  # a change more, so that the copy kept of the index has the commit too
            self.handle.update_metadata({"last": version.number})
        return replace(version, id=made)

    def placed(self, version: Version) -> Version:
        """A version with its number and parent, following the last of the history."""
        ours = (self._version(one, False) for one in self.handle.ancestry(branch=MAIN))
        last, current = next((one for one in ours if one is not None), None), self.current()
        return replace(version, number=last.number + 1 if last else 1, parent=current.id if current else None)

    def retire(self, keep: int, record: Version) -> tuple[Version, ...]:
        """Give up the draws of all posteriors but the last `keep` and those pinned. `record`, committed before, goes on
        naming them. What killed writers left behind is deleted too.
        """
        history = self.history()
        last = [one for one in history if one.has_posterior][-keep:]
        gone = tuple(one for one in history if one.has_posterior and one.kept and not one.pinned and one not in last)
        if gone:
            oldest = self.handle.lookup_snapshot(last[0].id).written_at
            before = [as_retired(one) for one in history if one.number < last[0].number]
            said = f"draws given up of {', '.join(str(one.number) for one in gone)}"
            self.commit(replace(self.placed(record), message=said, lineage={"retired": before}), lambda store: None)
            self.handle.expire_snapshots(older_than=oldest)
        local = self.place.folder is not None  # under the lock nothing else is being written
        self.handle.garbage_collect(datetime.now(UTC) - (timedelta(0) if local else IN_FLIGHT))
        return gone


def _large(place: Place, name: str, commit: str, wanted: str) -> Mapping[str, Any]:
    """The large entries of a commit's record; the fingerprints of very many rows only where these are wanted."""
    import zarr

    what = f"the record of commit {commit}"
    with in_words(place, name, f"read: {what}"):
        store = icechunk_at(place, name).readonly_session(snapshot_id=commit).store
        try:
            large = dict(json.loads(str(zarr.open_group(store, path=RECORD, mode="r").attrs[RECORD])))
            root = large.pop(ROOT, None)
            return {ENTRY: read_rows(store, root)} if wanted == ENTRY and root is not None else large
        except (ValueError, KeyError, RuntimeError, TypeError) as error:
            raise StoredPosteriorError(f"{place.url}: {name!r}: {what} cannot be read ({error})") from error


def open_repository(place: Place, name: str) -> Repository | None:
    """A repository of a store, None where there is none."""
    import icechunk

    try:
        return Repository(place, name, icechunk_at(place, name))
    except icechunk.RepositoryNotFoundError:
        return None


def icechunk_at(place: Place, name: str) -> "icechunk.Repository":
    """A repository as Icechunk has it."""
    import icechunk

    _quiet()
    return icechunk.Repository.open(place.storage(name))


def create_repository(place: Place, name: str) -> Repository:
    """A new repository in a store."""
    import icechunk

    _quiet()
    config = icechunk.RepositoryConfig(inline_chunk_threshold_bytes=INLINE)
    return Repository(place, name, icechunk.Repository.open_or_create(place.storage(name), config=config))


def _quiet() -> None:
    """Icechunk writes to standard error that folders are unsafe for two writers, which the lock sees to."""
    import icechunk

    if "ICECHUNK_LOG" not in os.environ:
        icechunk.set_logs_filter("off")


@contextmanager
def in_words(place: Place, name: str, doing: str) -> Iterator[None]:
    """Whatever goes wrong in a repository as a StoredPosteriorError naming the store, the model and what to do."""
    import icechunk

    where = f"{place.url}: {name!r} cannot be {doing}"
    try:
        yield
    except icechunk.IcechunkError as error:
        raise StoredPosteriorError(f"{where}: {_reason(error, place, name)}") from error
    except OSError as error:
        raise StoredPosteriorError(f"{where}: {error.strerror or error}") from error


def _reason(error: "icechunk.IcechunkError", place: Place, name: str) -> str:
    import icechunk

    first = str(error).strip().splitlines()[0]
    if error.kind == icechunk.ErrorKind.SNAPSHOT_TIMESTAMP:
        return (
            f"this machine's clock ({datetime.now(UTC).isoformat('T', 'seconds')}) and the last change made here do "
            f"not agree: the clock went back, or was ahead then. Set it right, or wait until it has caught up ({first})"
        )
    if isinstance(error, icechunk.ConflictError):
        return "another writer was faster; nothing of this was kept. Read what it published, and try again"
    if place.folder is None:
        return f"{first}. Check the address, the network, and what AWS_* variables say"
    return f"{first}. {advice(place.folder / name)}"


def advice(home: Path) -> str:
    """What can be done in a model's folder where files cannot be read or written."""
    import icechunk

    try:
        icechunk.Repository.open(icechunk.local_filesystem_storage(str(home)))
    except icechunk.IcechunkError:
        copies = sorted((home / "overwritten").glob("repo.*"), key=lambda path: path.stat().st_mtime_ns)
        if copies:
            return f"Its index {home / 'repo'} is damaged or gone: copy {copies[-1]} there, which has all that it had"
    return "If the disk is not full, a file is damaged: other versions may be whole, `history` names them"


def settle(folder: Path, before: frozenset[str]) -> None:
    """Have the disk keep what was written: files that were not there `before`, the index, and their folders."""
    new = [folder / name for name in {*(files_of(folder) - before), "repo"}]
    for path in [*new, *{one.parent for one in new}]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def files_of(folder: Path) -> frozenset[str]:
    """Paths of all files in a repository's folder, relative to it."""
    found = (os.path.join(home, name) for home, _, names in os.walk(folder) for name in names)
    return frozenset(os.path.relpath(path, folder) for path in found)
