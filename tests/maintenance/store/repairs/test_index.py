"""Indices restored from their copies in a folder; in a bucket see `tests/maintenance/store/test_s3.py`."""

import shutil
from pathlib import Path

import xarray as xr

from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.repairs import index
from tests.maintenance.store.test_faults import cut


def test_an_index_is_restored_from_its_newest_copy(store: Store, tree: xr.DataTree) -> None:
    for _ in range(2):
        store.publish("model", tree, {})
    assert index.restore_index(store.place, "model", 1.0) == []
    cut(Path(store.url) / "model" / "repo")
    assert not index.index_opens(store.place, "model")
    (note,) = index.restore_index(store.place, "model", 1.0)
    assert "was restored from its copy repo." in note
    assert [version.number for version in store.history("model")] == [1, 2]


def test_an_index_without_copies_stays_as_it_is(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {})
    home = Path(store.url) / "model"
    shutil.rmtree(home / "overwritten")
    cut(home / "repo")
    before = (home / "repo").read_bytes()
    assert index.restore_index(store.place, "model", 1.0) == []
    assert (home / "repo").read_bytes() == before
