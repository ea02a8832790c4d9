"""Fingerprints of many rows come back, and a version writes only the leaves that changed."""

import json
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.fingerprints import MAX_INLINE_KEYS, MAX_KEYS, SLOT_BYTES, digest_of, leaves_of
from bayescale.maintenance.store.posteriors import Store
from tests.maintenance.store.test_faults import cut

Rows = dict[str, list[list[str | float]]]


def rows(number: int) -> Rows:
    """Checkpoints of many runs."""
    digests = np.random.default_rng(1).bytes(8 * number).hex()
    losses = np.random.default_rng(2).normal(2.5, 0.1, number).tolist()
    return {
        f"family {i % 7}, run {i // 100}, step {i}": [[digests[16 * i : 16 * i + 16], losses[i]]] for i in range(number)
    }


@pytest.fixture(scope="module")
def many() -> Rows:
    return rows(40_000)


def test_they_come_back(store: Store, tree: xr.DataTree, many: Rows) -> None:
    store.publish("model", tree, {"rows": many, "why": "first"})
    assert store.current("model").lineage["rows"] == many
    assert store.history("model")[0].lineage["rows"] == many
    assert dict(store.current("model").lineage) == {"rows": many, "why": "first"}


def test_a_version_writes_only_the_leaves_that_changed(store: Store, tree: xr.DataTree, many: Rows) -> None:
    chunks = Path(store.url) / "model" / "chunks"
    counts = [0]
    changed = many | {"family 3, run 9, step 901": [["f" * 16, 9.0]], "family 3, run 9, step 901b": [["e" * 16, 1.0]]}
    for one in (many, many, changed):
        store.publish("model", tree, {"rows": one})
        counts.append(len(list(chunks.iterdir())))
    first, same, little = (after - before for before, after in pairwise(counts))
    assert first >= same + 4
    assert little <= same + 2
    assert store.current("model").lineage["rows"] == changed
    assert store.version("model", 1).lineage["rows"] == many


def test_fewer_rows_than_before_leave_none_of_the_old(store: Store, tree: xr.DataTree, many: Rows) -> None:
    few = {key: many[key] for key in list(many)[: MAX_INLINE_KEYS + 1]}
    small = {key: many[key] for key in list(many)[:3]}
    for one in (many, few, small, many):
        store.publish("model", tree, {"rows": one})
        assert store.current("model").lineage["rows"] == one
    store.retain("model", keep=1)
    assert store.current("model").lineage["rows"] == many


def test_a_row_that_comes_changes_one_leaf(many: Rows) -> None:
    before, after = (
        {digest_of(leaf) for leaf in leaves_of(one)}
        for one in (many, many | {"family 2, run 7, new": [["0" * 16, 1.0]]})
    )
    assert len(before) > 3
    assert len(after - before) <= 2
    assert len(before - after) <= 2


@given(st.lists(st.text(alphabet='ab,"é[', max_size=6), max_size=20))
def test_leaves_hold_every_key_once(names: list[str]) -> None:
    found: Rows = {name: [["0", 1.0]] for name in names}
    keys = [key for leaf in leaves_of(found) for key, _ in json.loads(leaf)]
    assert keys == sorted(found)


def test_leaves_are_those_that_earlier_versions_wrote(many: Rows) -> None:
    leaves = list(leaves_of(many))
    assert b"".join(leaves) == b"".join(
        f"[{', '.join(json.dumps((key, many[key])) for key, _ in json.loads(leaf))}]".encode() for leaf in leaves
    )
    last = [json.loads(leaf)[-1][0] for leaf in leaves]
    ends = [key for key in sorted(many) if int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) % 8192 == 0]
    assert last == [*ends, max(many)]


ROWS = st.lists(st.tuples(st.text("0f", max_size=2), st.floats() | st.integers(0, 9)).map(list), max_size=3)


@given(st.dictionaries(st.text(max_size=4), ROWS, max_size=6))
def test_a_leaf_is_the_json_of_its_rows(found: Rows) -> None:
    try:
        [key.encode() for key in found]
    except UnicodeEncodeError:
        return
    expected = json.dumps([(key, found[key]) for key in sorted(found)])
    assert b"".join(leaves_of(found)).replace(b"][[", b"], [[") == (expected.encode() if found else b"")


def test_no_leaf_is_larger_than_its_place() -> None:
    long = {f"{i:05d}" + "x" * 500: [["0" * 16, 1.0]] for i in range(9_000)}
    leaves = list(leaves_of(long))
    assert len(leaves) >= 3
    assert all(len(leaf) <= SLOT_BYTES - 8 for leaf in leaves)
    assert all(leaf.count(b'["0000') <= MAX_KEYS for leaf in leaves)


def test_damaged_leaves_are_said(store: Store, tree: xr.DataTree, many: Rows) -> None:
    store.publish("model", tree, {"rows": many})
    for path in (Path(store.url) / "model" / "chunks").iterdir():
        cut(path)
    with pytest.raises(StoredPosteriorError, match="the record of commit"):
        store.current("model").lineage["rows"]
