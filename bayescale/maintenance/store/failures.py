"""What may fail in a repository, and the errors that say so, with advice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.location import Place

if TYPE_CHECKING:
    import icechunk

#: What Zarr and JSON raise for damaged files.
READ_ERRORS = (ValueError, KeyError, RuntimeError, TypeError)


@contextmanager
def translated_errors(place: Place, name: str, doing: str) -> Iterator[None]:
    """Raise errors of Icechunk and the system as StoredPosteriorError.

    Parameters
    ----------
    place : Place
        The store's address.
    name : str
        The repository's name.
    doing : str
        What cannot be done, as a participle: "read", "written".

    Yields
    ------
    None
        The context.

    Raises
    ------
    StoredPosteriorError
        The error names the store, the model and what to do.
    """
    import icechunk

    where = f"{place.url}: {name!r} cannot be {doing}"
    try:
        yield
    except icechunk.IcechunkError as error:
        raise StoredPosteriorError(f"{where}: {_reason(error, place, name)}") from error
    except OSError as error:
        raise StoredPosteriorError(f"{where}: {error.strerror or error}") from error


def _reason(error: "icechunk.IcechunkError", place: Place, name: str) -> str:
    """Why an operation failed, and what to do."""
    import icechunk

    first = str(error).strip().splitlines()[0]
    if error.kind == icechunk.ErrorKind.SNAPSHOT_TIMESTAMP:
        return (
            f"this machine's clock ({datetime.now(UTC).isoformat('T', 'seconds')}) is behind the last change of this "
            f"model: the clock went back, or was ahead then. Correct the clock, or wait until it catches up ({first})"
        )
    if isinstance(error, icechunk.ConflictError):
        return "another writer published first, and nothing of this was stored. Read the current version and try again"
    if place.folder is None:
        return f"{first}. Check the address, the network and the AWS_* variables of the environment"
    return f"{first}. {advice(place.folder / name)}"


def advice(home: Path) -> str:
    """Return what to do in a model's folder where files cannot be read or written.

    Parameters
    ----------
    home : pathlib.Path
        The model's folder.

    Returns
    -------
    str
        The advice.
    """
    import icechunk

    try:
        icechunk.Repository.open(icechunk.local_filesystem_storage(str(home)))
    except icechunk.IcechunkError:
        copies = sorted((home / "overwritten").glob("repo.*"), key=lambda path: path.stat().st_mtime_ns)
        if copies:
            return f"Its index {home / 'repo'} is damaged or missing: copy {copies[-1]} there, which is complete"
    return "If the disk is not full, a file is damaged. Other versions may be whole: `bayescale history` lists them"
