"""Errors of a damaged index name the file to copy."""

import shutil
from pathlib import Path

import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.posteriors import Store
from tests.maintenance.store.test_faults import cut


@pytest.mark.parametrize("harm", ["cut", "emptied", "gone"])
def test_an_index_that_is_damaged_can_be_put_back(store: Store, tree: xr.DataTree, harm: str) -> None:
    for _ in range(2):
        store.publish("model", tree, {})
    store.publish("another", tree, {})
    index = Path(store.url) / "model" / "repo"
    if harm == "cut":
        cut(index)
    elif harm == "emptied":
        index.write_bytes(b"")
    else:
        index.unlink()
    for ask in (store.current, store.load, lambda name: store.publish(name, tree, {})):
        with pytest.raises(StoredPosteriorError, match="is damaged or missing: copy ") as caught:
            ask("model")
    assert store.load("another") is not None
    copy = str(caught.value).split("is damaged or missing: copy ")[1].split(" there")[0]
    shutil.copy(copy, index)
    assert [one.number for one in store.history("model")] == [1, 2]
    assert digest_of(store.load("model")) == digest_of(tree)
    assert store.publish("model", tree, {}).number == 3
