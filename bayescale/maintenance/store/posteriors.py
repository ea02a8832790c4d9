"""The store of posteriors, by model and version; each version is published whole with its lineage and forecasts."""

import os
from dataclasses import dataclass
from typing import Self

from bayescale.core.arguments import checked
from bayescale.maintenance.store import catalog
from bayescale.maintenance.store.location import TIMEOUT, StoreAddress, read_place
from bayescale.maintenance.store.publication import delivered_versions, mark_delivered, note, publish, rollback
from bayescale.maintenance.store.reading import (
    current_version,
    load_tree,
    model_names,
    read_forecast_log,
    read_history,
    session_at,
    version_of,
)
from bayescale.maintenance.store.retention import pin, retain, unpin


@checked
@dataclass(frozen=True)
class Store(StoreAddress):
    """Posteriors by model and version, in a folder or at an S3-compatible service. Open one with `Store.open`.

    Every call reads the store anew, so that a `Store` can be sent to other processes (spawned ones: Icechunk's threads
    do not survive a fork). Methods raise StoredPosteriorError, which names the store and the model, for what cannot be
    read or written, and InputError for malformed names and versions.

    Parameters
    ----------
    place : Place
        The folder, or the bucket and prefix.
    timeout : float, default 60.0
        Seconds that a writer waits for another one, in a folder.
    """

    @classmethod
    def open(cls, url: str | os.PathLike[str], timeout: float = TIMEOUT) -> Self:
        """Open the store at an address.

        Parameters
        ----------
        url : str or path-like
            A folder's path, or s3://bucket/prefix.
        timeout : float, default 60.0
            Seconds that a writer waits for another one, in a folder.

        Returns
        -------
        Store
            The store.

        Raises
        ------
        InputError
            The address is malformed.
        StoredPosteriorError
            There is no store at the address, or this release cannot read it.
        """
        store = cls(read_place(url), timeout)
        catalog.require_store(store.place)
        return store

    @classmethod
    def create(cls, url: str | os.PathLike[str], timeout: float = TIMEOUT) -> Self:
        """Create an empty store at an address.

        Parameters
        ----------
        url : str or path-like
            A folder's path, or s3://bucket/prefix.
        timeout : float, default 60.0
            Seconds that a writer waits for another one, in a folder.

        Returns
        -------
        Store
            The store.

        Raises
        ------
        InputError
            The address is malformed.
        StoredPosteriorError
            There is a store already, or it cannot be created.
        """
        store = cls(read_place(url), timeout)
        catalog.create_store(store.place, timeout)
        return store

    @classmethod
    def open_or_create(cls, url: str | os.PathLike[str], timeout: float = TIMEOUT) -> Self:
        """Open the store at an address, or create it where there is none.

        Parameters
        ----------
        url : str or path-like
            A folder's path, or s3://bucket/prefix.
        timeout : float, default 60.0
            Seconds that a writer waits for another one, in a folder.

        Returns
        -------
        Store
            The store.

        Raises
        ------
        InputError
            The address is malformed.
        StoredPosteriorError
            This release cannot read the store, or it cannot be created.
        """
        return cls.open(url, timeout) if catalog.is_store(read_place(url)) else cls.create(url, timeout)

    models = model_names
    history = read_history
    current = current_version
    version = version_of
    load = load_tree
    ledger = read_forecast_log
    publish = publish
    delivered = delivered_versions
    mark_delivered = mark_delivered
    note = note
    rollback = rollback
    pin = pin
    unpin = unpin
    retain = retain
    reading = session_at
