"""Every part of a store is checked, and each finding names its model, version and part."""

import shutil
from pathlib import Path

import pytest
import xarray as xr

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import integrity
from bayescale.maintenance.store.posteriors import Store
from tests.maintenance.store.test_faults import cut
from tests.maintenance.store.test_forecast_log import forecasts
from tests.maintenance.store.test_reading import wide


def test_verify_lists_every_part(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {}, ledger=forecasts())
    findings = integrity.verify(store)
    parts = [(finding.version, finding.part) for finding in findings]
    assert parts == [(None, "history"), (1, "record"), (1, "posterior"), (None, "forecast log")]
    assert integrity.damaged(findings) == ()


def test_a_damaged_chunk_is_a_finding_of_its_version(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {})
    store.publish("model", wide(tree), {})
    cut(max((Path(store.url) / "model" / "chunks").iterdir(), key=lambda path: path.stat().st_size))
    (finding,) = integrity.damaged(integrity.verify(store))
    assert (finding.model, finding.version, finding.part) == ("model", 2, "posterior")


def test_health_of_a_missing_model_is_empty(store: Store) -> None:
    assert integrity.health_of(store, "model", True) == integrity.Health()


def test_without_repair_a_damaged_index_is_raised(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {})
    cut(Path(store.url) / "model" / "repo")
    with pytest.raises(StoredPosteriorError, match="is damaged or missing"):
        integrity.health_of(store, "model", False)


def test_lost_manifests_are_reported_and_the_history_continues(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {})
    shutil.rmtree(Path(store.url) / "model" / "manifests")
    assert "version 1 is damaged or missing" in integrity.health_of(store, "model", True).harm
    assert store.publish("model", tree, {}).number > 1
