"""Whether a store is whole: its indices, posteriors, records, fingerprints of rows and forecast logs."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import catalog, forecast_log
from bayescale.maintenance.store.commits import MAIN, Repository
from bayescale.maintenance.store.failures import READ_ERRORS, translated_errors
from bayescale.maintenance.store.files import file_stamp, is_verified, remember_verified
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.repairs.history import require_readable, reset_history, set_aside
from bayescale.maintenance.store.repairs.index import index_opens, restore_index
from bayescale.maintenance.store.trees import has_group, read_dataset, tree_damage, write_dataset
from bayescale.maintenance.store.versions import Version

if TYPE_CHECKING:
    from icechunk import IcechunkStore

DAMAGE = (StoredPosteriorError, *READ_ERRORS)  # what reading damaged files may raise


@dataclass(frozen=True)
class Finding:
    """The state of one part of a store.

    Parameters
    ----------
    model : str
        The model's name.
    version : int or None
        The version's number; None for a part that belongs to the model as a whole.
    part : str
        "history", "record", "posterior" or "forecast log".
    harm : str
        What is damaged; "" where the part is whole.
    """

    model: str
    version: int | None
    part: str
    harm: str = ""


@dataclass(frozen=True)
class Health:
    """The state of a model before a re-fit.

    Parameters
    ----------
    history : tuple of Version
        The versions that can be read; empty for a model that is not in the store.
    harm : str
        What is damaged in the current posterior; "" where it is whole.
    notes : tuple of str
        What was repaired.
    """

    history: tuple[Version, ...] = ()
    harm: str = ""
    notes: tuple[str, ...] = ()


def verify(store: Store) -> tuple[Finding, ...]:
    """Read and check every part of a store; change nothing.

    Parameters
    ----------
    store : Store
        The store.

    Returns
    -------
    tuple of Finding
        The state of every part. Draws that `retain` deleted are not looked for.
    """
    return tuple(finding for name in store.models() for finding in _findings(store, name))


def damaged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings about damaged parts.

    Parameters
    ----------
    findings : sequence of Finding
        What `verify` returned.

    Returns
    -------
    tuple of Finding
        Those whose `harm` is not empty.
    """
    return tuple(finding for finding in findings if finding.harm)


def _findings(store: Store, name: str) -> Iterator[Finding]:
    """The state of every part of one model."""
    try:
        history = store.history(name)
    except StoredPosteriorError as error:
        yield Finding(name, None, "history", _first_line(error))
        return
    yield Finding(name, None, "history")
    for version in history:
        if version.kept:
            yield Finding(name, version.number, "record", _record_damage(version))
        if version.has_posterior and version.kept:
            yield Finding(name, version.number, "posterior", _posterior_damage(store, version))
    yield Finding(name, None, "forecast log", _forecast_log_damage(store, name))


def _record_damage(version: Version) -> str:
    """What is wrong with the record of a version."""
    try:
        dict(version.lineage)
    except DAMAGE as error:
        return _first_line(error)
    return ""


def _posterior_damage(store: Store, version: Version) -> str:
    """What is wrong with the posterior of a version."""
    try:
        with store.reading(version) as session:
            return tree_damage(session, version.digest)
    except DAMAGE as error:
        return _first_line(error)


def _forecast_log_damage(store: Store, name: str) -> str:
    """What is wrong with a model's forecast log; the log is hashed, and no table is made of it."""
    repository = catalog.model_repository(store.place, name)
    try:
        with translated_errors(store.place, name, "read: its forecast log"):
            session = repository.handle.readonly_session(MAIN).store
            if has_group(session, forecast_log.GROUP):
                forecast_log.require_whole(read_dataset(session, forecast_log.GROUP))
    except DAMAGE as error:
        return _first_line(error)
    return ""


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def health_of(store: Store, name: str, repair_damage: bool) -> Health:
    """Return a model's history, and check what a re-fit continues: history, current posterior and forecast log.

    Files that were verified within the last day and have not changed since are not read again.

    Parameters
    ----------
    store : Store
        The store.
    name : str
        The model's name.
    repair_damage : bool
        Whether to restore an index and, in a folder, a history that no commit can follow, and a forecast log: in a
        bucket, a request that fails looks like damage.

    Returns
    -------
    Health
        `harm` is set where the current posterior has to be fitted again.

    Raises
    ------
    StoredPosteriorError
        The model cannot be read, and is not repaired.
    """
    if name not in store.models():
        return Health()
    started, stamp = time.time(), file_stamp(store.place, name)
    if stamp is not None and is_verified(store.place, name, stamp):
        return Health(tuple(store.history(name)))
    health = _checked(store, name, repair_damage)
    if repair_damage and stamp is not None and not health.harm and not health.notes:
        remember_verified(store.place, name, stamp, started)
    return health


def _checked(store: Store, name: str, repair_damage: bool) -> Health:
    """A model's health by reading its files."""
    notes = restore_index(store.place, name, store.timeout) if repair_damage else []
    repair_history = repair_damage and store.place.folder is not None
    try:
        history = tuple(store.history(name))
    except StoredPosteriorError:
        if not repair_history or index_opens(store.place, name):
            raise
        return Health(notes=(*notes, set_aside(store.place, name, store.timeout)))
    posteriors = [version for version in history if version.has_posterior]
    harm = _posterior_damage(store, posteriors[-1]) if posteriors and posteriors[-1].kept else ""
    if harm:
        require_readable(store.place, name)
        harm = f"the posterior of version {posteriors[-1].number} is damaged or missing ({harm})"
    if not repair_history:
        return Health(history, harm, tuple(notes))
    reset = reset_history(store, name)
    if reset is None:
        return Health(notes=(*notes, set_aside(store.place, name, store.timeout)))
    notes += [reset] if reset else []
    if _forecast_log_damage(store, name):
        require_readable(store.place, name)
        notes.append(_restore_forecast_log(store, name))
    return Health(tuple(store.history(name)) if notes else history, harm, tuple(notes))


def _restore_forecast_log(store: "Store", name: str) -> str:
    """Replace a damaged forecast log by the last one that can be read. Returns what was done."""
    with catalog.locked_repository(store.place, name, store.timeout) as repository:
        table, number = _last_forecast_log(repository)
        message = f"the forecast log of {name!r} was damaged: " + (
            f"it was restored as of version {number}; forecasts and scores since then are lost"
            if number
            else "no earlier one can be read, and it starts empty"
        )
        version = Version(name, 0, "noted", "", datetime.now(UTC), message, {"why": message})

        def write(session: "IcechunkStore") -> None:
            write_dataset(forecast_log.to_dataset(table), session, forecast_log.GROUP)

        repository.commit(repository.as_next(version), write)
    return message


def _last_forecast_log(repository: Repository) -> tuple[pd.DataFrame, int | None]:
    """The last forecast log that can be read, and the number of its version."""
    import icechunk

    numbers = {version.id: version.number for version in repository.history()}
    for snapshot in repository.handle.ancestry(branch=MAIN):
        try:
            table = forecast_log.read(repository.handle.readonly_session(snapshot_id=snapshot.id).store)
        except (icechunk.IcechunkError, *DAMAGE):
            continue
        return table, numbers.get(snapshot.id)
    return forecast_log.empty(), None
