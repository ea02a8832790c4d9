"""Files of trials as plain files on this machine: fetched from their address, and unpacked, while they are read."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bayescale.data.file_paths import compression_of
from bayescale.data.tables.compression import unpack_file, unpacked
from bayescale.errors import InputError

TIMEOUT = 30.0  # seconds that a store may take to answer one request


@contextmanager
def local_files(names: Sequence[str]) -> Iterator[list[Path]]:
    """Make files of trials readable in place.

    Parameters
    ----------
    names : sequence of str
        Paths, and addresses of object stores, which may hold patterns.

    Yields
    ------
    list of Path
        The files: those that are plain and on this machine as they are, copies of the others. A copy lies in a folder
        with the name of the original's, and errors that are raised meanwhile name the original.

    Raises
    ------
    InputError
        If a file does not exist or is not whole.
    """
    with tempfile.TemporaryDirectory(prefix="bayescale-") as scratch:
        originals: dict[str, str] = {}
        paths = [
            path for place, name in enumerate(names) for path in _local(name, Path(scratch, f"{place}"), originals)
        ]
        try:
            yield paths
        except InputError as error:
            if not originals:
                raise
            raise _with_names(error, originals) from error


def _local(name: str, folder: Path, originals: dict[str, str]) -> list[Path]:
    """The plain files of one name; copies are entered into `originals`, the original by the path of the copy."""
    if "://" not in name:
        if not compression_of(name):
            return [Path(name)]
        copy = _copy_of(name, folder, originals)
        unpack_file(Path(name), copy)
        return [copy]
    from bayescale.data.sources.object_store import find_files

    copies = []
    for place, file in enumerate(find_files([name], TIMEOUT)):
        copies.append(_copy_of(file.name, folder / str(place), originals))
        copies[-1].write_bytes(unpacked(file.read(), file.name))
    return copies


def _copy_of(name: str, folder: Path, originals: dict[str, str]) -> Path:
    plain = name[: len(name) - len(compression_of(name))]
    parts = plain.replace("\\", "/").split("/")
    copy = folder.joinpath(*parts[-2:-1], parts[-1])  # some logs are named by their folder
    copy.parent.mkdir(parents=True)
    originals[str(copy)] = name
    return copy


def _with_names(error: InputError, originals: dict[str, str]) -> InputError:
    """The error with the names of the originals in place of their copies'."""

    def named(text: str) -> str:
        for copy, name in originals.items():
            text = text.replace(copy, name)
        return text

    listed = "".join(f"\n  - {problem}" for problem in error.problems)
    return type(error)(named(str(error).removesuffix(listed)), [named(problem) for problem in error.problems])
