"""A posterior as one netCDF file: written whole or not at all, read back bit for bit, and nothing in it executed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import xarray as xr

from bayescale.errors import StoredPosteriorError
from bayescale.inference.posterior import from_tree
from bayescale.paths import unreadable_kind, unwritable
from bayescale.store.trees import digest_of
from bayescale.tree import fact, frozen, has

SUFFIXES = (".nc",)
DIGEST = "bayescale_file_digest"  # attribute of a file's root
UNVERIFIED = "The file carries no digest (it was written by release 0.1): whether it is as it was written is not known."


def write(tree: xr.DataTree, path: str | os.PathLike[str]) -> Path:
    """Write a posterior's tree to a file; whatever stood there stays until the new file is complete.

    Raises StoredPosteriorError where the file cannot be written, naming it and why: it does not end in .nc, is a folder
    or a device, or stands in no folder.
    """
    if problem := unwritable(path, SUFFIXES):
        raise StoredPosteriorError(problem)
    target = Path(path)
    tree = tree.copy()
    tree.attrs = {**tree.attrs, DIGEST: file_digest(tree)}
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
    if not os.path.isfile(source):
        raise StoredPosteriorError(f"{source}: there is no such file")
    try:
        tree = xr.load_datatree(source, engine="h5netcdf")
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise StoredPosteriorError(f"{source} cannot be read as netCDF: {error}") from error
    try:
        tree = tree.map_over_datasets(_text_as_written)
        tree.attrs = _verified(tree)
        require_whole(tree)
    except StoredPosteriorError as error:
        raise StoredPosteriorError(f"{source}: {error}") from error
    return tree


def file_digest(tree: xr.DataTree) -> str:
    """SHA-256 of what a file keeps of a tree: text of any width is the same, and the digest itself is left out."""
    same = tree.map_over_datasets(_narrow)
    same.attrs = {name: value for name, value in tree.attrs.items() if name != DIGEST}
    return digest_of(same)


def _narrow(dataset: xr.Dataset) -> xr.Dataset:
    plain = xr.Dataset(attrs={name: _plain(value) for name, value in dataset.attrs.items()})
    for name, variable in dataset.variables.items():
        values = variable.to_numpy()
        if values.dtype.kind in "OTU":
            values = np.array([str(one) for one in values.ravel()] or [""], dtype=str)[: values.size].reshape(
                values.shape
            )
        attrs = {key: _plain(value) for key, value in variable.attrs.items()}
        plain[name] = xr.Variable(variable.dims, values, attrs)
    return plain.set_coords([name for name in dataset.coords if name in plain.variables])


def _plain(value: object) -> object:
    """An attribute as JSON has it: files give NumPy's scalars and arrays back."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _verified(tree: xr.DataTree) -> dict[str, Any]:
    """The tree's attributes without the digest, which is the file's. Raises StoredPosteriorError where what is read is
    not what was written; a file of release 0.1 has no digest, and its notes say so."""
    attrs = {str(name): value for name, value in tree.attrs.items()}
    digest = attrs.pop(DIGEST, None)
    if digest is None:
        if has(tree, "notes"):
            attrs |= frozen({"notes": [*fact(tree, "notes"), UNVERIFIED]})
        return attrs
    if digest != file_digest(tree):
        raise StoredPosteriorError("what is read is not what was written: the file is damaged or was edited")
    return attrs


def _text_as_written(dataset: xr.Dataset) -> xr.Dataset:
    """Text comes back as objects; make it fixed-width text again."""
    text = {name: v for name, v in dataset.variables.items() if v.dtype.kind in "OT"}
    return dataset.assign({k: v.astype(str) for k, v in text.items() if k not in dataset.coords}).assign_coords(
        {k: v.astype(str) for k, v in text.items() if k in dataset.coords}
    )


def _sync(path: Path) -> None:
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())
