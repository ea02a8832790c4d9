"""Files that were verified are hashed again only where they may have changed."""

import os
from pathlib import Path

import pytest
import xarray as xr

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import files, integrity
from bayescale.maintenance.store.posteriors import Store
from tests.maintenance.store.test_reading import wide


def flip_a_bit(path: Path) -> None:
    """Change a file in place, and set its time of modification back."""
    state = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def chunk_of(store: Store) -> Path:
    (chunk,) = (Path(store.url) / "model" / "chunks").iterdir()
    return chunk


def test_unchanged_files_are_hashed_once(store: Store, tree: xr.DataTree, hashed: list[int]) -> None:
    store.publish("model", tree, {})
    for _ in range(3):
        assert integrity.health_of(store, "model", True).harm == ""
    assert hashed == [1]
    store.publish("model", tree, {})
    assert [version.number for version in integrity.health_of(store, "model", True).history] == [1, 2]
    assert hashed == [1, 2]


def test_a_changed_byte_is_found_though_size_and_time_are_equal(
    store: Store, tree: xr.DataTree, hashed: list[int]
) -> None:
    store.publish("model", wide(tree), {})
    assert integrity.health_of(store, "model", True).harm == ""
    flip_a_bit(chunk_of(store))
    assert "version 1 is damaged or missing" in integrity.health_of(store, "model", True).harm
    assert "version 1 is damaged or missing" in integrity.health_of(store, "model", True).harm, "it is not remembered"
    assert hashed == [1, 1, 1]


def test_damage_that_changes_no_time_is_found_by_verify_and_within_a_day(
    store: Store, tree: xr.DataTree, hashed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.publish("model", wide(tree), {})
    integrity.health_of(store, "model", True)
    flip_a_bit(chunk_of(store))
    stamp = files.file_stamp(store.place, "model")
    assert stamp is not None
    files.remember_verified(store.place, "model", stamp, stamp.changed)  # as if the disk had lost the bit
    assert integrity.health_of(store, "model", True).harm == ""
    assert [finding.part for finding in integrity.damaged(integrity.verify(store))] == ["posterior"]
    monkeypatch.setattr(files, "MAX_AGE_SECONDS", 0.0)
    assert "version 1 is damaged or missing" in integrity.health_of(store, "model", True).harm


def test_files_that_were_just_written_are_not_remembered(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {})
    integrity.health_of(store, "model", True)
    assert not (Path(store.url) / files.FOLDER).exists()


def test_a_check_without_repair_writes_nothing(store: Store, tree: xr.DataTree, hashed: list[int]) -> None:
    store.publish("model", tree, {})
    integrity.health_of(store, "model", False)
    integrity.health_of(store, "model", False)
    assert hashed == [1, 1]
    assert not (Path(store.url) / files.FOLDER).exists()


def test_a_second_writer_waits_no_longer_than_its_timeout(tmp_path: Path) -> None:
    with (
        files.write_lock(tmp_path, "model", 1.0),
        pytest.raises(StoredPosteriorError, match=f"process {os.getpid()} on .* is writing 'model'"),
        files.write_lock(tmp_path, "model", 0.05),
    ):
        pytest.fail("two writers hold one lock")
    with files.write_lock(tmp_path, "another", 0.05), files.write_lock(tmp_path, "model", 0.05):
        assert files.files_of(tmp_path) == {"_locks/another.lock", "_locks/model.lock"}
