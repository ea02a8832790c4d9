"""Reading a store: models, their histories, posteriors and forecast logs. `Store` binds these functions as methods."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import catalog, forecast_log
from bayescale.maintenance.store.commits import MAIN
from bayescale.maintenance.store.failures import READ_ERRORS, translated_errors
from bayescale.maintenance.store.location import StoreAddress
from bayescale.maintenance.store.trees import read_tree
from bayescale.maintenance.store.versions import History, Version, find_version

if TYPE_CHECKING:
    from icechunk import IcechunkStore


def model_names(self: StoreAddress) -> tuple[str, ...]:
    """Return the names of all models, sorted: those that were published, and those whose fits all failed.

    Returns
    -------
    tuple of str
        The names.

    Raises
    ------
    StoredPosteriorError
        The store cannot be read.
    """
    return catalog.models_of(self.place)


def read_history(self: StoreAddress, name: str) -> History:
    """Return every version of a model, the oldest first. The order is that of the commits, not of the clocks.

    Parameters
    ----------
    name : str
        The model's name.

    Returns
    -------
    History
        A tuple of `Version`.

    Raises
    ------
    StoredPosteriorError
        There is no such model, or it cannot be read.
    """
    repository = catalog.model_repository(self.place, name)
    with translated_errors(self.place, name, "read"):
        return History(repository.history())


def current_version(self: StoreAddress, name: str) -> Version:
    """Return the posterior published last: its lineage, without its draws. The length of the history does not matter.

    Parameters
    ----------
    name : str
        The model's name.

    Returns
    -------
    Version
        The version.

    Raises
    ------
    StoredPosteriorError
        There is no such model, it cannot be read, or no posterior of it was published.
    """
    repository = catalog.model_repository(self.place, name)
    with translated_errors(self.place, name, "read"):
        current = repository.current()
    if current is None:
        raise StoredPosteriorError(f"{self.url}: no posterior of {name!r} was published yet")
    return current


def version_of(self: StoreAddress, name: str, which: object = None) -> Version:
    """Return one version of a model that published a posterior.

    Parameters
    ----------
    name : str
        The model's name.
    which : int, str, datetime or Version, optional
        A version's number, its id or the start of one (at least 6 characters), or a time, which selects the version
        that was current then. The current version by default.

    Returns
    -------
    Version
        The version.

    Raises
    ------
    InputError
        `which` is none of these.
    StoredPosteriorError
        There is no such model or version.
    """
    return (
        current_version(self, name) if which is None else matching_version(self, name, read_history(self, name), which)
    )


def matching_version(self: StoreAddress, name: str, history: tuple[Version, ...], which: object) -> Version:
    """Return the version of a history that `which` selects, as `Store.version` does.

    Parameters
    ----------
    name : str
        The model's name.
    history : tuple of Version
        The history.
    which : int, str, datetime, Version or None
        What selects it.

    Returns
    -------
    Version
        The version.

    Raises
    ------
    InputError
        `which` is none of these.
    StoredPosteriorError
        No version matches.
    """
    try:
        return find_version(history, which)
    except StoredPosteriorError as error:
        raise StoredPosteriorError(f"{self.url}: {name!r}: {error}") from error


def load_tree(
    self: StoreAddress,
    name: str,
    version: object = None,
    require_whole: Callable[[xr.DataTree], object] | None = None,
) -> xr.DataTree:
    """Return the tree of a posterior, bit for bit as it was published.

    Parameters
    ----------
    name : str
        The model's name.
    version : int, str, datetime or Version, optional
        Which version, as in `Store.version`. The current version by default.
    require_whole : callable, optional
        Takes the tree and raises StoredPosteriorError where this release cannot use it. By default, the check that
        `bayescale.load` makes.

    Returns
    -------
    DataTree
        The tree.

    Raises
    ------
    InputError
        `version` is none of these.
    StoredPosteriorError
        There is no such model or version, it is damaged, or this release cannot use it.
    """
    from bayescale import loading  # imports the laws, which reading a history does not need

    selected = version_of(self, name, version)
    with session_at(self, selected) as session:
        tree = read_tree(session, selected.digest)
    try:
        (require_whole or loading.require_whole)(tree)
    except StoredPosteriorError as error:
        raise StoredPosteriorError(f"{version_label(self, selected)}: {error}") from error
    return tree


def read_forecast_log(self: StoreAddress, name: str, version: object = None) -> pd.DataFrame:
    """Return the forecast log of a model: every published forecast, and its score once its run has landed.

    Parameters
    ----------
    name : str
        The model's name.
    version : int, str, datetime or Version, optional
        The version up to which forecasts and scores are returned, as in `Store.version`. All of them by default.

    Returns
    -------
    DataFrame
        One row per forecast, with the columns of `maintenance.store.forecast_log`.

    Raises
    ------
    InputError
        `version` is none of these.
    StoredPosteriorError
        There is no such model or version, or the forecast log is damaged.
    """
    if version is not None:
        with session_at(self, version_of(self, name, version)) as session:
            return forecast_log.read(session)
    repository = catalog.model_repository(self.place, name)
    with translated_errors(self.place, name, "read: its forecast log"):
        try:
            return forecast_log.read(repository.handle.readonly_session(MAIN).store)
        except READ_ERRORS as error:
            raise StoredPosteriorError(f"{self.url}: the forecast log of {name!r} is damaged ({error})") from error


@contextmanager
def session_at(self: StoreAddress, version: Version) -> Iterator["IcechunkStore"]:
    """Open a version for reading; damaged files raise StoredPosteriorError.

    Parameters
    ----------
    version : Version
        The version.

    Yields
    ------
    icechunk.IcechunkStore
        The session.

    Raises
    ------
    StoredPosteriorError
        The version's draws were deleted, or its files cannot be read.
    """
    require_kept(self, version)
    repository = catalog.model_repository(self.place, version.model)
    with translated_errors(self.place, version.model, f"read as of version {version.number}"):
        try:
            yield repository.handle.readonly_session(snapshot_id=version.id).store
        except READ_ERRORS as error:
            raise StoredPosteriorError(
                f"{version_label(self, version)} cannot be read: a file of it is damaged ({error}). Other versions may "
                "be whole: `bayescale verify` lists what is damaged"
            ) from error


def require_kept(self: StoreAddress, version: Version) -> None:
    """Raise where the draws of a version were deleted.

    Parameters
    ----------
    version : Version
        The version.

    Raises
    ------
    StoredPosteriorError
        `retain` deleted its draws.
    """
    if not version.kept:
        raise StoredPosteriorError(
            f"{version_label(self, version)}: `retain` deleted its draws; its record is kept. Choose a later version"
        )


def version_label(self: StoreAddress, version: Version) -> str:
    """Return how messages name a version.

    Parameters
    ----------
    version : Version
        The version.

    Returns
    -------
    str
        The store's address, the version's number and the model's name.
    """
    return f"{self.url}: version {version.number} of {version.model!r}"
