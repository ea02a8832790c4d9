"""The list of models, and stores of other schemas."""

import shutil
from pathlib import Path

import pytest
import xarray as xr

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.catalog import CATALOG, SCHEMA, SCHEMA_KEY, is_store
from bayescale.maintenance.store.commits import create_repository
from bayescale.maintenance.store.location import read_place
from bayescale.maintenance.store.posteriors import Store


def test_a_repository_that_a_dead_writer_left_unlisted_is_taken_up(store: Store, tree: xr.DataTree) -> None:
    create_repository(store.place, "pile")
    assert store.models() == ()
    assert store.history("pile") == ()
    store.publish("pile", tree, {})
    assert store.models() == ("pile",)


@pytest.mark.parametrize("left", [("snapshots",), ("snapshots", "transactions"), ("snapshots", "transactions", "repo")])
def test_a_store_whose_creation_was_interrupted_is_created(
    tmp_path: Path, tree: xr.DataTree, left: tuple[str, ...]
) -> None:
    place = read_place(tmp_path / "store")
    create_repository(place, CATALOG)  # without its metadata, which are written next
    for part in (tmp_path / "store" / CATALOG).iterdir():
        if part.name not in left:
            shutil.rmtree(part) if part.is_dir() else part.unlink()
    assert not is_store(place)
    store = Store.open_or_create(place.url)
    store.publish("pile", tree, {})
    assert Store.open(place.url).models() == ("pile",)


def test_stores_that_are_not_there(tmp_path: Path, tree: xr.DataTree) -> None:
    with pytest.raises(StoredPosteriorError, match=r"there is no store at .*: `bayescale refit MODELS --store"):
        Store.open(tmp_path / "store")
    assert not (tmp_path / "store").exists(), "looking makes nothing"
    made = Store.create(tmp_path / "store")
    with pytest.raises(StoredPosteriorError, match="is a store already"):
        Store.create(tmp_path / "store")
    assert Store.open_or_create(tmp_path / "store") == made == Store.open(str(tmp_path / "store"))
    assert Store.open_or_create(tmp_path / "deep" / "er").models() == ()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoredPosteriorError, match="cannot be"):
        Store.open_or_create(tmp_path / "file")


@pytest.mark.parametrize("schema", [0, SCHEMA + 1])
def test_a_store_of_another_schema_is_refused(store: Store, tree: xr.DataTree, schema: int) -> None:
    store.publish("model", tree, {})
    create_repository(store.place, CATALOG).handle.update_metadata({SCHEMA_KEY: schema})
    with pytest.raises(StoredPosteriorError, match=f"has schema {schema}, and this version .* reads schema {SCHEMA}"):
        Store.open(store.url)
    with pytest.raises(StoredPosteriorError, match=f"has schema {schema}"):
        Store.open_or_create(store.url)
