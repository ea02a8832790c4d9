"""One model's history in an Icechunk repository: commits, their records, and errors with advice.

Each model has its own repository. Two models are published at the same time without conflict, a damaged file harms one
model, the draws of one are deleted without reading the others, and a repository's index, which Icechunk rewrites with
every commit, stays small.
"""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Any

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.failures import READ_ERRORS, translated_errors
from bayescale.maintenance.store.fingerprints import ENTRY, is_large, read_rows, write_rows
from bayescale.maintenance.store.lineage import split_by_size
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
PATIENCE = timedelta(seconds=5)  # a commit waits for a clock that is no further behind the last one
IN_FLIGHT = timedelta(days=1)  # how long files without a commit may belong to one being made elsewhere
FIRST_COMMIT = "1CECHNKREP0F1RSTCMT0"  # the id that Icechunk gives to the empty commit of every new repository


@dataclass(frozen=True)
class Repository:
    """A repository of a store.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The model's name.
    handle : icechunk.Repository
        The repository as Icechunk opens it.
    """

    place: Place
    name: str
    handle: "icechunk.Repository"

    def history(self) -> tuple[Version, ...]:
        """Return every version, the oldest first, in the order of the commits.

        Returns
        -------
        tuple of Version
            Versions with deleted draws included.
        """
        branches = {name: self.handle.lookup_branch(name) for name in self.handle.list_branches()}
        pinned = {commit for name, commit in branches.items() if name.startswith(PIN)}
        snapshots = [self._version(item, item.id in pinned) for item in self.handle.ancestry(branch=MAIN)]
        versions = [version for version in snapshots if version is not None]
        retired: list[dict[str, Any]] = next(
            (item.lineage["retired"] for item in versions if item.kind == "retired"), []
        )
        pinned_only = pinned - {version.id for version in versions}
        others = [self._version(self.handle.lookup_snapshot(commit), True) for commit in pinned_only]
        by_number = {item.number: item for item in [*map(from_retired, retired), *filter(None, others), *versions]}
        return tuple(by_number[number] for number in sorted(by_number))

    def current(self) -> Version | None:
        """Return the posterior published last, from the index alone.

        Returns
        -------
        Version or None
            None where none was published.
        """
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
        """Commit a version as the last of the history, with what `write` puts into the session: all or nothing.

        Parameters
        ----------
        version : Version
            The version, with its number and parent.
        write : callable
            Takes the session's store and writes to it.
        branch : str, optional
            The branch to commit to.

        Returns
        -------
        Version
            The version with the id of its commit.
        """
        import icechunk
        import zarr

        session = self.handle.writable_session(branch)
        write(session.store)
        if large := split_by_size(version.lineage)[1]:
            if is_large(large.get(ENTRY)):
                large[ROOT] = write_rows(large.pop(ENTRY), session.store)
            zarr.open_group(session.store, path=RECORD, mode="w", attributes={RECORD: json.dumps(large)})
        behind = next(iter(self.handle.ops_log())).updated_at - datetime.now(UTC)
        if timedelta(0) <= behind < PATIENCE:
            sleep(behind.total_seconds() + 0.01)
        commit = session.commit(version.message, dict(as_record(version)), allow_empty=True)
        with suppress(icechunk.ConflictError):  # a writer in a bucket that changed the index meanwhile made the copy
            self.handle.update_metadata({"last": version.number})  # so that the copy of the index has the commit, too
        return replace(version, id=commit)

    def as_next(self, version: Version) -> Version:
        """Return a version with the number and parent that follow the last of the history.

        Parameters
        ----------
        version : Version
            The version.

        Returns
        -------
        Version
            The version with number and parent.
        """
        versions = (self._version(snapshot, False) for snapshot in self.handle.ancestry(branch=MAIN))
        last, current = next((item for item in versions if item is not None), None), self.current()
        return replace(version, number=last.number + 1 if last else 1, parent=current.id if current else None)

    def retire(self, keep: int, record: Version) -> tuple[Version, ...]:
        """Delete the draws of all posteriors but the last ones and those pinned.

        What killed writers left behind is deleted, too.

        Parameters
        ----------
        keep : int
            How many of the last posteriors stay.
        record : Version
            Is committed first and names the deleted versions from then on.

        Returns
        -------
        tuple of Version
            The versions whose draws were deleted.
        """
        history = self.history()
        posteriors = [version for version in history if version.has_posterior]
        last = posteriors[-keep:]
        deleted = tuple(item for item in posteriors if item.kept and not item.pinned and item not in last)
        if deleted:
            oldest = self.handle.lookup_snapshot(last[0].id).written_at
            before = [as_retired(version) for version in history if version.number < last[0].number]
            message = f"draws deleted of version {', '.join(str(version.number) for version in deleted)}"
            self.commit(replace(self.as_next(record), message=message, lineage={"retired": before}), lambda store: None)
            self.handle.expire_snapshots(older_than=oldest)
        local = self.place.folder is not None  # under the lock nothing else is being written
        self.handle.garbage_collect(datetime.now(UTC) - (timedelta(0) if local else IN_FLIGHT))
        return deleted


def _large(place: Place, name: str, commit: str, wanted: str) -> Mapping[str, Any]:
    """The large entries of a commit's record; fingerprints of very many rows only where these are wanted."""
    import zarr

    part = f"the record of commit {commit}"
    with translated_errors(place, name, f"read: {part}"):
        store = icechunk_at(place, name).readonly_session(snapshot_id=commit).store
        try:
            large = dict(json.loads(str(zarr.open_group(store, path=RECORD, mode="r").attrs[RECORD])))
            root = large.pop(ROOT, None)
            return {ENTRY: read_rows(store, root)} if wanted == ENTRY and root is not None else large
        except READ_ERRORS as error:
            raise StoredPosteriorError(f"{place.url}: {name!r}: {part} cannot be read ({error})") from error


def open_repository(place: Place, name: str) -> Repository | None:
    """Open a repository of a store.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The repository's name.

    Returns
    -------
    Repository or None
        None where there is none.
    """
    import icechunk

    try:
        return Repository(place, name, icechunk_at(place, name))
    except icechunk.RepositoryNotFoundError:
        return None


def icechunk_at(place: Place, name: str) -> "icechunk.Repository":
    """Open a repository as Icechunk does.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The repository's name.

    Returns
    -------
    icechunk.Repository
        The repository.
    """
    import icechunk

    _silence_icechunk()
    return icechunk.Repository.open(place.storage(name))


def create_repository(place: Place, name: str) -> Repository:
    """Open a repository of a store, or create it, also where its creation was interrupted before it had an index.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The repository's name.

    Returns
    -------
    Repository
        The repository.
    """
    import icechunk

    _silence_icechunk()
    config, storage = icechunk.RepositoryConfig(inline_chunk_threshold_bytes=INLINE), place.storage(name)
    try:
        return Repository(place, name, icechunk.Repository.open_or_create(storage, config=config))
    except icechunk.IcechunkError:  # Icechunk creates no repository among other files
        if not _creation_interrupted(storage):
            raise
    return Repository(place, name, icechunk.Repository.create(storage, config=config, check_clean_root=False))


def _creation_interrupted(storage: "icechunk.Storage") -> bool:
    """Whether there is nothing but the empty first commit, which is written before the index: no data can be lost."""
    keys = {entry.key for entry in storage.list_objects_metadata()}
    return bool(keys) and keys <= {f"snapshots/{FIRST_COMMIT}", f"transactions/{FIRST_COMMIT}"}


def _silence_icechunk() -> None:
    """Keep Icechunk from warning that folders are unsafe for two writers: the lock prevents these."""
    import icechunk

    if "ICECHUNK_LOG" not in os.environ:
        icechunk.set_logs_filter("off")
