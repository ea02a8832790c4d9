"""The list of models in a store, and access to the repository of one model, for one writer at a time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from bayescale.errors import StoredPosteriorError, closest
from bayescale.maintenance.store.commits import Repository, create_repository, open_repository
from bayescale.maintenance.store.failures import advice, translated_errors
from bayescale.maintenance.store.files import files_of, flush_to_disk, write_lock
from bayescale.maintenance.store.location import NAME, Place, require_name

SCHEMA = 2  # of the store itself; a tree has one of its own. 2: a tree is a netCDF file, large tables' rows a tree
READABLE = (1, SCHEMA)  # a store of schema 1 becomes one of schema 2 when it is next written to
CATALOG = "_catalog"  # a repository whose metadata say what the store is, and which models it holds
SCHEMA_KEY, MODEL_KEY = "bayescale_store", "model:"


def create_store(place: Place, timeout: float) -> None:
    """Create an empty store.

    Parameters
    ----------
    place : Place
        The store's address.
    timeout : float
        Seconds to wait for another writer.

    Raises
    ------
    StoredPosteriorError
        There is a store already, or it cannot be created.
    """
    with translated_errors(place, CATALOG, "made"), _one_writer(place, CATALOG, timeout):
        handle = create_repository(place, CATALOG).handle
        if SCHEMA_KEY in handle.metadata:
            raise StoredPosteriorError(f"{place.url} is a store already: open it with `Store.open`")
        handle.update_metadata({SCHEMA_KEY: SCHEMA})


def is_store(place: Place) -> bool:
    """Return whether there is a store at an address, of whatever schema.

    Parameters
    ----------
    place : Place
        The store's address.

    Returns
    -------
    bool
        Whether there is one.

    Raises
    ------
    StoredPosteriorError
        The store cannot be read.
    """
    with translated_errors(place, CATALOG, "read"):
        repository = open_repository(place, CATALOG)
        return repository is not None and SCHEMA_KEY in repository.handle.metadata  # else its creation was interrupted


def require_store(place: Place) -> None:
    """Raise where there is no store that this release can read.

    Parameters
    ----------
    place : Place
        The store's address.

    Raises
    ------
    StoredPosteriorError
        There is no store, or it has another schema.
    """
    _metadata(place)


def models_of(place: Place) -> tuple[str, ...]:
    """Return the names of all models, sorted.

    Parameters
    ----------
    place : Place
        The store's address.

    Returns
    -------
    tuple of str
        The names.

    Raises
    ------
    StoredPosteriorError
        The store cannot be read.
    """
    listed = (key.removeprefix(MODEL_KEY) for key in _metadata(place) if key.startswith(MODEL_KEY))
    return tuple(sorted(name for name in listed if NAME.fullmatch(name)))  # another entry names no model


def model_repository(place: Place, name: str) -> Repository:
    """Open a model's repository for reading.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The model's name.

    Returns
    -------
    Repository
        The repository.

    Raises
    ------
    InputError
        The name is malformed.
    StoredPosteriorError
        There is no such model; the error names the closest one.
    """
    with translated_errors(place, require_name(name), "read"):
        repository = open_repository(place, name)
    if repository is None:
        raise StoredPosteriorError(f"{place.url} has no model {name!r}. {_why_missing(place, name)}")
    return repository


def _why_missing(place: Place, name: str) -> str:
    known = models_of(place)
    if name not in known:
        return closest(name, known).strip()
    return "The store lists it, but its files are missing" + (
        f". {advice(place.folder / name)}" if place.folder else ""
    )


@contextmanager
def locked_repository(place: Place, name: str, timeout: float) -> Iterator[Repository]:
    """Open a model's repository for the only writer; create and list it where it is missing.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The model's name.
    timeout : float
        Seconds to wait for another writer.

    Yields
    ------
    Repository
        The repository. Files are flushed to the disk when the context ends.

    Raises
    ------
    InputError
        The name is malformed.
    StoredPosteriorError
        It cannot be written, or another writer takes longer than `timeout`; the error names that process.
    """
    with _one_writer(place, require_name(name), timeout), translated_errors(place, name, "written"):
        known = models_of(place)
        home = None if place.folder is None else place.folder / name
        before = frozenset() if home is None else files_of(home)
        repository = open_repository(place, name) or create_repository(place, name)
        if (
            name not in known
        ):  # after its repository exists and before anything is in it: every listed model can be read
            _add_to_list(place, name, timeout)
        if _metadata(place)[SCHEMA_KEY] != SCHEMA:
            _upgrade(place, timeout)
        yield repository
        if home is not None:
            flush_to_disk(home, before)


def _add_to_list(place: Place, name: str, timeout: float) -> None:
    with _one_writer(place, CATALOG, timeout):
        create_repository(place, CATALOG).handle.update_metadata({f"{MODEL_KEY}{name}": datetime.now(UTC).isoformat()})


def relist(place: Place, names: Sequence[str], timeout: float) -> bool:
    """Add models to a folder's list where it lacks them, and record the schema where the list has none.

    Parameters
    ----------
    place : Place
        The store's address.
    names : sequence of str
        The models that the folder holds.
    timeout : float
        Seconds to wait for another writer.

    Returns
    -------
    bool
        Whether the list was changed. A list of another schema keeps it.

    Raises
    ------
    StoredPosteriorError
        The list cannot be read or written.
    """
    with translated_errors(place, CATALOG, "restored"):
        repository = open_repository(place, CATALOG)
        metadata = {} if repository is None else dict(repository.handle.metadata)
        known = {key.removeprefix(MODEL_KEY) for key in metadata if key.startswith(MODEL_KEY)}
        if SCHEMA_KEY in metadata and known.issuperset(names):
            return False
        with _one_writer(place, CATALOG, timeout):
            handle = create_repository(place, CATALOG).handle
            now = datetime.now(UTC).isoformat()
            listed = {f"{MODEL_KEY}{name}": now for name in names if name not in known}
            handle.update_metadata({SCHEMA_KEY: metadata.get(SCHEMA_KEY, SCHEMA)} | listed)
    return True


def _upgrade(place: Place, timeout: float) -> None:
    """Record that the store has today's schema, so that releases which cannot read it say so."""
    with _one_writer(place, CATALOG, timeout):
        create_repository(place, CATALOG).handle.update_metadata({SCHEMA_KEY: SCHEMA})


def _one_writer(place: Place, name: str, timeout: float) -> Any:
    """One writer at a time in a folder. In a bucket the service refuses one of two writers."""
    return nullcontext() if place.folder is None else write_lock(place.folder, name, timeout)


def _metadata(place: Place) -> Mapping[str, Any]:
    """What the store records of itself."""
    with translated_errors(place, CATALOG, "read"):
        repository = open_repository(place, CATALOG)
        metadata = {} if repository is None else dict(repository.handle.metadata)
    if SCHEMA_KEY not in metadata:
        raise StoredPosteriorError(
            f"there is no store at {place.url}: `bayescale refit MODELS --store {place.url}` creates one"
        )
    if metadata[SCHEMA_KEY] not in READABLE:
        raise StoredPosteriorError(
            f"the store at {place.url} has schema {metadata[SCHEMA_KEY]}, and this version of bayescale reads schema "
            f"{SCHEMA}: use the version of bayescale that wrote it"
        )
    return metadata
