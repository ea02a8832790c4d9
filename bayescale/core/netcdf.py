"""A posterior as one netCDF file, in memory or on disk: whole or not at all, bit for bit, nothing in it executed.

A version in a store holds the same bytes as a file that `Fit.save` writes.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import xarray as xr

from bayescale.core.digests import content_digest, narrow, plain
from bayescale.core.notes import Note
from bayescale.core.paths import unreadable_kind, unwritable
from bayescale.core.serialization import fact, frozen, has
from bayescale.errors import StoredPosteriorError

ENGINE: Final = "h5netcdf"
SUFFIXES = (".nc",)
DIGEST = "bayescale_file_digest"  # attribute of a file's root
UNVERIFIED = Note(
    "unverified_file", "The file has no digest (release 0.1 wrote it), so that its content could not be verified."
)
# What xarray, h5netcdf and h5py raise for bytes that are no netCDF file, or a damaged one.
UNREADABLE = (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError, IndexError)


def to_bytes(tree: xr.DataTree) -> bytes:
    """A posterior's tree as the bytes of a netCDF file. Equal trees give equal bytes with the same HDF5 library.

    Parameters
    ----------
    tree : xarray.DataTree
        The tree. Attributes are texts and numbers; text may have any width.

    Returns
    -------
    bytes
        A netCDF-4 file, whose root carries the digest of its content. `xarray.open_datatree(io.BytesIO(content),
        engine="h5netcdf")` opens it.

    Raises
    ------
    StoredPosteriorError
        The tree holds something that a netCDF file does not keep.
    """
    digest = content_digest(tree)
    written = xr.DataTree.from_dict(
        {node.path: _as_fixed_width(node.to_dataset(inherit=False).drop_encoding()) for node in tree.subtree}
    )
    _require_attributes(written)
    written.attrs = {**written.attrs, DIGEST: digest}
    no_fill = {"_FillValue": None}  # a fill value would have xarray set the bits of every NaN
    encoding = {node.path: dict.fromkeys(node.to_dataset(inherit=False).variables, no_fill) for node in written.subtree}
    try:
        return bytes(written.to_netcdf(engine=ENGINE, encoding=encoding))
    except (ValueError, TypeError) as error:
        raise StoredPosteriorError(f"this tree cannot be stored as netCDF: {error}") from error


def from_bytes(content: bytes) -> xr.DataTree:
    """The tree whose netCDF file has these bytes, in memory.

    Parameters
    ----------
    content : bytes
        What `to_bytes` returned, or a file that `Fit.save` wrote.

    Returns
    -------
    xarray.DataTree
        The tree without the file's digest. If the file has no digest (release 0.1 wrote none), a note says so.

    Raises
    ------
    ValueError
        The bytes are no netCDF file, or the content is not the one whose digest the file carries.
    """
    try:
        with xr.open_datatree(io.BytesIO(content), engine=ENGINE, decode_times=False) as opened:
            nodes = {node.path: node.to_dataset(inherit=False).load() for node in opened.subtree}
    except UNREADABLE as error:
        raise ValueError(f"cannot be read as netCDF: {error}") from error
    tree = xr.DataTree.from_dict({path: _as_fixed_width(dataset.drop_encoding()) for path, dataset in nodes.items()})
    digest = tree.attrs.pop(DIGEST, None)
    if digest is None:
        tree.attrs = _with_note(tree)
    elif digest != content_digest(tree):
        raise ValueError("its content does not match its digest: the file is damaged or was edited")
    return tree


def write(tree: xr.DataTree, path: str | os.PathLike[str]) -> Path:
    """Write a posterior's tree to a file; whatever stood there stays until the new file is complete.

    Parameters
    ----------
    tree : xarray.DataTree
        The tree.
    path : str or os.PathLike
        The file, in a folder that exists.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    StoredPosteriorError
        The file cannot be written: it does not end in .nc, is a folder or a device, or stands in no folder.
    """
    if problem := unwritable(path, SUFFIXES):
        raise StoredPosteriorError(problem)
    target = Path(path)
    content = to_bytes(tree)
    partial = target.with_name(f".{target.name}.{uuid4().hex}.partial")
    try:
        partial.write_bytes(content)
        _sync(partial)
        os.replace(partial, target)
    except OSError as error:
        raise StoredPosteriorError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def read(path: str | os.PathLike[str], require_whole: Callable[[xr.DataTree], object]) -> xr.DataTree:
    """Read a posterior's tree into memory.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    require_whole : callable
        Raises StoredPosteriorError for a tree where something is missing.

    Returns
    -------
    xarray.DataTree
        The tree, bit for bit as it was written.

    Raises
    ------
    StoredPosteriorError
        The error names the file and the reason: missing, not netCDF, damaged, not a posterior, another schema.
    """
    source = Path(path)
    if kind := unreadable_kind(source):
        raise StoredPosteriorError(f"{source} {kind}")
    if os.path.isdir(source):
        raise StoredPosteriorError(f"{source}: is a folder, not a posterior file; give the .nc file itself")
    if not os.path.isfile(source):
        raise StoredPosteriorError(f"{source}: there is no such file")
    try:
        tree = from_bytes(source.read_bytes())
        require_whole(tree)
    except OSError as error:
        raise StoredPosteriorError(f"{source} cannot be read: {error.strerror or error}") from error
    except (ValueError, StoredPosteriorError) as error:
        raise StoredPosteriorError(f"{source}: {error}") from error
    return tree


def _as_fixed_width(dataset: xr.Dataset) -> xr.Dataset:
    """Text as fixed-width text of the least width (a file gives it back as objects), and attributes as plain data."""
    text = {name: v for name, v in dataset.variables.items() if v.dtype.kind in "OT"}
    changed = {name: xr.Variable(v.dims, narrow(np.asarray(v.to_numpy())), v.attrs) for name, v in text.items()}
    out = dataset.assign({name: v for name, v in changed.items() if name not in dataset.coords})
    out = out.assign_coords({name: v for name, v in changed.items() if name in dataset.coords})
    out.attrs = {name: plain(value) for name, value in out.attrs.items()}
    for name in out.variables:
        out[name].attrs = {key: plain(value) for key, value in out[name].attrs.items()}
    return out


def _require_attributes(tree: xr.DataTree) -> None:
    """Raise StoredPosteriorError for attributes that a netCDF file would not give back as they are."""
    for node in tree.subtree:
        dataset = node.to_dataset(inherit=False)
        for where, attrs in ((node.path, dataset.attrs), *((n, v.attrs) for n, v in dataset.variables.items())):
            for name, value in attrs.items():
                if isinstance(value, bool) or not isinstance(value, str | int | float):
                    raise StoredPosteriorError(
                        f"this tree cannot be stored: attribute {name!r} of {where!r} is {value!r}; attributes are "
                        "texts and numbers"
                    )


def _with_note(tree: xr.DataTree) -> dict[str, Any]:
    """The attributes of a tree whose file carries no digest, which its notes say."""
    attrs = {str(name): value for name, value in tree.attrs.items()}
    return attrs | frozen({"notes": [*fact(tree, "notes"), UNVERIFIED]}) if has(tree, "notes") else attrs


def _sync(path: Path) -> None:
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())
