"""What can be repaired beyond indices: the list of models, and in a folder a history that no commit can follow.

Every repair returns a note of what was done.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import catalog
from bayescale.maintenance.store.commits import MAIN, PIN, Repository, open_repository
from bayescale.maintenance.store.failures import READ_ERRORS, translated_errors
from bayescale.maintenance.store.files import files_of, write_lock
from bayescale.maintenance.store.location import NAME, Place
from bayescale.maintenance.store.objects import folders_in, objects_of
from bayescale.maintenance.store.repairs.index import INDEX, restore_index
from bayescale.maintenance.store.versions import Version, as_retired

if TYPE_CHECKING:
    from bayescale.maintenance.store.posteriors import Store

ASIDE = "_damaged"


def restore_catalog(place: Place, timeout: float) -> tuple[str, ...]:
    """Restore the list of models where it is damaged or missing: from its copy, and from the models' folders.

    Parameters
    ----------
    place : Place
        The store's address.
    timeout : float
        Seconds to wait for another writer.

    Returns
    -------
    tuple of str
        What was repaired.

    Raises
    ------
    StoredPosteriorError
        A file cannot be read or written.
    """
    notes = restore_index(place, catalog.CATALOG, timeout)
    models = _models_in(place) if place.folder is not None or notes else []  # a bucket is not searched at each re-fit
    if models and catalog.relist(place, models, timeout):
        notes.append(f"The store's list of models was damaged or missing. It lists {', '.join(models)} again.")
    return tuple(notes)


def _models_in(place: Place) -> list[str]:
    """The models whose repositories are there, listed or not."""
    if place.folder is None:
        names = [name for name in folders_in(objects_of(place, "")) if NAME.fullmatch(name)]
        return [name for name in names if open_repository(place, name) is not None]
    return [home.name for home in sorted(place.folder.glob("*")) if NAME.fullmatch(home.name) and _is_model(home)]


def _is_model(home: Path) -> bool:
    return (home / INDEX).is_file() and (home / "snapshots").is_dir()


def set_aside(place: Place, name: str, timeout: float) -> str:
    """Move a model of a folder to `_damaged`, so that it can be published again.

    Parameters
    ----------
    place : Place
        The store's address, a folder.
    name : str
        The model's name.
    timeout : float
        Seconds to wait for another writer.

    Returns
    -------
    str
        What was done.

    Raises
    ------
    StoredPosteriorError
        The store is in a bucket, or the folder cannot be moved.
    """
    if place.folder is None:
        raise StoredPosteriorError(f"{place.url}: no version of {name!r} can be read")
    with write_lock(place.folder, name, timeout), translated_errors(place, name, "moved"):
        home = place.folder / name
        if home.is_dir():
            aside = place.folder / ASIDE / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
            aside.parent.mkdir(exist_ok=True)
            os.replace(home, aside)
    return f"No version of {name!r} can be read. Its files were moved to {ASIDE}, and the model starts again."


def reset_history(store: "Store", name: str) -> str | None:
    """Continue a history from its last readable commit, where the last commit cannot be read: none could follow it.

    The versions that are lost stay in the history, with what the index records of them.

    Parameters
    ----------
    store : Store
        The store.
    name : str
        The model's name.

    Returns
    -------
    str or None
        What was repaired; "" where the last commit can be read, None where no commit can.

    Raises
    ------
    StoredPosteriorError
        The system denies access to a file, so that nothing is repaired.
    """
    if _can_open(catalog.model_repository(store.place, name), None):
        return ""
    require_readable(store.place, name)
    with catalog.locked_repository(store.place, name, store.timeout) as repository:
        commits = [snapshot.id for snapshot in repository.handle.ancestry(branch=MAIN)]
        last_readable = next((commit for commit in commits if _can_open(repository, commit)), None)
        if last_readable is None:
            return None
        if last_readable == commits[0]:
            return ""
        lost = set(commits[: commits.index(last_readable)])
        note = _continue_from(repository, last_readable, lost)
    return f"{name!r}: {note}. The history continues from the last version that can be read."


def _continue_from(repository: Repository, commit: str, lost_commits: set[str]) -> str:
    """Reset a history to a commit, and commit a record of the versions that are lost. Returns its message."""
    history = repository.history()
    lost = [version for version in history if version.id in lost_commits]
    records = [as_retired(version) for version in history if not version.kept]
    records += [as_retired(version, readable=False) for version in lost]
    numbers = ", ".join(str(version.number) for version in lost) or "none"
    message = f"the last commit cannot be read, and the draws of version {numbers} are lost with it"
    record = Version(repository.name, 0, "retired", "", datetime.now(UTC), message, {"retired": records})
    last = max([0, *(version.number for version in history)])
    for version in lost:
        if version.pinned and f"{PIN}{version.number}" in repository.handle.list_branches():
            repository.handle.delete_branch(f"{PIN}{version.number}")
    repository.handle.reset_branch(MAIN, commit)
    current = repository.current()
    record = replace(record, number=last + 1, parent=current.id if current else None)
    repository.commit(record, lambda _: None)
    return message


def _can_open(repository: Repository, commit: str | None) -> bool:
    """Whether a commit (None: the last) can be opened, to be read and followed."""
    import icechunk
    import zarr

    try:
        session = (
            repository.handle.readonly_session(MAIN)
            if commit is None
            else repository.handle.readonly_session(snapshot_id=commit)
        )
        zarr.open_group(session.store, mode="r")
    except zarr.errors.GroupNotFoundError:
        return True  # a repository's first commit holds nothing
    except (icechunk.IcechunkError, StoredPosteriorError, *READ_ERRORS):
        return False
    return True


def require_readable(place: Place, name: str) -> None:
    """Raise where the system denies access to a file: once it is granted, nothing need be repaired.

    Parameters
    ----------
    place : Place
        The store's address. A bucket is not looked at.
    name : str
        The model's name.

    Raises
    ------
    StoredPosteriorError
        The error names the file and the reason.
    """
    if place.folder is None:
        return
    home = place.folder / name
    for path in sorted(files_of(home)):
        try:
            with (home / path).open("rb") as stream:
                stream.read(1)
        except OSError as error:
            raise StoredPosteriorError(
                f"{home / path} cannot be read ({error.strerror or error}). Nothing is repaired while a file cannot be "
                "read: grant access to it, and re-fit again"
            ) from error
