"""The store: posteriors by model and version, each published whole with its lineage and forecasts, or not at all."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self

import pandas as pd
import xarray as xr

from bayescale.core.argument_types import Positive
from bayescale.core.arguments import checked
from bayescale.core.digests import content_digest
from bayescale.core.serialization import fact
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.maintenance.store import catalog
from bayescale.maintenance.store import forecast_log as ledgers
from bayescale.maintenance.store.commits import MAIN, PIN, Repository, in_words
from bayescale.maintenance.store.lineage import parted
from bayescale.maintenance.store.location import Place, read_place
from bayescale.maintenance.store.trees import has_group, read_dataset, read_tree, write_dataset, write_tree
from bayescale.maintenance.store.versions import History, Version, find

if TYPE_CHECKING:
    from icechunk import IcechunkStore

LEDGER = "ledger"
FIRST: Literal["first"] = "first"  # as a parent: no posterior may have been published before
DELIVERED = "alerts:"  # metadata of a repository: the version up to which a channel has heard of alerts
TIMEOUT = 60.0  # seconds to wait for another writer


@checked
@dataclass(frozen=True)
class Store:
    """Posteriors by model and version, in a folder or at an S3-compatible service. Open one with `Store.open`.

    Everything is read from the place when it is asked for, so a store can be sent to other processes (spawned ones:
    Icechunk's threads do not live through a fork). `timeout` is how many seconds a writer waits for another one, in a
    folder. Methods raise StoredPosteriorError, naming the store and the model, for what cannot be read or written, and
    InputError for names and versions that cannot be ones.
    """

    place: Place
    timeout: Positive = field(default=TIMEOUT, repr=False)

    @property
    def url(self) -> str:
        """Where the store is: an absolute path, or s3://bucket/prefix."""
        return self.place.url

    @classmethod
    def open(cls, url: str | os.PathLike[str], timeout: float = TIMEOUT) -> Self:
        """The store at a folder's path or s3://bucket/prefix.

        Raises InputError for an address that cannot be one, StoredPosteriorError where there is no store, or one that
        this version cannot read.
        """
        store = cls(read_place(url), timeout)
        catalog.require_store(store.place)
        return store

    @classmethod
    def create(cls, url: str | os.PathLike[str], timeout: float = TIMEOUT) -> Self:
        """A new, empty store. Raises StoredPosteriorError where there is one already, or it cannot be made."""
        store = cls(read_place(url), timeout)
        catalog.create_store(store.place, timeout)
        return store

    @classmethod
    def open_or_create(cls, url: str | os.PathLike[str], timeout: float = TIMEOUT) -> Self:
        """The store at an address, made where there is none."""
        return cls.open(url, timeout) if catalog.is_store(read_place(url)) else cls.create(url, timeout)

    def models(self) -> tuple[str, ...]:
        """Names of all models, sorted: every one that was ever published, or tried and noted."""
        return catalog.models_of(self.place)

    def history(self, name: str) -> History:
        """Everything that happened to a model, oldest first, by ancestry and not by clocks."""
        repository = catalog.reading(self.place, name)
        with in_words(self.place, name, "read"):
            return History(repository.history())

    def current(self, name: str) -> Version:
        """The posterior that was published last: its lineage, without its draws. Quick, however long the history."""
        repository = catalog.reading(self.place, name)
        with in_words(self.place, name, "read"):
            found = repository.current()
        if found is None:
            raise StoredPosteriorError(f"{self.url}: of {name!r} nothing was published yet")
        return found

    def version(self, name: str, which: object = None) -> Version:
        """The posterior meant by None (the current), a number, an id or the start of one, or a time (current then)."""
        return self.current(name) if which is None else self._meant(name, self.history(name), which)

    def load(
        self, name: str, version: object = None, require_whole: Callable[[xr.DataTree], object] | None = None
    ) -> xr.DataTree:
        """A posterior's tree, bit for bit as it was published; `version` as in `Store.version`.

        `require_whole` raises StoredPosteriorError for a tree that this version of bayescale cannot use; None: for one
        that is no posterior.
        """
        from bayescale import loading  # imports the laws, which a look at a history does not need

        meant = self.version(name, version)
        with self.reading(meant) as store:
            tree = read_tree(store, meant.digest)
        try:
            (require_whole or loading.require_whole)(tree)
        except StoredPosteriorError as error:
            raise StoredPosteriorError(f"{self._said(meant)}: {error}") from error
        return tree

    def ledger(self, name: str, version: object = None) -> pd.DataFrame:
        """Every forecast published up to a version (None: to this day) and its score; columns as in `store.ledger`."""
        if version is not None:
            with self.reading(self.version(name, version)) as store:
                return read_ledger(store)
        repository = catalog.reading(self.place, name)
        with in_words(self.place, name, "read: its ledger"):
            try:
                return read_ledger(repository.handle.readonly_session(MAIN).store)
            except (ValueError, KeyError, RuntimeError, TypeError) as error:
                raise StoredPosteriorError(f"{self.url}: the ledger of {name!r} is damaged ({error})") from error

    def publish(
        self,
        name: str,
        tree: xr.DataTree,
        lineage: Mapping[str, Any],
        *,
        ledger: pd.DataFrame | None = None,
        parent: Version | Literal["first"] | None = None,
        message: str = "published",
        now: datetime | None = None,
    ) -> Version:
        """Publish a posterior as a model's current one, with its lineage and its forecasts: one commit.

        lineage  plain data: digests of data and spec, versions, seed, sampler, checks, why and how it was made.
        ledger   new forecasts, and scores of old ones (see `store.ledger.merge`).
        parent   the version that this one follows: refused where another was published meanwhile. "first": none may
                 have been published yet. None: whatever is current.
        now      when it is said to have happened, in place of this machine's clock.
        """
        fact(tree, "schema")  # raises for a tree that is no posterior
        version = _drafted(name, "published", lineage, message, now, content_digest(tree))
        try:
            with catalog.changing(self.place, name, self.timeout) as repository:
                self._require_parent(name, repository.current(), parent)
                return _committed(repository, version, ledger, tree)
        except StoredPosteriorError as error:
            return self._committed_after_all(version, error)

    def _require_parent(self, name: str, current: Version | None, parent: Version | Literal["first"] | None) -> None:
        if parent is None or (current is None and parent == FIRST):
            return
        if isinstance(parent, str):
            number = current.number if current else 0
            meant, stands = f"{self.url}: version {number} of {name!r}", "was published meanwhile as its first"
        elif current is not None and parent.id == current.id:
            return
        else:
            meant = self._said(parent)
            stands = f"is not the current one any more ({'none' if current is None else current.number} is)"
        raise StoredPosteriorError(
            f"{meant} {stands}: another writer was faster. Nothing was published; start again from what is current"
        )

    def _committed_after_all(self, version: Version, error: StoredPosteriorError) -> Version:
        """The version where it is in the history although its publication ended with an error: a disk may fill up
        between the commit and what follows it. Raises the error where it is not, or where nobody can tell."""
        try:
            history = self.history(version.model)
        except StoredPosteriorError:
            raise error from None
        same = [
            one for one in history if (one.time, one.digest, one.kind) == (version.time, version.digest, version.kind)
        ]
        if not same:
            raise error
        return replace(same[-1], after=f"it is published, and what followed failed: {error}")

    def delivered(self, name: str) -> Mapping[str, int]:
        """The version up to which each channel has heard of alerts."""
        repository = catalog.reading(self.place, name)
        with in_words(self.place, name, "read"):
            said = dict(repository.handle.metadata)
        marks = {key.removeprefix(DELIVERED): value for key, value in said.items() if key.startswith(DELIVERED)}
        return {channel: value for channel, value in marks.items() if isinstance(value, int)}

    def mark_delivered(self, name: str, channel: str, number: int) -> None:
        """Say that a channel has heard of the alerts of every version up to a number."""
        catalog.reading(self.place, name)
        with catalog.changing(self.place, name, self.timeout) as repository:
            repository.handle.update_metadata({f"{DELIVERED}{channel}": number})

    def note(
        self,
        name: str,
        record: Mapping[str, Any],
        *,
        ledger: pd.DataFrame | None = None,
        message: str = "noted",
        now: datetime | None = None,
    ) -> Version:
        """Put an attempt that published no posterior into a model's history; the current posterior stays.

        record  plain data: what was tried, why it was not published. `ledger` may hold scores of runs that landed.
        """
        version = _drafted(name, "noted", record, message, now)
        try:
            with catalog.changing(self.place, name, self.timeout) as repository:
                return _committed(repository, version, ledger)
        except StoredPosteriorError as error:
            return self._committed_after_all(version, error)

    def rollback(self, name: str, version: object, *, message: str = "", now: datetime | None = None) -> Version:
        """Publish an earlier posterior again, as a new version: the history keeps both, and the ledger everything."""
        meant = self.version(name, version)
        tree = self.load(name, meant, lambda tree: fact(tree, "schema"))
        lineage = {**meant.lineage, "rolled_back_to": meant.number}
        said = message or f"rolled back to version {meant.number}"
        back = _drafted(name, "rolled back", lineage, said, now, content_digest(tree))
        with catalog.changing(self.place, name, self.timeout) as repository:
            return _committed(repository, back, None, tree)

    def pin(self, name: str, version: object = None) -> Version:
        """Have retention keep a version. Returns it."""
        catalog.reading(self.place, name)
        with catalog.changing(self.place, name, self.timeout) as repository:
            meant = self._meant(name, repository.history(), version)
            self._require_kept(meant)
            if not meant.pinned:
                repository.handle.create_branch(f"{PIN}{meant.number}", meant.id)
            return self._meant(name, repository.history(), meant.number)

    def unpin(self, name: str, version: object = None) -> Version:
        """Let retention give a version up like any other; what only the pin kept is given up now. Returns it."""
        catalog.reading(self.place, name)
        with catalog.changing(self.place, name, self.timeout) as repository:
            meant = self._meant(name, repository.history(), version)
            if meant.pinned:
                repository.handle.delete_branch(f"{PIN}{meant.number}")
            return self._meant(name, repository.history(), meant.number)

    def retain(self, name: str, keep: int, *, now: datetime | None = None) -> tuple[Version, ...]:
        """Give up the draws of all versions but the last `keep` and those pinned. Returns the versions given up.

        Their records stay in the history, and their forecasts in the ledger.
        """
        if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
            raise InputError(f"keep={keep!r} must be a whole number of versions, 1 or more")
        catalog.reading(self.place, name)  # raises for a model that is not there: writing would make it
        with catalog.changing(self.place, name, self.timeout) as repository:
            return repository.retire(keep, _drafted(name, "retired", {}, "", now))

    def _meant(self, name: str, history: tuple[Version, ...], which: object) -> Version:
        try:
            return find(history, which)
        except StoredPosteriorError as error:
            raise StoredPosteriorError(f"{self.url}: of {name!r} {error}") from error

    @contextmanager
    def reading(self, version: Version) -> Iterator["IcechunkStore"]:
        """A session at a version; whatever its files do not give is said of it as a StoredPosteriorError."""
        self._require_kept(version)
        repository = catalog.reading(self.place, version.model)
        with in_words(self.place, version.model, f"read as of version {version.number}"):
            try:
                yield repository.handle.readonly_session(snapshot_id=version.id).store
            except (ValueError, KeyError, RuntimeError, TypeError) as error:
                raise StoredPosteriorError(
                    f"{self._said(version)} cannot be read: a file of it is damaged ({error}); others may be whole"
                ) from error

    def _require_kept(self, version: Version) -> None:
        if not version.kept:
            raise StoredPosteriorError(
                f"{self._said(version)}: its draws were given up by `retain`, its record is kept"
            )

    def _said(self, version: Version) -> str:
        return f"{self.url}: version {version.number} of {version.model!r}"


def _drafted(
    name: str, kind: Any, lineage: Mapping[str, Any], message: str, now: datetime | None, digest: str | None = None
) -> Version:
    """A version as it will be committed; its place in the history is found under the lock."""
    parted(lineage)  # raises for what is no plain data, before anything is written
    try:
        time = datetime.now(UTC) if now is None else now.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:  # NaT; a pandas time without its zone
        raise InputError(f"now={now!r} must be a time with its zone, such as datetime.now(UTC)") from error
    return Version(name, 0, kind, "", time, message, dict(lineage), digest=digest)


def _committed(
    repository: Repository, version: Version, rows: pd.DataFrame | None, tree: xr.DataTree | None = None
) -> Version:
    """Commit a version with what it changes of tree and ledger."""
    placed = repository.placed(version)
    merged = None
    if rows is not None and len(rows):
        before = read_ledger(repository.handle.readonly_session(MAIN).store)
        merged = ledgers.to_dataset(ledgers.merge(before, rows, placed.number, placed.time))

    def write(store: "IcechunkStore") -> None:
        if tree is not None:
            write_tree(tree, store)
        if merged is not None:
            write_dataset(merged, store, LEDGER)

    return repository.commit(placed, write)


def read_ledger(store: "IcechunkStore") -> pd.DataFrame:
    """The ledger that a session holds."""
    return ledgers.from_dataset(read_dataset(store, LEDGER)) if has_group(store, LEDGER) else ledgers.empty()
