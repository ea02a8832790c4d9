"""Retention: which versions keep their draws. `Store` binds these functions as methods."""

from datetime import datetime

from bayescale.errors import InputError
from bayescale.maintenance.store import catalog
from bayescale.maintenance.store.commits import PIN
from bayescale.maintenance.store.location import StoreAddress
from bayescale.maintenance.store.publication import draft
from bayescale.maintenance.store.reading import matching_version, require_kept
from bayescale.maintenance.store.versions import Version


def pin(self: StoreAddress, name: str, version: object = None) -> Version:
    """Protect the draws of a version from `retain`.

    Parameters
    ----------
    name : str
        The model's name.
    version : int, str, datetime or Version, optional
        Which version, as in `Store.version`. The current version by default.

    Returns
    -------
    Version
        The pinned version.

    Raises
    ------
    InputError
        `version` is none of these.
    StoredPosteriorError
        There is no such version, its draws were deleted, or the store cannot be written.
    """
    catalog.model_repository(self.place, name)
    with catalog.locked_repository(self.place, name, self.timeout) as repository:
        selected = matching_version(self, name, repository.history(), version)
        require_kept(self, selected)
        if not selected.pinned:
            repository.handle.create_branch(f"{PIN}{selected.number}", selected.id)
        return matching_version(self, name, repository.history(), selected.number)


def unpin(self: StoreAddress, name: str, version: object = None) -> Version:
    """Let `retain` delete the draws of a version again. Draws that only the pin protected are deleted now.

    Parameters
    ----------
    name : str
        The model's name.
    version : int, str, datetime or Version, optional
        Which version, as in `Store.version`. The current version by default.

    Returns
    -------
    Version
        The version.

    Raises
    ------
    InputError
        `version` is none of these.
    StoredPosteriorError
        There is no such version, or the store cannot be written.
    """
    catalog.model_repository(self.place, name)
    with catalog.locked_repository(self.place, name, self.timeout) as repository:
        selected = matching_version(self, name, repository.history(), version)
        if selected.pinned:
            repository.handle.delete_branch(f"{PIN}{selected.number}")
        return matching_version(self, name, repository.history(), selected.number)


def retain(self: StoreAddress, name: str, keep: int, *, now: datetime | None = None) -> tuple[Version, ...]:
    """Delete the draws of all versions but the last ones and those pinned. Records and forecasts stay.

    Parameters
    ----------
    name : str
        The model's name.
    keep : int
        How many of the last posteriors keep their draws, 1 or more.
    now : datetime, optional
        The time of the deletion. This machine's clock by default.

    Returns
    -------
    tuple of Version
        The versions whose draws were deleted.

    Raises
    ------
    InputError
        `keep` is less than 1.
    StoredPosteriorError
        There is no such model, or the store cannot be written.
    """
    if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
        raise InputError(f"keep={keep!r} must be a whole number of versions, 1 or more")
    catalog.model_repository(self.place, name)  # raises for a model that is not there: writing would make it
    with catalog.locked_repository(self.place, name, self.timeout) as repository:
        return repository.retire(keep, draft(name, "retired", {}, "", now))
