"""A posterior's tree as Zarr groups, bit for bit: written and read in a session of a repository; its digest."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from bayescale.errors import StoredPosteriorError

if TYPE_CHECKING:
    import numpy.typing as npt
    from icechunk import IcechunkStore

GROUP = "tree"
ORDER = "_order"  # attribute of every group of format 1: its variables and groups as they stood
PACKED = "packed"  # the array that holds a tree of format 2
FORMAT = 2  # 1: a Zarr array for every variable. 2: all variables in one array, so that a version is few files
CHUNK = 1 << 26  # bytes
HEAD = 8  # bytes that hold the length of the table of contents


def write_tree(tree: xr.DataTree, store: "IcechunkStore") -> None:
    """Put a tree in the place of the one that the session holds.

    Icechunk keeps a manifest file for every array, so that a tree written variable by variable is some sixty files.
    Here one array of bytes holds a table of contents (JSON) and the variables' bytes one after another.
    """
    import zarr

    content = pack(tree)
    group = zarr.open_group(store, path=GROUP, mode="w")
    facts: Any = {"format": FORMAT, "sha256": hashlib.sha256(content.data).hexdigest(), "tree": digest_of(tree)}
    chunks = (min(CHUNK, len(content)),)
    array = group.create_array(PACKED, shape=content.shape, dtype="uint8", chunks=chunks, attributes=facts)
    array[:] = content


def pack(tree: xr.DataTree) -> "npt.NDArray[np.uint8]":
    """A tree as bytes: length of the table of contents, the table (JSON), the variables."""
    nodes, parts, at = [], [], 0
    for node in tree.subtree:
        dataset = node.to_dataset(inherit=False)
        variables = []
        for name, variable in dataset.variables.items():
            data, kind = _bytes_of(variable.to_numpy())
            entry = {"name": str(name), "dims": list(map(str, variable.dims)), "type": kind, "shape": variable.shape}
            variables.append(
                entry | {"attrs": variable.attrs, "coord": name in dataset.coords, "at": at, "n": len(data)}
            )
            parts.append(data)
            at += len(data)
        nodes.append({"path": node.path, "attrs": dataset.attrs, "variables": variables})
    head = json.dumps(nodes).encode()
    out = np.empty(HEAD + len(head) + at, dtype=np.uint8)
    out[:HEAD] = np.frombuffer(len(head).to_bytes(HEAD, "little"), dtype=np.uint8)
    place = HEAD
    for data in (head, *parts):
        out[place : place + len(data)] = np.frombuffer(data, dtype=np.uint8)
        place += len(data)
    return out


def _bytes_of(values: "npt.NDArray[Any]") -> tuple[bytes | memoryview, str]:
    """The bytes of an array and its type; text of any length goes as JSON."""
    if values.dtype.kind in "OT":
        return json.dumps(values.tolist()).encode(), values.dtype.kind
    whole = np.ascontiguousarray(values)
    return (memoryview(whole.reshape(-1).view(np.uint8)) if whole.size else b""), values.dtype.str


def unpack(content: "npt.NDArray[np.uint8]") -> xr.DataTree:
    """The tree that `pack` made bytes of. Raises ValueError or KeyError for bytes of anything else."""
    start = HEAD + int.from_bytes(content[:HEAD].tobytes(), "little")
    nodes = {}
    for node in json.loads(content[HEAD:start].tobytes()):
        found = {one["name"]: _variable(one, content[start:]) for one in node["variables"]}
        coords = {one["name"]: found.pop(one["name"]) for one in node["variables"] if one["coord"]}
        nodes[node["path"]] = xr.Dataset(found, coords, node["attrs"])
    return xr.DataTree.from_dict(nodes)


def _variable(entry: "dict[str, Any]", content: "npt.NDArray[np.uint8]") -> xr.Variable:
    data = content[entry["at"] : entry["at"] + entry["n"]].tobytes()
    if entry["type"] in ("O", "T"):
        kind: Any = np.dtypes.StringDType() if entry["type"] == "T" else object
        values = np.array(json.loads(data), dtype=kind)
    else:
        values = np.frombuffer(data, dtype=np.dtype(entry["type"])).copy()
    return xr.Variable(entry["dims"], values.reshape(entry["shape"]), entry["attrs"])


def write_dataset(dataset: xr.Dataset, store: "IcechunkStore", group: str) -> None:
    """Put a dataset in the place of a group: every variable as it is, in one chunk."""
    plain = dataset.drop_encoding()
    whole = {name: {"chunks": v.shape} for name, v in plain.variables.items() if v.ndim and v.size}
    how = {name: whole.get(name, {}) | {"_FillValue": None} for name in plain.variables}
    plain.to_zarr(store, group=group, mode="w", consolidated=False, encoding=how, write_empty_chunks=True)


def read_tree(store: "IcechunkStore") -> xr.DataTree:
    """The tree that a session holds, in memory."""
    packed = _packed(store)
    return _read_groups(store) if packed is None else unpack(np.asarray(packed[:]))


def harm_of(store: "IcechunkStore", digest: str | None) -> str:
    """What is wrong with the tree that a session holds, whose digest should be `digest`; "" where nothing is.

    Of a tree in one array its bytes are compared, which needs no tree to be made of them. Raises as reading does.
    """
    packed = _packed(store)
    if packed is None:
        return "" if digest_of(_read_groups(store)) == digest else "its digest is not the one that was published"
    whole = hashlib.sha256(np.ascontiguousarray(packed[:]).data).hexdigest() == packed.attrs["sha256"]
    return "" if whole and packed.attrs["tree"] == digest else "its bytes are not those that were published"


def _packed(store: "IcechunkStore") -> Any:
    """The array that holds a whole tree, None where the tree is an array for every variable."""
    import zarr

    found = zarr.open_group(store, path=GROUP, mode="r").get(PACKED)
    return found if isinstance(found, zarr.Array) and found.attrs.get("format") == FORMAT else None


def _read_groups(store: "IcechunkStore") -> xr.DataTree:
    """A tree of format 1."""
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
