"""Whether a store is whole, and what can be put right in it: an index from its copy, a history from what is readable.

Only a folder's index is restored: a bucket's copies are the service's to restore. What is put right is said.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import catalog
from bayescale.maintenance.store import forecast_log as ledgers
from bayescale.maintenance.store.commits import MAIN, PIN, Repository, files_of, icechunk_at, in_words
from bayescale.maintenance.store.location import NAME, Place
from bayescale.maintenance.store.lock import writing
from bayescale.maintenance.store.posteriors import LEDGER, Store, read_ledger
from bayescale.maintenance.store.trees import harm_of, has_group, read_dataset, write_dataset
from bayescale.maintenance.store.versions import Version, as_retired

if TYPE_CHECKING:
    from icechunk import IcechunkStore

INDEX = "repo"
ASIDE = "_damaged"
DAMAGE = (StoredPosteriorError, ValueError, KeyError, RuntimeError, TypeError)  # what reading damaged files may raise


@dataclass(frozen=True)
class Finding:
    """What is wrong with a part of a store; `harm` is "" where nothing is. `version` is None of a model as a whole."""

    model: str
    version: int | None
    part: str
    harm: str = ""


@dataclass(frozen=True)
class Health:
    """A model's history as it can be read, what is wrong with its current posterior, and what was put right."""

    history: tuple[Version, ...] = ()
    harm: str = ""
    notes: tuple[str, ...] = ()


def verify(store: Store) -> tuple[Finding, ...]:
    """Check everything that a store holds: indices, posteriors, records, fingerprints of rows, ledgers.

    Nothing is changed. Draws that were given up are not looked for.
    """
    return tuple(finding for name in store.models() for finding in _verified(store, name))


def _verified(store: Store, name: str) -> Iterator[Finding]:
    try:
        history = store.history(name)
    except StoredPosteriorError as error:
        yield Finding(name, None, "history", _line(error))
        return
    yield Finding(name, None, "history")
    for version in history:
        if version.kept:
            yield Finding(name, version.number, "record", _harm_of_record(version))
        if version.has_posterior and version.kept:
            yield Finding(name, version.number, "posterior", _harm_of_tree(store, version))
    yield Finding(name, None, "ledger", _harm_of_ledger(store, name))


def _harm_of_record(version: Version) -> str:
    try:
        dict(version.lineage)
    except DAMAGE as error:
        return _line(error)
    return ""


def _harm_of_tree(store: Store, version: Version) -> str:
    try:
        with store.reading(version) as session:
            return harm_of(session, version.digest)
    except DAMAGE as error:
        return _line(error)


def _harm_of_ledger(store: Store, name: str) -> str:
    """What is wrong with the ledger as it stands; no table is made of it."""
    repository = catalog.reading(store.place, name)
    try:
        with in_words(store.place, name, "read: its ledger"):
            session = repository.handle.readonly_session(MAIN).store
            if has_group(session, LEDGER):
                ledgers.require_whole(read_dataset(session, LEDGER))
    except DAMAGE as error:
        return _line(error)
    return ""


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def health_of(store: Store, name: str, repair: bool) -> Health:
    """A model's health: history, current posterior and ledger.

    Parameters
    ----------
    store : Store
        The store.
    name : str
        The model's name.
    repair : bool
        Whether to restore an index, a history that cannot be gone on from, and a ledger; else these are raised.

    Returns
    -------
    Health
        An empty history where the model is not in the store. `harm` says what is wrong with the current posterior: it
        has to be made anew from the data.

    Raises
    ------
    StoredPosteriorError
        The model cannot be read, and is not put right.
    """
    if name not in store.models():
        return Health()
    notes: list[str] = []
    if repair:
        notes += _restored_index(store.place, name, store.timeout)
    repair = repair and store.place.folder is not None
    try:
        history = tuple(store.history(name))
    except StoredPosteriorError:
        if not repair or _opens(store.place, name) or not _set_aside(store.place, name, store.timeout):
            raise
        return Health(notes=(*notes, _gone(name)))
    posteriors = [one for one in history if one.has_posterior]
    harm = _harm_of_tree(store, posteriors[-1]) if posteriors and posteriors[-1].kept else ""
    if harm:
        _require_readable(store, name)
    if repair:
        reset = _reset(store, name)
        if reset is None:
            if not _set_aside(store.place, name, store.timeout):
                raise StoredPosteriorError(f"{store.url}: no version of {name!r} can be read")
            return Health(notes=(*notes, _gone(name)))
        notes += [reset] if reset else []
        history = tuple(store.history(name))
    if repair and _harm_of_ledger(store, name):
        _require_readable(store, name)
        notes.append(_restore_ledger(store, name))
        history = tuple(store.history(name))
    if harm:
        harm = f"the posterior of version {posteriors[-1].number} is damaged or gone ({harm})"
    return Health(history, harm, tuple(notes))


def _require_readable(store: Store, name: str) -> None:
    """Raise StoredPosteriorError where the system does not give files: what it gives later need not be made anew."""
    if store.place.folder is None:
        return
    home = store.place.folder / name
    for one in sorted(files_of(home)):
        try:
            with (home / one).open("rb") as stream:
                stream.read(1)
        except OSError as error:
            raise StoredPosteriorError(
                f"{home / one} cannot be read ({error.strerror or error}): nothing is put right before it can"
            ) from error


def restored_catalog(place: Place, timeout: float) -> tuple[str, ...]:
    """Restore a folder's list of models where it is damaged or gone: from its copy, and from the models that are there.

    Returns what was done.
    """
    if place.folder is None:
        return ()
    notes = _restored_index(place, catalog.CATALOG, timeout)
    there = [home.name for home in sorted(place.folder.glob("*")) if NAME.fullmatch(home.name) and _is_model(home)]
    if there and catalog.relist(place, there, timeout):
        notes.append(f"the store's list of models was damaged or gone: it has {', '.join(there)} again")
    return tuple(notes)


def _is_model(home: Path) -> bool:
    return (home / INDEX).is_file() and (home / "snapshots").is_dir()


def _restored_index(place: Place, name: str, timeout: float) -> list[str]:
    """Put the newest whole copy in the place of an index that does not open. Returns what was done."""
    if place.folder is None or not (place.folder / name).is_dir() or _opens(place, name):
        return []
    home = place.folder / name
    with writing(place.folder, name, timeout), in_words(place, name, "restored"):
        if _opens(place, name):
            return []
        before = (home / INDEX).read_bytes() if (home / INDEX).exists() else None  # raises where it may not be read
        for copy in sorted(_copies(home), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            _put(copy.read_bytes(), home / INDEX)
            if _opens(place, name):
                return [f"the index of {name!r} was damaged or gone: it was restored from its copy {copy.name}"]
        if before is not None:
            _put(before, home / INDEX)
        else:
            (home / INDEX).unlink(missing_ok=True)
    return []


def _copies(home: Path) -> list[Path]:
    return list((home / "overwritten").glob(f"{INDEX}.*"))


def _put(content: bytes, path: Path) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)


def _opens(place: Place, name: str) -> bool:
    """Whether a repository's index can be read, with the history in it."""
    import icechunk

    try:
        list(icechunk_at(place, name).ancestry(branch=MAIN))
    except icechunk.IcechunkError:
        return False
    return True


def _gone(name: str) -> str:
    return f"nothing of {name!r} could be read: it was moved to {ASIDE}, and is made anew"


def _set_aside(place: Place, name: str, timeout: float) -> bool:
    """Move a model of a folder out of the way, so that it can be made anew. Returns whether that was done."""
    if place.folder is None:
        return False
    with writing(place.folder, name, timeout), in_words(place, name, "moved"):
        home = place.folder / name
        if home.is_dir():
            aside = place.folder / ASIDE / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
            aside.parent.mkdir(exist_ok=True)
            os.replace(home, aside)
    return True


def _reset(store: Store, name: str) -> str | None:
    """Have the history go on from its last commit that can be read, where the last one cannot: no commit can follow it.

    What is lost stays in the history by what the index says of it. Returns what was done: "" where nothing had to
    be, None where no commit can be read.
    """
    if _readable(catalog.reading(store.place, name), None):
        return ""
    _require_readable(store, name)
    with catalog.changing(store.place, name, store.timeout) as repository:
        chain = [one.id for one in repository.handle.ancestry(branch=MAIN)]
        whole = next((one for one in chain if _readable(repository, one)), None)
        if whole is None:
            return None
        if whole == chain[0]:
            return ""
        lost_ids = set(chain[: chain.index(whole)])
        history = repository.history()
        lost = [one for one in history if one.id in lost_ids]
        remembered = [as_retired(one) for one in history if not one.kept]
        remembered += [as_retired(one, readable=False) for one in lost]
        numbers = ", ".join(str(one.number) for one in lost) or "none"
        said = f"the last commit could not be read: lost with it are the draws of version {numbers}"
        record = Version(name, 0, "retired", "", datetime.now(UTC), said, {"retired": remembered})
        last = max([0, *(one.number for one in history)])
        for one in lost:
            if one.pinned and f"{PIN}{one.number}" in repository.handle.list_branches():
                repository.handle.delete_branch(f"{PIN}{one.number}")
        repository.handle.reset_branch(MAIN, whole)
        current = repository.current()
        record = replace(record, number=last + 1, parent=current.id if current else None)
        repository.commit(record, lambda _: None)
    return f"{name!r}: {said}; its history goes on from what can be read"


def _readable(repository: Repository, commit: str | None) -> bool:
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
    except (icechunk.IcechunkError, *DAMAGE):
        return False
    return True


def _restore_ledger(store: Store, name: str) -> str:
    """Put the last ledger that can be read in the place of one that cannot. Returns what was done."""
    with catalog.changing(store.place, name, store.timeout) as repository:
        table, number = _last_ledger(repository)
        said = f"the ledger of {name!r} was damaged: " + (
            f"it was restored as of version {number}; forecasts and scores since then are lost"
            if number
            else "no earlier one can be read, and it begins anew"
        )
        version = Version(name, 0, "noted", "", datetime.now(UTC), said, {"why": said})

        def write(session: "IcechunkStore") -> None:
            write_dataset(ledgers.to_dataset(table), session, LEDGER)

        repository.commit(repository.placed(version), write)
    return said


def _last_ledger(repository: Repository) -> tuple[pd.DataFrame, int | None]:
    """The last ledger that can be read, and the number of its version."""
    import icechunk

    numbers = {one.id: one.number for one in repository.history()}
    for snapshot in repository.handle.ancestry(branch=MAIN):
        try:
            table = read_ledger(repository.handle.readonly_session(snapshot_id=snapshot.id).store)
        except (icechunk.IcechunkError, *DAMAGE):
            continue
        return table, numbers.get(snapshot.id)
    return ledgers.empty(), None


def damaged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of what is not whole."""
    return tuple(one for one in findings if one.harm)
