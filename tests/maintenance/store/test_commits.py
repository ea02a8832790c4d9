"""Histories follow the order of commits."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import integrity
from bayescale.maintenance.store.commits import create_repository
from bayescale.maintenance.store.posteriors import Store
from tests.maintenance.store.test_faults import cut


def test_a_damaged_memory_of_what_was_given_up_stops_no_publication(store: Store, tree: xr.DataTree) -> None:
    for _ in range(3):
        store.publish("model", tree, {"rows": "x" * 1000})
    store.retain("model", keep=1)
    store.publish("model", tree, {})
    retired = store.history("model")[3]
    assert retired.kind == "retired"
    cut(Path(store.url) / "model" / "snapshots" / retired.id)
    with pytest.raises(StoredPosteriorError, match=f"the record of commit {retired.id}"):
        store.history("model")
    assert digest_of(store.load("model")) == digest_of(tree)
    assert store.publish("model", tree, {}).number == 6


@pytest.mark.parametrize("gone", [("repo",), ("repo", "transactions")])
def test_a_repository_without_commits_and_index_is_created_again(
    store: Store, tree: xr.DataTree, gone: tuple[str, ...]
) -> None:
    create_repository(store.place, "model")  # as of a writer that was killed before the index was there
    home = Path(store.url) / "model"
    for name in gone:
        shutil.rmtree(home / name) if (home / name).is_dir() else (home / name).unlink()
    assert store.publish("model", tree, {}).number == 1
    assert digest_of(store.load("model")) == digest_of(tree)
    assert not integrity.damaged(integrity.verify(store))


@pytest.mark.parametrize("folder", ["overwritten", "manifests", "chunks"])
def test_a_repository_with_other_files_is_not_created_again(store: Store, tree: xr.DataTree, folder: str) -> None:
    create_repository(store.place, "model")
    home = Path(store.url) / "model"
    (home / "repo").unlink()
    (home / folder).mkdir(exist_ok=True)
    (home / folder / "N0T0N3").write_bytes(b"x")
    with pytest.raises(StoredPosteriorError, match="clean prefixes"):
        store.publish("model", tree, {})
    assert not (home / "repo").exists()


def test_history_follows_ancestry_whatever_the_clock_said(store: Store, tree: xr.DataTree) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    times = [noon, noon - timedelta(hours=3), noon - timedelta(days=400), noon + timedelta(hours=1)]
    made = [store.publish("model", tree, {"turn": turn}, now=now) for turn, now in enumerate(times)]
    history = store.history("model")
    assert [one.number for one in history] == [1, 2, 3, 4]
    assert [one.time for one in history] == times
    assert [one.lineage["turn"] for one in history] == [0, 1, 2, 3]
    assert store.current("model").id == made[-1].id
    assert store.version("model", noon).number == 3, "the last in ancestry among those published by then"
    assert store.version("model", noon - timedelta(days=500) + timedelta(days=101)).number == 3
