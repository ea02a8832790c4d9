"""Fingerprints of a large table of rows as a digest tree: a version writes only the leaves that changed.

Rows are sorted by key and cut into leaves where the hash of a key says so. A row that is added, removed or changed
therefore changes one leaf and none before or after it. A leaf has a slot in one array of the repository; a commit that
leaves a slot unchanged shares its bytes with the commit before.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any, cast

import numpy as np

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
    start = 0
    for end in _ends(keys):
        part = keys[start:end]
        leaf = _leaf(rows, part)
        if len(part) > MAX_KEYS or len(leaf) > MAX_LEAF_BYTES:
            yield from _cut_by_size(rows, part)
        else:
            yield leaf
        start = end


def _ends(keys: Sequence[str]) -> Iterator[int]:
    """Positions where a leaf ends: after a key whose hash says so, and after the last key."""
    last = 0
    for position, key in enumerate(keys, start=1):
        # the first bytes as a big-endian number, a multiple of MEAN_KEYS where its last 13 bits are 0
        if not (digest := blake2b(key.encode(), digest_size=4).digest())[3] and int.from_bytes(digest) % MEAN_KEYS == 0:
            yield (last := position)
    if last < len(keys):
        yield len(keys)


def _cut_by_size(rows: Rows, keys: Sequence[str]) -> Iterator[bytes]:
    """Leaves of keys that are too many or too long for one leaf."""
    start, size = 0, 0
    for position, key in enumerate(keys):
        length = len(json.dumps((key, rows[key]))) + 2
        if length > MAX_LEAF_BYTES:
            raise InputError(
                f"the names of a row's family and run have more than {SLOT_BYTES} characters: {key[:60]!r}…"
            )
        if size + length > MAX_LEAF_BYTES or position - start == MAX_KEYS:
            yield _leaf(rows, keys[start:position])
            start, size = position, 0
        size += length
    if start < len(keys):
        yield _leaf(rows, keys[start:])


def _leaf(rows: Rows, keys: Sequence[str]) -> bytes:
    return _ENCODE([(key, rows[key]) for key in keys]).encode()


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
        out |= dict(json.loads(leaf))
    return out


def _padded(leaf: bytes) -> "np.typing.NDArray[np.uint8]":
    out = np.zeros(SLOT_BYTES, dtype=np.uint8)
    whole = len(leaf).to_bytes(HEADER_BYTES, "little") + leaf
    out[: len(whole)] = np.frombuffer(whole, dtype=np.uint8)
    return out
