"""A posterior's tree as Zarr groups, bit for bit: written and read in a session of a repository; its digest."""

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayescale.errors import StoredPosteriorError

if TYPE_CHECKING:
    from icechunk import IcechunkStore

GROUP = "tree"
ORDER = "_order"  # attribute of every group: its variables and groups as they stood


def write_tree(tree: xr.DataTree, store: "IcechunkStore") -> None:
    """Put a tree in the place of the one that the session holds."""
    import zarr

    zarr.open_group(store, path=GROUP, mode="w")
    for node in tree.subtree:
        names = [*map(str, node.dataset.variables), *node.children]
        dataset = node.to_dataset(inherit=False)
        write_dataset(dataset.assign_attrs({ORDER: names}), store, f"{GROUP}{node.path}".rstrip("/"))


def write_dataset(dataset: xr.Dataset, store: "IcechunkStore", group: str) -> None:
    """Put a dataset in the place of a group: every variable as it is, in one chunk."""
    plain = dataset.drop_encoding()
    whole = {name: {"chunks": v.shape} for name, v in plain.variables.items() if v.ndim and v.size}
    how = {name: whole.get(name, {}) | {"_FillValue": None} for name in plain.variables}
    plain.to_zarr(store, group=group, mode="w", consolidated=False, encoding=how, write_empty_chunks=True)


def read_tree(store: "IcechunkStore") -> xr.DataTree:
    """The tree that a session holds, in memory."""
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
    """A group that a session holds, in memory."""
    with xr.open_zarr(
        store, group=group, consolidated=False, chunks=None, mask_and_scale=False, decode_times=False
    ) as stored:
        dataset: xr.Dataset = stored.load()
    return dataset.drop_encoding()


def has_group(store: "IcechunkStore", group: str) -> bool:
    """Whether a session holds a group."""
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


def digest_of(tree: xr.DataTree) -> str:
    """SHA-256 over every group's attributes and every variable's name, dimensions, type, attributes and bytes."""
    found = hashlib.sha256()
    for node in sorted(tree.subtree, key=lambda one: one.path):
        dataset = node.to_dataset(inherit=False)
        found.update(_said([node.path, dataset.attrs, sorted(map(str, dataset.coords))]))
        for name in sorted(dataset.variables, key=str):
            variable = dataset.variables[name]
            values = np.ascontiguousarray(variable.to_numpy())
            found.update(_said([str(name), variable.dims, values.dtype.str, values.shape, variable.attrs]))
            found.update(values.data if values.dtype.kind not in "OT" else _said(values.tolist()))
    return found.hexdigest()


def _said(what: object) -> bytes:
    try:
        return json.dumps(what, sort_keys=True, separators=(",", ":")).encode()
    except TypeError as error:
        raise StoredPosteriorError(
            f"this tree cannot be stored: an attribute or value is no plain data ({error})"
        ) from error
