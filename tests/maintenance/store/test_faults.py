"""What becomes of a store when writers die, meet, fill the disk, or files and clocks go wrong. Nothing here is staged:
processes are killed, disks are full, files are cut."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import integrity
from bayescale.maintenance.store.posteriors import Store
from tests.faults import ROOT, moments, shifted_clock
from tests.maintenance.store.conftest import make_tree
from tests.maintenance.store.writer_processes import Nursery

#: Moments at which writers are killed: one in each part of the time of three publications.
KILLS = (5, pytest.param(12, marks=pytest.mark.slow))
#: Changes of files from one at which a first writer is killed to the next. Its repository is made in seven of them.
STRIDES = (7, pytest.param(1, marks=pytest.mark.slow))


def cut(path: Path) -> bytes:
    """Take the second half of a file away. Returns what it was."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return whole


@pytest.mark.parametrize("kills", KILLS)
def test_killed_at_any_moment_a_writer_leaves_whole_versions(
    nursery: Nursery, store: Store, tree: xr.DataTree, kills: int
) -> None:
    folder, said = Path(store.url), []
    store.publish("model", tree, {"by": "the test"})
    started = time.monotonic()
    assert len(nursery.writer(folder, "model", 1).rest()) == 1
    once = time.monotonic() - started  # of a process: to begin, and to publish
    numbers = [1, 2]
    for share in moments(kills, seed=5):
        writer = nursery.writer(folder, "model", 0)
        time.sleep(share * 3 * once)
        said = writer.kill()
        history = store.history("model")
        assert [one.number for one in history] == list(range(1, len(history) + 1))
        assert {one["id"] for one in said} <= {one.id for one in history}, "what was said to be published is there"
        assert len(history) <= len(numbers) + len(said) + 1, "one at most was published and not yet said"
        assert digest_of(store.load("model")) == history[-1].digest
        numbers = [one.number for one in history]
    assert len(numbers) > 3, "too few were published before they were killed for this to be a test"
    after = store.publish("model", make_tree(3), {"by": "the test"})
    assert after.number == numbers[-1] + 1
    assert digest_of(store.load("model", 1)) == digest_of(tree)
    store.retain("model", keep=1)  # and what they left behind goes
    assert digest_of(store.load("model")) == digest_of(make_tree(3))
    assert len(list((folder / "model" / "snapshots").iterdir())) <= 4


@pytest.mark.parametrize("stride", STRIDES)
def test_killed_before_any_change_of_a_file_a_first_publication_can_be_made_again(
    stepwise: Nursery, tmp_path: Path, tree: xr.DataTree, stride: int
) -> None:
    said, changes = [], 4
    while not said:  # killed before its 4th change of a file, then before a later one, until it lives
        store = Store.create(tmp_path / f"store-{changes}", timeout=20.0)
        said = stepwise.writer(Path(store.url), "model", 1, kill_at=changes).rest()
        history = store.history("model") if "model" in store.models() else ()
        assert len(history) in (len(said), 1)
        after = store.publish("model", tree, {})
        assert after.number == len(history) + 1
        assert store.current("model") == after
        assert store.models() == ("model",)
        assert not integrity.damaged(integrity.verify(store)), f"killed before change {changes}"
        changes += stride
    assert changes > 50, "a first publication makes more changes than were counted"


def test_two_writers_of_one_model_take_turns(nursery: Nursery, store: Store) -> None:
    writers = [nursery.writer(Path(store.url), "model", 4) for _ in range(2)]
    said = [writer.rest() for writer in writers]
    history = store.history("model")
    assert [one.number for one in history] == list(range(1, 9))
    assert {one["id"] for each in said for one in each} == {one.id for one in history}
    assert {one.lineage["by"] for one in history} == {writer.pid for writer in writers}
    assert [one.parent for one in history[1:]] == [one.id for one in history[:-1]]


def test_two_models_are_published_at_once(nursery: Nursery, store: Store) -> None:
    said = [writer.rest() for writer in [nursery.writer(Path(store.url), name, 2) for name in ("one", "two")]]
    assert [[one["number"] for one in each] for each in said] == [[1, 2], [1, 2]]
    assert store.models() == ("one", "two")


def test_of_two_writers_that_follow_one_version_the_later_is_refused(
    nursery: Nursery, store: Store, tree: xr.DataTree
) -> None:
    first = store.publish("model", tree, {})
    writers = [nursery.writer(Path(store.url), "model", 1, parent=1) for _ in range(2)]
    said = [one for writer in writers for one in writer.rest()]
    assert sorted(one.get("number", 0) for one in said) == [0, 2]
    refused = next(one["error"] for one in said if "error" in one)
    assert "version 1 of 'model' is no longer the current version (2 is)" in refused
    assert [one.number for one in store.history("model")] == [1, 2]
    assert store.version("model", 1).id == first.id


def test_a_lock_names_its_holder_and_ends_with_it(nursery: Nursery, store: Store, tree: xr.DataTree) -> None:
    writer = nursery.writer(Path(store.url), "model", 0, hold=True)
    assert writer.next() == {"holding": True}
    with pytest.raises(StoredPosteriorError) as caught:
        Store.open(store.url, timeout=0.2).publish("model", tree, {})
    assert f"process {writer.pid} on " in str(caught.value)
    assert "is writing 'model'" in str(caught.value)
    store.publish("another", tree, {})  # no one waits for another model
    writer.kill()
    assert store.publish("model", tree, {}).number == 1


def test_threads_of_one_process_take_turns(store: Store, tree: xr.DataTree) -> None:
    threads = [threading.Thread(target=store.publish, args=("model", tree, {})) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.number for one in store.history("model")] == [1, 2, 3]


def test_a_file_that_may_not_grow_stops_one_publication_only(nursery: Nursery, store: Store, tree: xr.DataTree) -> None:
    store.publish("model", tree, {})
    writer = nursery.writer(Path(store.url), "model", 1, limit=1500)  # EFBIG, as ENOSPC would come
    (said,) = writer.rest()
    assert f"{store.url}: 'model' cannot be written" in said["error"]
    assert [one.number for one in store.history("model")] == [1]
    assert digest_of(store.load("model")) == digest_of(tree)
    assert store.publish("model", tree, {}).number == 2


FULL = """
import sys
from pathlib import Path
from bayescale.errors import StoredPosteriorError
from bayescale.core import netcdf
from bayescale.maintenance.store.posteriors import Store
from bayescale.core.digests import digest_of
from bayescale.loading import require_whole
disk, tree = Path(sys.argv[1]), netcdf.read(sys.argv[2], require_whole)
store = Store.create(disk / "store")
store.publish("model", tree, {})
filler = disk / "filler"
with filler.open("wb", buffering=0) as stream:
    try:
        while stream.write(bytes(4096)):
            pass
    except OSError:
        pass
for leave in (0, 8, 24, 48):  # KiB: full at one step or another
    with filler.open("ab") as stream:
        stream.truncate(max(0, filler.stat().st_size - 1024 * leave))
    try:
        store.publish("model", tree, {})
    except StoredPosteriorError as error:
        print("refused:", error)
    assert [one.number for one in store.history("model") if one.number == 1] == [1]
    assert digest_of(store.load("model")) == digest_of(tree)
filler.unlink()
before = store.history("model")[-1].number
assert store.publish("model", tree, {}).number == before + 1
store.retain("model", keep=1)
assert digest_of(store.load("model")) == digest_of(tree)
print("whole")
"""


def test_a_full_disk_stops_one_publication_only(tree_file: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("no file system of a given size can be made here without leave")
    script = 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$1" -c "$2" "$0" "$3"'
    command = [*alone, "sh", "-c", script, str(disk), sys.executable, FULL, str(tree_file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "whole"
    assert any("refused:" in line and "No space left on device" in line for line in lines), done.stdout


@pytest.mark.parametrize("schema", [1, 99])
def test_a_posterior_of_another_schema_is_refused_and_others_are_read(
    store: Store, tree: xr.DataTree, schema: int
) -> None:
    foreign = tree.copy()
    foreign.attrs = tree.attrs | {"bayescale_schema": str(schema)}
    store.publish("model", tree, {})
    store.publish("model", foreign, {})
    with pytest.raises(StoredPosteriorError, match=f"version 2 of 'model': this posterior has schema {schema}"):
        store.load("model")
    assert digest_of(store.load("model", 1)) == digest_of(tree)
    assert store.rollback("model", 1).number == 3
    assert digest_of(store.load("model")) == digest_of(tree)


LATE = """
import sys
from bayescale.errors import StoredPosteriorError
from bayescale.core import netcdf
from bayescale.loading import require_whole
from bayescale.maintenance.store.posteriors import Store
store, tree = Store.open(sys.argv[1]), netcdf.read(sys.argv[2], require_whole)
try:
    print("published", store.publish("model", tree, {}).number)
except StoredPosteriorError as error:
    print(error)
"""


def test_a_clock_that_went_back_is_named_and_nothing_is_lost(
    store: Store, tree: xr.DataTree, tree_file: Path, tmp_path: Path
) -> None:
    store.publish("model", tree, {})

    with_clock = os.environ | shifted_clock(tmp_path, -3600)
    command = [sys.executable, "-c", LATE, store.url, str(tree_file)]
    done = subprocess.run(command, cwd=ROOT, env=with_clock, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "the clock went back, or was ahead then" in done.stdout
    assert [one.number for one in store.history("model")] == [1]
    assert store.publish("model", tree, {}).number == 2
    assert digest_of(store.load("model")) == digest_of(tree)
