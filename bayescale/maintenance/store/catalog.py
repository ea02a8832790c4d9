"""What a store says of itself and which models it holds; the way to one model's repository, to read or to change it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from bayescale.errors import StoredPosteriorError, closest
from bayescale.maintenance.store.commits import (
    Repository,
    advice,
    create_repository,
    files_of,
    in_words,
    open_repository,
    settle,
)
from bayescale.maintenance.store.location import NAME, Place, require_name
from bayescale.maintenance.store.lock import writing

SCHEMA = 2  # of the store itself; a tree has one of its own. 2: a tree is a netCDF file, large tables' rows a tree
READABLE = (1, SCHEMA)  # a store of schema 1 becomes one of schema 2 when it is next written to
CATALOG = "_catalog"  # a repository whose metadata say what the store is, and which models it holds
SCHEMA_KEY, MODEL_KEY = "bayescale_store", "model:"


def create_store(place: Place, timeout: float) -> None:
    """Make an empty store. Raises StoredPosteriorError where there is one, or it cannot be made."""
    with in_words(place, CATALOG, "made"), _alone(place, CATALOG, timeout):
        if open_repository(place, CATALOG) is not None:
            raise StoredPosteriorError(f"{place.url} is a store already: open it")
        create_repository(place, CATALOG).handle.set_metadata({SCHEMA_KEY: SCHEMA})


def is_store(place: Place) -> bool:
    """Whether there is a store, of whatever schema."""
    with in_words(place, CATALOG, "read"):
        return open_repository(place, CATALOG) is not None


def require_store(place: Place) -> None:
    """Raise StoredPosteriorError unless there is a store that this version can read."""
    _said(place)


def models_of(place: Place) -> tuple[str, ...]:
    """Names of all models, sorted."""
    listed = (key.removeprefix(MODEL_KEY) for key in _said(place) if key.startswith(MODEL_KEY))
    return tuple(
        sorted(name for name in listed if NAME.fullmatch(name))
    )  # what else stands there names no folder of ours


def reading(place: Place, name: str) -> Repository:
    """A model's repository. Raises StoredPosteriorError naming the closest model where there is none."""
    with in_words(place, require_name(name), "read"):
        found = open_repository(place, name)
    if found is None:
        raise StoredPosteriorError(f"{place.url} has no model {name!r}: {_missing(place, name)}")
    return found


def _missing(place: Place, name: str) -> str:
    known = models_of(place)
    if name not in known:
        return closest(name, known).strip()
    return "it is listed, but nothing is there" + (f". {advice(place.folder / name)}" if place.folder else "")


@contextmanager
def changing(place: Place, name: str, timeout: float) -> Iterator[Repository]:
    """A model's repository for one writer alone, made and listed where it is not; on disk once it is left.

    Raises StoredPosteriorError naming who is writing, where that takes longer than `timeout` seconds.
    """
    with _alone(place, require_name(name), timeout), in_words(place, name, "written"):
        known = models_of(place)
        home = None if place.folder is None else place.folder / name
        before = frozenset() if home is None else files_of(home)
        repository = open_repository(place, name) or create_repository(place, name)
        if name not in known:  # after it is there, before anything is in it: whatever is listed can be read
            _list(place, name, timeout)
        if _said(place)[SCHEMA_KEY] != SCHEMA:
            _upgrade(place, timeout)
        yield repository
        if home is not None:
            settle(home, before)


def _list(place: Place, name: str, timeout: float) -> None:
    with _alone(place, CATALOG, timeout):
        create_repository(place, CATALOG).handle.update_metadata({f"{MODEL_KEY}{name}": datetime.now(UTC).isoformat()})


def relist(place: Place, names: Sequence[str], timeout: float) -> bool:
    """Have a folder's list of models name these, and say what the store is, where it does not. Returns whether that
    was needed; a list that can be read as it is, and of a schema that is not ours, is left alone."""
    with in_words(place, CATALOG, "restored"):
        found = open_repository(place, CATALOG)
        said = {} if found is None else dict(found.handle.metadata)
        known = {key.removeprefix(MODEL_KEY) for key in said if key.startswith(MODEL_KEY)}
        if SCHEMA_KEY in said and known.issuperset(names):
            return False
        with _alone(place, CATALOG, timeout):
            handle = create_repository(place, CATALOG).handle
            now = datetime.now(UTC).isoformat()
            listed = {f"{MODEL_KEY}{name}": now for name in names if name not in known}
            handle.update_metadata({SCHEMA_KEY: said.get(SCHEMA_KEY, SCHEMA)} | listed)
    return True


def _upgrade(place: Place, timeout: float) -> None:
    """Say that the store is of today's schema, so that releases which cannot read it say so."""
    with _alone(place, CATALOG, timeout):
        create_repository(place, CATALOG).handle.update_metadata({SCHEMA_KEY: SCHEMA})


def _alone(place: Place, name: str, timeout: float) -> Any:
    """One writer at a time in a folder. Elsewhere the service sees to it that of two writers one is refused."""
    return nullcontext() if place.folder is None else writing(place.folder, name, timeout)


def _said(place: Place) -> Mapping[str, Any]:
    with in_words(place, CATALOG, "read"):
        found = open_repository(place, CATALOG)
        said = {} if found is None else dict(found.handle.metadata)
    if SCHEMA_KEY not in said:
        raise StoredPosteriorError(
            f"there is no store at {place.url}: `bayescale refit MODELS --store {place.url}` makes one"
        )
    if said[SCHEMA_KEY] not in READABLE:
        raise StoredPosteriorError(
            f"the store at {place.url} has schema {said[SCHEMA_KEY]}, and this version of bayescale reads schema "
            f"{SCHEMA}: use the version that wrote it"
        )
    return said
