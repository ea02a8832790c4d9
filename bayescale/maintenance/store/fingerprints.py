"""Fingerprints of a large table of rows as a digest tree: a version writes only the leaves that changed.

Rows are sorted by key and cut into leaves where the hash of a key says so. A row that is added, removed or changed
therefore changes one leaf and none before or after it. A leaf has a slot in one array of the repository; a commit that
leaves a slot unchanged shares its bytes with the commit before.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b, sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bayescale.data.json_text import number_texts, quoted_texts
from bayescale.data.memory import paused_collection
from bayescale.errors import InputError

if TYPE_CHECKING:
    from icechunk import IcechunkStore

GROUP, ARRAY, SLOTS = "rows", "leaves", "places"
ENTRY = "rows"  # the entry of a lineage that holds fingerprints
MAX_INLINE_KEYS = 2_000  # fingerprints of more rows are stored as a digest tree
#: Keys of a leaf. Compressed, it has about 200 KB: more than Icechunk stores in a manifest, which every commit writes.
MEAN_KEYS, MAX_KEYS = 8_192, 32_768
SLOT_BYTES = 1 << 21  # of a leaf, with its header
HEADER_BYTES = 8  # hold the length of a leaf
MAX_LEAF_BYTES = SLOT_BYTES - HEADER_BYTES - 2
_SEPARATOR = ", "  # of the rows of a leaf
_ENCODE = json.JSONEncoder(check_circular=False).encode

type Rows = Mapping[str, Sequence[Sequence[str | float]]]


def is_large(rows: object) -> bool:
    """Return whether fingerprints are too many to be stored in a lineage.

    Parameters
    ----------
    rows : object
        An entry of a lineage.

    Returns
    -------
    bool
        Whether it is a mapping of more than 2,000 keys.
    """
    return isinstance(rows, Mapping) and len(rows) > MAX_INLINE_KEYS


def leaves_of(rows: Rows) -> Iterator[bytes]:
    """Return the leaves of fingerprints, as JSON, in the order of their keys.

    Parameters
    ----------
    rows : mapping of str to lists of [digest, response]
        Fingerprints.

    Yields
    ------
    bytes
        The leaves.

    Raises
    ------
    InputError
        A row's key is too long for a leaf.
    """
    keys = sorted(rows)
    entries = _entries(rows, keys)
    places = np.frombuffer(entries.buffers()[1], np.int64)[: len(keys) + 1] if keys else np.zeros(1, np.int64)
    content = memoryview(entries.buffers()[2] or b"")
    start = 0
    for end in _ends(keys):
        fits = end - start <= MAX_KEYS and places[end] - places[start] <= MAX_LEAF_BYTES
        for part in [(start, end)] if fits else _parts_by_size(keys, places, start, end):
            first, last = (int(places[place]) for place in part)
            yield b"[" + content[first : last - len(_SEPARATOR)] + b"]"
        start = end


def _entries(rows: Rows, keys: Sequence[str]) -> pa.Array:
    """JSON of each key with its rows, as texts (n_keys,), each followed by a comma."""
    rows_of_keys = list(map(rows.__getitem__, keys))
    n_rows = np.fromiter(map(len, rows_of_keys), np.int64, len(keys))
    first = list(map(itemgetter(0), rows_of_keys)) if n_rows.all() else []
    if {*map(len, first)} != {2} or {*map(type, map(itemgetter(1), first))} != {float}:
        return pa.array([_ENCODE((key, rows[key])) + _SEPARATOR for key in keys], pa.large_string())
    digests, responses = (list(map(itemgetter(place), first)) for place in (0, 1))
    parts: list[Any] = [
        "[",
        quoted_texts(pa.array(keys, pa.large_string())),
        ", [[",
        quoted_texts(pa.array(digests, pa.large_string())),
        ", ",
        number_texts(np.array(responses)),
        "]]]" + _SEPARATOR,
        "",
    ]
    parts = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts]
    entries = pc.binary_join_element_wise(*parts)
    others = (n_rows != 1) | ~np.isfinite(responses) | (np.array(responses) == 0)  # minus zero is written as such
    if others.any():
        written = [_ENCODE((keys[place], rows[keys[place]])) + _SEPARATOR for place in np.flatnonzero(others).tolist()]
        entries = pc.replace_with_mask(entries, pa.array(others), pa.array(written, pa.large_string()))
    return entries


def _ends(keys: Sequence[str]) -> Iterator[int]:
    """Positions where a leaf ends: after a key whose hash says so, and after the last key."""
    # the first bytes as a big-endian number, a multiple of MEAN_KEYS where its last 13 bits are 0
    hashes = (blake2b(key.encode(), digest_size=4).digest() for key in keys)
    ends = [end for end, digest in enumerate(hashes, 1) if not digest[3] and int.from_bytes(digest) % MEAN_KEYS == 0]
    yield from ends
    if keys and (not ends or ends[-1] < len(keys)):
        yield len(keys)


def _parts_by_size(
    keys: Sequence[str], places: "np.typing.NDArray[np.int64]", start: int, end: int
) -> Iterator[tuple[int, int]]:
    """First key, and key after the last one, of the leaves of keys that are too many or too long for one leaf."""
    size = 0
    for position in range(start, end):
        length = int(places[position + 1] - places[position])
        if length > MAX_LEAF_BYTES:
            raise InputError(
                f"the names of a row's family and run have more than {SLOT_BYTES} characters: {keys[position][:60]!r}…"
            )
        if size + length > MAX_LEAF_BYTES or position - start == MAX_KEYS:
            yield start, position
            start, size = position, 0
        size += length
    if start < end:
        yield start, end


def digest_of(leaf: bytes) -> str:
    """Return the digest of a leaf, its identity in the repository.

    Parameters
    ----------
    leaf : bytes
        The leaf.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    return sha256(leaf).hexdigest()[:32]


def write_rows(rows: Rows, store: "IcechunkStore") -> str:
    """Replace the fingerprints of a session, leaf by leaf where they differ.

    Parameters
    ----------
    rows : mapping of str to lists of [digest, response]
        Fingerprints as `data.sources.changes.fingerprints` makes them.
    store : IcechunkStore
        The store of a writable session.

    Returns
    -------
    str
        The digest of all leaves.

    Raises
    ------
    InputError
        A row's key is too long for a leaf.
    """
    import zarr

    group = zarr.open_group(store, path=GROUP, mode="a")
    array = group.get(ARRAY)
    slots: dict[str, int] = dict(cast("Any", array.attrs[SLOTS])) if isinstance(array, zarr.Array) else {}
    leaves = {digest_of(leaf): leaf for leaf in leaves_of(rows)}  # a key stands in one leaf, so that no two are equal
    new = [digest for digest in leaves if digest not in slots]
    unchanged = {digest: slot for digest, slot in slots.items() if digest in leaves}
    free = [slot for slot in range(len(leaves)) if slot not in set(unchanged.values())]
    added = dict(zip(new, free, strict=False))
    length = max([0, *unchanged.values(), *added.values()]) + 1
    if not isinstance(array, zarr.Array):
        array = group.create_array(ARRAY, shape=(length, SLOT_BYTES), chunks=(1, SLOT_BYTES), dtype="uint8")
    elif array.shape[0] != length:
        array.resize((length, SLOT_BYTES))
    for digest, slot in added.items():
        array[slot] = _padded(leaves[digest])
    array.attrs[SLOTS] = {digest: (unchanged | added)[digest] for digest in leaves}
    return root_of(list(leaves))


def root_of(digests: Sequence[str]) -> str:
    """Return the digest of all leaves.

    Parameters
    ----------
    digests : sequence of str
        The digests of the leaves, in order.

    Returns
    -------
    str
        SHA-256, in hexadecimal digits.
    """
    return sha256("".join(digests).encode()).hexdigest()


def read_rows(store: "IcechunkStore", root: str) -> dict[str, Any]:
    """Read the fingerprints of a session.

    Parameters
    ----------
    store : IcechunkStore
        The store of a session.
    root : str
        The digest of all leaves that the version records.

    Returns
    -------
    dict of str to lists of [digest, response]
        The fingerprints.

    Raises
    ------
    ValueError
        They are damaged, or are not those of the root.
    """
    import zarr

    array: Any = zarr.open_group(store, path=GROUP, mode="r")[ARRAY]
    slots = dict(array.attrs[SLOTS])
    if root_of(list(slots)) != root:
        raise ValueError("the fingerprints of its rows are not the published ones")
    out: dict[str, Any] = {}
    for digest, slot in slots.items():
        content = np.asarray(array[slot])
        length = int.from_bytes(content[:HEADER_BYTES].tobytes(), "little")
        leaf = content[HEADER_BYTES : HEADER_BYTES + length].tobytes()
        if digest_of(leaf) != digest:
            raise ValueError("the fingerprints of some of its rows are damaged")
        with paused_collection():
            out |= dict(json.loads(leaf))
    return out


def _padded(leaf: bytes) -> "np.typing.NDArray[np.uint8]":
    out = np.zeros(SLOT_BYTES, dtype=np.uint8)
    whole = len(leaf).to_bytes(HEADER_BYTES, "little") + leaf
    out[: len(whole)] = np.frombuffer(whole, dtype=np.uint8)
    return out
