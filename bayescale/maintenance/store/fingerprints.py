"""Fingerprints of a large table of rows as a digest tree: a version writes only the leaves that changed.

Rows are sorted by key and cut into leaves where a key's own hash says so. A row that comes, goes or changes therefore
changes one leaf, and the leaves before and after it stay what they were, wherever it stands. A leaf has a place in one
array of the repository; a commit that leaves a place alone shares its bytes with the commit before.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
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

type Rows = Mapping[str, Sequence[Sequence[str | float]]]


def is_large(rows: object) -> bool:
    """Whether fingerprints are too many to stand in a lineage."""
    return isinstance(rows, Mapping) and len(rows) > SMALL


def leaves_of(rows: Rows) -> Iterator[bytes]:
    """The leaves of fingerprints, as JSON, in the order of their keys."""
    kept: list[str] = []
    size = 0
    for key in sorted(rows):
        entry = json.dumps((key, rows[key]))
        length = len(entry) + 2
        if length > PLACE - HEAD - 2:
            raise InputError(f"a row's family and run have more than {PLACE} characters: {key[:60]!r}…")
        if kept and size + length > PLACE - HEAD - 2:
            yield _leaf(kept)
            kept, size = [], 0
        kept.append(entry)
        size += length
        if len(kept) >= MOST or int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest()) % MEAN == 0:
            yield _leaf(kept)
            kept, size = [], 0
    if kept:
        yield _leaf(kept)


def _leaf(entries: Sequence[str]) -> bytes:
    return f"[{', '.join(entries)}]".encode()


def digest_of(leaf: bytes) -> str:
    """A leaf's digest, by which it is known."""
    return hashlib.sha256(leaf).hexdigest()[:32]


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
    return hashlib.sha256("".join(digests).encode()).hexdigest()


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
