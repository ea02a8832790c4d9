"""Repairs in a folder: lists of models, histories from readable commits, models moved out of the way."""

import shutil
from pathlib import Path

import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.catalog import CATALOG
from bayescale.maintenance.store.location import Place
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.repairs import history


def test_a_lost_list_of_models_is_made_from_their_folders(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {})
    shutil.rmtree(Path(store.url) / CATALOG)
    assert "It lists model again." in history.restore_catalog(store.place, 1.0)[-1]
    assert Store.open(store.url).models() == ("model",)
    assert history.restore_catalog(store.place, 1.0) == ()


def test_a_history_continues_from_its_last_readable_commit(store: Store, tree: xr.DataTree) -> None:
    for _ in range(2):
        store.publish("model", tree, {})
    assert history.reset_history(store, "model") == ""
    (Path(store.url) / "model" / "snapshots" / store.current("model").id).unlink()
    note = history.reset_history(store, "model")
    assert note is not None
    assert "the draws of version 2 are lost" in note
    assert [(version.number, version.kept) for version in store.history("model")] == [(1, True), (2, False), (3, True)]
    assert digest_of(store.load("model")) == digest_of(tree)


def test_a_model_that_is_set_aside_can_be_published_again(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {})
    assert "moved to _damaged" in history.set_aside(store.place, "model", 1.0)
    (aside,) = (Path(store.url) / history.ASIDE).iterdir()
    assert aside.name.startswith("model-")
    assert store.publish("model", tree, {}).number == 1


def test_nothing_in_a_bucket_is_moved() -> None:
    bucket = Place("s3://our-posteriors", bucket="our-posteriors")
    with pytest.raises(StoredPosteriorError, match="no version of 'model' can be read"):
        history.set_aside(bucket, "model", 1.0)
