"""Writing to a store: every change of a model is one commit. `Store` binds these functions as methods."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import xarray as xr

from bayescale.core.digests import content_digest
from bayescale.core.serialization import fact, require_sampled
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.maintenance.store import catalog, forecast_log
from bayescale.maintenance.store.commits import MAIN, Repository
from bayescale.maintenance.store.failures import translated_errors
from bayescale.maintenance.store.lineage import split_by_size
from bayescale.maintenance.store.location import StoreAddress
from bayescale.maintenance.store.reading import load_tree, read_history, version_label, version_of
from bayescale.maintenance.store.trees import write_dataset, write_tree
from bayescale.maintenance.store.versions import Kind, Version

if TYPE_CHECKING:
    from icechunk import IcechunkStore

DELIVERED = "alerts:"  # prefix in a repository's metadata: the version up to which a channel has received alerts
FIRST: Literal["first"] = "first"  # as a parent: no posterior may have been published before


def publish(
    self: StoreAddress,
    name: str,
    tree: xr.DataTree,
    lineage: Mapping[str, Any],
    *,
    ledger: pd.DataFrame | None = None,
    parent: Version | Literal["first"] | None = None,
    message: str = "published",
    now: datetime | None = None,
) -> Version:
    """Publish a posterior as the current one of a model, with its lineage and forecasts, in one commit.

    Parameters
    ----------
    name : str
        The model's name.
    tree : DataTree
        The posterior.
    lineage : mapping of str to Any
        Plain data: digests, release, seed, sampler, checks, reason and path.
    ledger : DataFrame, optional
        New forecasts, and scores of forecasts in the forecast log; see `maintenance.store.forecast_log.merge`.
    parent : Version or "first", optional
        The version that this one follows: the call fails where another one was published meanwhile. "first": no
        version may have been published. By default, this version follows whatever is current.
    message : str, default "published"
        The message of the commit.
    now : datetime, optional
        The time of publication. This machine's clock by default.

    Returns
    -------
    Version
        The version.

    Raises
    ------
    InputError
        The lineage is no plain data, or the forecast log would change what was published.
    StoredPosteriorError
        The tree is no posterior, the parent is not current, or the store cannot be written.
    """
    fact(tree, "schema")  # raises for a tree that is no posterior
    require_sampled(tree)
    version = draft(name, "published", lineage, message, now, content_digest(tree))
    try:
        with catalog.locked_repository(self.place, name, self.timeout) as repository:
            _require_parent(self, name, repository.current(), parent)
            return _commit(repository, version, ledger, tree)
    except StoredPosteriorError as error:
        return _committed_or_raise(self, version, error)


def note(
    self: StoreAddress,
    name: str,
    record: Mapping[str, Any],
    *,
    ledger: pd.DataFrame | None = None,
    message: str = "noted",
    now: datetime | None = None,
) -> Version:
    """Add an attempt that published no posterior to the history of a model; the current posterior stays.

    Parameters
    ----------
    name : str
        The model's name.
    record : mapping of str to Any
        Plain data: what was tried, and why it was not published.
    ledger : DataFrame, optional
        Scores of forecasts in the forecast log.
    message : str, default "noted"
        The message of the commit.
    now : datetime, optional
        The time of the attempt. This machine's clock by default.

    Returns
    -------
    Version
        The entry of the history.

    Raises
    ------
    InputError
        The record is no plain data, or the forecast log would change what was published.
    StoredPosteriorError
        The store cannot be written.
    """
    version = draft(name, "noted", record, message, now)
    try:
        with catalog.locked_repository(self.place, name, self.timeout) as repository:
            return _commit(repository, version, ledger)
    except StoredPosteriorError as error:
        return _committed_or_raise(self, version, error)


def rollback(
    self: StoreAddress, name: str, version: object, *, message: str = "", now: datetime | None = None
) -> Version:
    """Publish an earlier posterior again, as a new version. The history and the forecast log keep everything.

    Parameters
    ----------
    name : str
        The model's name.
    version : int, str, datetime or Version
        The earlier version, as in `Store.version`.
    message : str, optional
        The message of the commit.
    now : datetime, optional
        The time of publication. This machine's clock by default.

    Returns
    -------
    Version
        The new version.

    Raises
    ------
    InputError
        `version` is none of these.
    StoredPosteriorError
        There is no such version, it cannot be read, or the store cannot be written.
    """
    earlier = version_of(self, name, version)
    lineage = {**earlier.lineage, "rolled_back_to": earlier.number}
    text = message or f"rolled back to version {earlier.number}"
    version_again = draft(name, "rolled back", lineage, text, now)  # raises before the tree is read
    tree = load_tree(self, name, earlier, lambda tree: fact(tree, "schema"))
    with catalog.locked_repository(self.place, name, self.timeout) as repository:
        return _commit(repository, replace(version_again, digest=content_digest(tree)), None, tree)


def delivered_versions(self: StoreAddress, name: str) -> Mapping[str, int]:
    """Return, for each channel of alerts, the number of the version up to which alerts were delivered.

    Parameters
    ----------
    name : str
        The model's name.

    Returns
    -------
    mapping of str to int
        Numbers by the channels' names.

    Raises
    ------
    StoredPosteriorError
        There is no such model, or it cannot be read.
    """
    repository = catalog.model_repository(self.place, name)
    with translated_errors(self.place, name, "read"):
        metadata = dict(repository.handle.metadata)
    numbers = {key.removeprefix(DELIVERED): value for key, value in metadata.items() if key.startswith(DELIVERED)}
    return {channel: number for channel, number in numbers.items() if isinstance(number, int)}


def mark_delivered(self: StoreAddress, name: str, channel: str, number: int) -> None:
    """Record that a channel has received the alerts of every version up to a number.

    Parameters
    ----------
    name : str
        The model's name.
    channel : str
        The name of the channel.
    number : int
        The number of the last version.

    Raises
    ------
    StoredPosteriorError
        There is no such model, or it cannot be written.
    """
    catalog.model_repository(self.place, name)
    with catalog.locked_repository(self.place, name, self.timeout) as repository:
        repository.handle.update_metadata({f"{DELIVERED}{channel}": number})


def _require_parent(
    self: StoreAddress, name: str, current: Version | None, parent: Version | Literal["first"] | None
) -> None:
    """Raise where another version than the parent is current."""
    if parent is None or (current is None and parent == FIRST):
        return
    if isinstance(parent, str):
        number = current.number if current else 0
        problem = f"{self.url}: version {number} of {name!r} was published meanwhile as the first one"
    elif current is not None and parent.id == current.id:
        return
    else:
        number_now = "none" if current is None else current.number
        problem = f"{version_label(self, parent)} is no longer the current version ({number_now} is)"
    raise StoredPosteriorError(
        f"{problem}: another writer published first. Nothing was published; re-fit again from the current version"
    )


def _committed_or_raise(self: StoreAddress, version: Version, error: StoredPosteriorError) -> Version:
    """The version where it is in the history although a later step failed (the disk is full), else raise the error."""
    try:
        history = read_history(self, version.model)
    except StoredPosteriorError:
        raise error from None
    identity = (version.time, version.digest, version.kind)
    committed = [entry for entry in history if (entry.time, entry.digest, entry.kind) == identity]
    if not committed:
        raise error
    return replace(committed[-1], after=f"The version is published, but a later step failed: {error}")


def draft(
    name: str, kind: Kind, lineage: Mapping[str, Any], message: str, now: datetime | None, digest: str | None = None
) -> Version:
    """Return a version as it will be committed; its number is known under the lock.

    Parameters
    ----------
    name : str
        The model's name.
    kind : str
        What happens to the model.
    lineage : mapping of str to Any
        Plain data.
    message : str
        The message of the commit.
    now : datetime or None
        The time; None: this machine's clock.
    digest : str, optional
        Digest of the posterior's tree.

    Returns
    -------
    Version
        The version, with number 0.

    Raises
    ------
    InputError
        The lineage is no plain data, or the time has no zone.
    """
    split_by_size(lineage)  # raises for what is no plain data, before anything is written
    try:
        time = datetime.now(UTC) if now is None else now.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:  # NaT; a pandas time without its zone
        raise InputError(f"now={now!r} must be a time with its zone, such as datetime.now(UTC)") from error
    return Version(name, 0, kind, "", time, message, dict(lineage), digest=digest)


def _commit(
    repository: Repository, version: Version, rows: pd.DataFrame | None, tree: xr.DataTree | None = None
) -> Version:
    """Commit a version with what it changes of tree and forecast log."""
    version = repository.as_next(version)
    merged = None
    if rows is not None and len(rows):
        before = forecast_log.read(repository.handle.readonly_session(MAIN).store)
        merged = forecast_log.to_dataset(forecast_log.merge(before, rows, version.number, version.time))

    def write(store: "IcechunkStore") -> None:
        if tree is not None:
            write_tree(tree, store)
        if merged is not None:
            write_dataset(merged, store, forecast_log.GROUP)

    return repository.commit(version, write)
