"""Passwords that release 0.1 kept with every version are gone after a scrub, and nothing else is."""

import zipfile
from pathlib import Path

import pytest
import xarray as xr
from typer.testing import CliRunner

from bayescale.cli import app
from bayescale.core.digests import digest_of
from bayescale.maintenance.scrub import secrets_of
from bayescale.maintenance.store import integrity
from bayescale.maintenance.store.posteriors import Store

RELEASE_0_1 = Path(__file__).parents[1] / "fixtures" / "release_0_1.zip"
HUSH = "hush-hush"


@pytest.fixture
def old(tmp_path: Path) -> Store:
    with zipfile.ZipFile(RELEASE_0_1) as archive:
        archive.extractall(tmp_path)
    return Store.open(tmp_path / "store")


def everything(store: Store, name: str) -> str:
    """Whatever a model's repository says: records, index, operations."""
    from bayescale.maintenance.store import catalog

    handle = catalog.model_repository(store.place, name).handle
    parts: list[object] = [dict(one.lineage) for one in store.history(name)]
    parts += [store.history(name), handle.metadata, handle.inspect_repo_info(), list(handle.ops_log())]
    parts += [handle.inspect_snapshot(one.id) for one in handle.ancestry(branch="main")]
    return str(parts)


def test_a_password_is_removed_and_all_else_stays(old: Store) -> None:
    assert HUSH in everything(old, "told")
    before = {name: (old.current(name), digest_of(old.load(name, None, lambda tree: None))) for name in old.models()}
    done = CliRunner().invoke(app, ["scrub", old.url])
    assert done.exit_code == 0
    assert "told: 1 version rewritten without secrets" in done.output
    assert HUSH not in done.output
    assert HUSH not in everything(old, "told")
    assert not secrets_of(old, "told")
    after = old.current("told")
    assert after.lineage["spec"]["data"]["sql"]["url"] == "sqlite:///runs.db"
    assert (after.number, after.time, after.digest) == tuple(
        getattr(before["told"][0], name) for name in ("number", "time", "digest")
    )
    for name, (version, digest) in before.items():
        assert digest_of(old.load(name, None, lambda tree: None)) == digest
        assert old.current(name).number == version.number
    assert not integrity.damaged(integrity.verify(old))
    folder = Path(old.url) / "told"
    assert len(list((folder / "snapshots").iterdir())) == 2, "the old snapshots are gone"
    assert "no record contains a secret" in CliRunner().invoke(app, ["scrub", old.url]).output


def test_a_long_history_with_notes_pins_and_retired_versions(store: Store, tree: xr.DataTree) -> None:
    address = f"postgresql://reader:{HUSH}@host/runs"
    lineage = {"spec": {"data": {"sql": {"url": address}}}, "why": f"because of {HUSH}", "rows": {"a": [["b", 1.0]]}}
    store.publish("model", tree, lineage)
    store.pin("model", 1)
    for _ in range(3):
        store.publish("model", tree, lineage)
    store.note("model", lineage, message=f"failed with {HUSH}")
    store.retain("model", keep=1)
    store.publish("model", tree, lineage)
    numbers = [(one.number, one.kind, one.pinned, one.kept) for one in store.history("model")]
    assert HUSH in everything(store, "model")
    CliRunner().invoke(app, ["scrub", store.url], catch_exceptions=False)
    assert HUSH not in everything(store, "model")
    assert [(one.number, one.kind, one.pinned, one.kept) for one in store.history("model")] == numbers
    for number in (1, store.current("model").number):
        assert digest_of(store.load("model", number)) == digest_of(tree)
    assert store.publish("model", tree, {}).number == numbers[-1][0] + 1
    history = store.history("model")
    assert history[-1].parent == history[-2].id
