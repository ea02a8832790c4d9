"""A posterior as one netCDF file: written whole or not at all, read back bit for bit, and nothing in it executed."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import xarray as xr

from bayescale.errors import StoredPosteriorError
from bayescale.inference.posterior import from_tree
from bayescale.paths import unreadable_kind, unwritable

SUFFIXES = (".nc",)


def write(tree: xr.DataTree, path: str | os.PathLike[str]) -> Path:
    """Write a posterior's tree to a file; whatever stood there stays until the new file is complete.

    Raises StoredPosteriorError where the file cannot be written, naming it and why: it does not end in .nc, is a folder
    or a device, or stands in no folder.
    """
    if problem := unwritable(path, SUFFIXES):
        raise StoredPosteriorError(problem)
    target = Path(path)
    partial = target.with_name(f".{target.name}.{uuid4().hex}.partial")
    try:
        tree.to_netcdf(partial, engine="h5netcdf")
        _sync(partial)
        os.replace(partial, target)
    except OSError as error:
        raise StoredPosteriorError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def read(path: str | os.PathLike[str], require_whole: Callable[[xr.DataTree], object] = from_tree) -> xr.DataTree:
    """Read a posterior's tree into memory; `require_whole` raises StoredPosteriorError where something is missing.

    Raises StoredPosteriorError naming the file and the reason: missing, not netCDF, not a posterior, another schema.
    """
    source = Path(path)
    if kind := unreadable_kind(source):
        raise StoredPosteriorError(f"{source} {kind}")
    if not source.is_file():
        raise StoredPosteriorError(f"{source}: there is no such file")
    try:
        tree = xr.load_datatree(source, engine="h5netcdf")
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise StoredPosteriorError(f"{source} cannot be read as netCDF: {error}") from error
    try:
        tree = tree.map_over_datasets(_text_as_written)
        require_whole(tree)
    except StoredPosteriorError as error:
        raise StoredPosteriorError(f"{source}: {error}") from error
    return tree


def _text_as_written(dataset: xr.Dataset) -> xr.Dataset:
    """Text comes back as objects; make it fixed-width text again."""
    text = {name: v for name, v in dataset.variables.items() if v.dtype.kind in "OT"}
    return dataset.assign({k: v.astype(str) for k, v in text.items() if k not in dataset.coords}).assign_coords(
        {k: v.astype(str) for k, v in text.items() if k in dataset.coords}
    )


def _sync(path: Path) -> None:
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())
