"""Fingerprints of a large table of rows as a digest tree: a version writes only the leaves that changed.

Rows are sorted by key and cut into leaves where a key's own hash says so. A row that comes, goes or changes therefore
changes one leaf, and the leaves before and after it stay what they were, wherever it stands. A leaf has a place in one
array of the repository; a commit that leaves a place alone shares its bytes with the commit before.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bayescale.errors import InputError

if TYPE_CHECKING:
    from icechunk import IcechunkStore

GROUP, ARRAY = "rows", "leaves"
ENTRY = "rows"  # the entry of a lineage that holds fingerprints
SMALL = 2_000  # keys up to which fingerprints stand in the lineage itself
#: Keys of a leaf. Compressed it has some 200 KB, more than Icechunk keeps in a manifest, which every commit writes.
MEAN, MOST = 8_192, 32_768
PLACE = 1 << 21  # bytes that a leaf may have
HEAD = 8  # bytes that hold a leaf's length
MOST_BYTES = PLACE - HEAD - 2
_ENCODE = json.JSONEncoder(check_circular=False).encode

type Rows = Mapping[str, Sequence[Sequence[str | float]]]


def is_large(rows: object) -> bool:
    """Whether fingerprints are too many to stand in a lineage."""
    return isinstance(rows, Mapping) and len(rows) > SMALL


def leaves_of(rows: Rows) -> Iterator[bytes]:
    """The leaves of fingerprints, as JSON, in the order of their keys."""
    keys = sorted(rows)
    start = 0
    for end in _ends(keys):
        part = keys[start:end]
        leaf = _leaf(rows, part)
        if len(part) > MOST or len(leaf) > MOST_BYTES:
            yield from _cut_by_size(rows, part)
        else:
            yield leaf
        start = end


def _ends(keys: Sequence[str]) -> Iterator[int]:
    """Where leaves end because the last key's own hash says so, and after all keys."""
    last = 0
    for place, key in enumerate(keys, start=1):
        # the first bytes as a big-endian number, a multiple of MEAN where its last 13 bits are 0
        if not (digest := blake2b(key.encode(), digest_size=4).digest())[3] and int.from_bytes(digest) % MEAN == 0:
            yield (last := place)
    if last < len(keys):
        yield len(keys)


def _cut_by_size(rows: Rows, keys: Sequence[str]) -> Iterator[bytes]:
    """Leaves of keys that are too many or too long for one."""
    start, size = 0, 0
    for place, key in enumerate(keys):
        length = len(json.dumps((key, rows[key]))) + 2
        if length > MOST_BYTES:
            raise InputError(f"a row's family and run have more than {PLACE} characters: {key[:60]!r}…")
        if size + length > MOST_BYTES or place - start == MOST:
            yield _leaf(rows, keys[start:place])
            start, size = place, 0
        size += length
    if start < len(keys):
        yield _leaf(rows, keys[start:])


def _leaf(rows: Rows, keys: Sequence[str]) -> bytes:
    return _ENCODE([(key, rows[key]) for key in keys]).encode()


def digest_of(leaf: bytes) -> str:
    """A leaf's digest, by which it is known."""
    return sha256(leaf).hexdigest()[:32]


def write_rows(rows: Rows, store: "IcechunkStore") -> str:
    """Put fingerprints in the place of those that a session holds, leaf by leaf where they differ.

    Parameters
    ----------
    rows : mapping of str to lists of [digest, response]
        Fingerprints as `data.sources.changes.fingerprints` makes them.
    store : IcechunkStore
        Of a writable session.

    Returns
    -------
    str
        The digest of all leaves.
    """
    import zarr

    group = zarr.open_group(store, path=GROUP, mode="a")
    array = group.get(ARRAY)
    places: dict[str, int] = dict(cast("Any", array.attrs["places"])) if isinstance(array, zarr.Array) else {}
    leaves = {digest_of(leaf): leaf for leaf in leaves_of(rows)}  # a key stands in one leaf, so that no two are equal
    new = [digest for digest in leaves if digest not in places]
    kept = {digest: place for digest, place in places.items() if digest in leaves}
    free = [place for place in range(len(leaves)) if place not in set(kept.values())]
    added = dict(zip(new, free, strict=False))
    length = max([0, *kept.values(), *added.values()]) + 1
    if not isinstance(array, zarr.Array):
        array = group.create_array(ARRAY, shape=(length, PLACE), chunks=(1, PLACE), dtype="uint8")
    elif array.shape[0] != length:
        array.resize((length, PLACE))
    for digest, place in added.items():
        array[place] = _padded(leaves[digest])
    array.attrs["places"] = {digest: (kept | added)[digest] for digest in leaves}
    return root_of(list(leaves))


def root_of(digests: Sequence[str]) -> str:
    """The digest of all leaves, from theirs."""
    return sha256("".join(digests).encode()).hexdigest()


def read_rows(store: "IcechunkStore", root: str) -> dict[str, Any]:
    """The fingerprints that a session holds. Raises ValueError where they are not those of the root."""
    import zarr

    array: Any = zarr.open_group(store, path=GROUP, mode="r")[ARRAY]
    places = dict(array.attrs["places"])
    if root_of(list(places)) != root:
        raise ValueError("the fingerprints of its rows are not those that were published")
    out: dict[str, Any] = {}
    for digest, place in places.items():
        content = np.asarray(array[place])
        length = int.from_bytes(content[:HEAD].tobytes(), "little")
        leaf = content[HEAD : HEAD + length].tobytes()
        if digest_of(leaf) != digest:
            raise ValueError("the fingerprints of some of its rows are damaged")
        out |= dict(json.loads(leaf))
    return out


def _padded(leaf: bytes) -> "np.typing.NDArray[np.uint8]":
    out = np.zeros(PLACE, dtype=np.uint8)
    whole = len(leaf).to_bytes(HEAD, "little") + leaf
    out[: len(whole)] = np.frombuffer(whole, dtype=np.uint8)
    return out
