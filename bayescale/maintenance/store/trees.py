"""A posterior's tree in a session of a repository: written as one netCDF file, read back bit for bit.

Icechunk writes a manifest file for every array, so that a tree written variable by variable takes about sixty files.
Here one array holds the bytes of the netCDF file that `Fit.save` writes. Stores of schema 1 hold an array for every
variable.
"""

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from bayescale.core import netcdf
from bayescale.core.digests import content_digest, digest_of

if TYPE_CHECKING:
    import numpy.typing as npt
    import zarr
    from icechunk import IcechunkStore

GROUP = "tree"
FILE = "netcdf"  # the array that holds a tree's netCDF file
ORDER = "_order"  # attribute of every group in a store of schema 1: its variables and groups as they stood
CHUNK = 1 << 26  # bytes
OTHER_TREE = "its digest is not the published one"


def write_tree(tree: xr.DataTree, store: "IcechunkStore") -> None:
    """Replace the tree of a session.

    Parameters
    ----------
    tree : DataTree
        The tree.
    store : IcechunkStore
        The store of a writable session. It gets one array of bytes, the netCDF file, with two attributes: the SHA-256
        of these bytes and the digest of the tree's content.

    Raises
    ------
    StoredPosteriorError
        The tree contains something that a netCDF file cannot.
    """
    import zarr

    content = np.frombuffer(netcdf.to_bytes(tree), dtype=np.uint8)
    digests: Any = {"sha256": hashlib.sha256(content.data).hexdigest(), "content": content_digest(tree)}
    group = zarr.open_group(store, path=GROUP, mode="w")
    chunks = (min(CHUNK, len(content)),)
    array = group.create_array(FILE, shape=content.shape, dtype="uint8", chunks=chunks, attributes=digests)
    array[:] = content


def write_dataset(dataset: xr.Dataset, store: "IcechunkStore", group: str) -> None:
    """Replace a group of a session by a dataset: every variable as it is, in one chunk.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    store : IcechunkStore
        The store of a writable session.
    group : str
        The path of the group.
    """
    plain = dataset.drop_encoding()
    whole = {name: {"chunks": v.shape} for name, v in plain.variables.items() if v.ndim and v.size}
    how = {name: whole.get(name, {}) | {"_FillValue": None} for name in plain.variables}
    plain.to_zarr(store, group=group, mode="w", consolidated=False, encoding=how, write_empty_chunks=True)


def read_tree(store: "IcechunkStore", digest: str | None) -> xr.DataTree:
    """Read the tree of a session into memory.

    Parameters
    ----------
    store : IcechunkStore
        The store of a session.
    digest : str or None
        The digest that the version records.

    Returns
    -------
    DataTree
        The tree, bit for bit as it was published.

    Raises
    ------
    ValueError
        The session does not hold what was published. For damaged files Zarr may raise KeyError, RuntimeError or
        TypeError, and Icechunk an IcechunkError.
    """
    file = _file(store)
    if file is not None:
        content = _content(file)
        if damage := _content_damage(content, file, digest):
            raise ValueError(damage)
        return netcdf.from_bytes(content.tobytes())
    tree = _read_groups(store)
    if digest_of(tree) != digest:
        raise ValueError(OTHER_TREE)
    return tree


def tree_damage(store: "IcechunkStore", digest: str | None) -> str:
    """Describe what is wrong with the tree of a session.

    Parameters
    ----------
    store : IcechunkStore
        The store of a session.
    digest : str or None
        The digest that the version records.

    Returns
    -------
    str
        "" where nothing is wrong. The bytes of a netCDF file are hashed, and no tree is made of them.

    Raises
    ------
    Exception
        As `read_tree`, where the session's files cannot be read.
    """
    file = _file(store)
    if file is not None:
        return _content_damage(_content(file), file, digest)
    return "" if digest_of(_read_groups(store)) == digest else OTHER_TREE


def _file(store: "IcechunkStore") -> "zarr.Array[Any] | None":
    """The array that holds a tree's netCDF file, None in a store of schema 1."""
    import zarr

    array = zarr.open_group(store, path=GROUP, mode="r").get(FILE)
    return array if isinstance(array, zarr.Array) else None


def _content(file: "zarr.Array[Any]") -> "npt.NDArray[np.uint8]":
    return np.ascontiguousarray(file[:], dtype=np.uint8)


def _content_damage(content: "npt.NDArray[np.uint8]", file: "zarr.Array[Any]", digest: str | None) -> str:
    if hashlib.sha256(content.data).hexdigest() != file.attrs["sha256"]:
        return "its bytes are not the published ones"
    return "" if file.attrs["content"] == digest else OTHER_TREE


def _read_groups(store: "IcechunkStore") -> xr.DataTree:
    """A tree in a store of schema 1."""
    with xr.open_datatree(
        store,  # type: ignore[arg-type]  # a Zarr store, which xarray's annotations leave out
        engine="zarr",
        group=GROUP,
        consolidated=False,
        chunks=None,
        mask_and_scale=False,
        decode_times=False,
    ) as stored:
        tree = stored.load()
    nodes = {node.path: node for node in tree.subtree}
    return xr.DataTree.from_dict({path: _as_written(nodes[path]) for path in _in_order(tree)})


def read_dataset(store: "IcechunkStore", group: str) -> xr.Dataset:
    """Read a group of a session into memory.

    Parameters
    ----------
    store : IcechunkStore
        The store of a session.
    group : str
        The path of the group.

    Returns
    -------
    Dataset
        The dataset.
    """
    with xr.open_zarr(
        store, group=group, consolidated=False, chunks=None, mask_and_scale=False, decode_times=False
    ) as stored:
        dataset: xr.Dataset = stored.load()
    return dataset.drop_encoding()


def has_group(store: "IcechunkStore", group: str) -> bool:
    """Return whether a session has a group.

    Parameters
    ----------
    store : IcechunkStore
        The store of a session.
    group : str
        The path of the group.

    Returns
    -------
    bool
        Whether it has.
    """
    import zarr

    try:
        zarr.open_group(store, path=group, mode="r")
    except zarr.errors.GroupNotFoundError:
        return False
    return True


def _in_order(tree: xr.DataTree) -> list[str]:
    """Paths of a tree's groups in the order they had: Zarr lists them in any."""
    names = [name for name in tree.attrs[ORDER] if name in tree.children]
    return [tree.path, *(path for name in names for path in _in_order(tree.children[name]))]


def _as_written(node: xr.DataTree) -> xr.Dataset:
    dataset = node.to_dataset(inherit=False).drop_encoding()
    names = [name for name in dataset.attrs.pop(ORDER) if name in dataset.variables]
    values = {name: dataset.variables[name] for name in names}
    coords = {name: value for name, value in values.items() if name in dataset.coords}
    return xr.Dataset({k: v for k, v in values.items() if k not in coords}, coords, dataset.attrs)
