"""Publications and rollbacks: whole or refused."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.maintenance.store.posteriors import Store


def same(left: xr.DataTree, right: xr.DataTree) -> None:
    """Every group, variable, type, attribute and bit, in their order."""
    assert [node.path for node in left.subtree] == [node.path for node in right.subtree]
    for one in left.subtree:
        other = right if one.path == "/" else right[one.path]
        assert dict(one.attrs) == dict(other.attrs)
        mine, theirs = one.to_dataset(inherit=False), other.to_dataset(inherit=False)
        assert list(mine.data_vars) == list(theirs.data_vars)
        assert set(mine.coords) == set(theirs.coords)
        for name, variable in mine.variables.items():
            twin = theirs.variables[name]
            assert (variable.dims, variable.dtype, dict(variable.attrs)) == (twin.dims, twin.dtype, dict(twin.attrs))
            assert variable.to_numpy().tobytes() == twin.to_numpy().tobytes(), (one.path, name)


LINEAGE = {"data_digest": "0c2a", "checks": [{"check": "R-hat", "value": 1.004, "passed": True}], "path": "full fit"}


def test_what_is_no_posterior_is_not_published(store: Store) -> None:
    with pytest.raises(StoredPosteriorError, match="not a bayescale posterior"):
        store.publish("pile", xr.DataTree(xr.Dataset({"x": ("y", [1.0])})), {})
    assert store.models() == ()


def test_lineage_that_is_no_plain_data_is_refused(store: Store, tree: xr.DataTree) -> None:
    with pytest.raises(InputError, match="lineage must be plain data"):
        store.publish("pile", tree, {"when": datetime.now(UTC)})
    assert store.models() == ()


def test_rolling_back_loses_nothing(store: Store, tree: xr.DataTree, other_tree: xr.DataTree) -> None:
    store.publish("pile", tree, {"data_digest": "a"})
    store.publish("pile", other_tree, {"data_digest": "b"})
    back = store.rollback("pile", 1)
    assert (back.number, back.kind, back.message) == (3, "rolled back", "rolled back to version 1")
    assert back.lineage == {"data_digest": "a", "rolled_back_to": 1}
    assert [digest_of(store.load("pile", n)) for n in (1, 2, 3)] == [digest_of(t) for t in (tree, other_tree, tree)]
    assert store.current("pile") == back


def test_text_wider_than_it_has_to_be_is_rolled_back_to(store: Store, tree: xr.DataTree) -> None:
    wide = tree.copy()
    wide["text"] = xr.Dataset({"text": ("value", np.array(["a", "bb"], dtype="<U40"))})
    first = store.publish("pile", wide, {})
    store.publish("pile", tree, {})
    assert store.rollback("pile", 1).digest == first.digest
    assert store.load("pile")["text"]["text"].to_numpy().tolist() == ["a", "bb"]


def test_a_rollback_refuses_a_time_without_its_zone_before_it_reads_the_posterior(
    store: Store, tree: xr.DataTree
) -> None:
    store.publish("pile", tree, {})
    shutil.rmtree(Path(store.url) / "pile" / "manifests")
    with pytest.raises(InputError, match="must be a time with its zone"):
        Store.open(store.url).rollback("pile", 1, now=pd.Timestamp("2026-01-01"))
    with pytest.raises(StoredPosteriorError):
        Store.open(store.url).rollback("pile", 1)
