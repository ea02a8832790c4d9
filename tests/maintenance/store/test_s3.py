"""The same store at an S3-compatible service: Moto's, where it is installed (`make services`)."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import xarray as xr
import zarr

from bayescale.core.digests import digest_of
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.scrub import COPIES, _object_names, _objects_of, scrub, secrets_of
from bayescale.maintenance.store import catalog, integrity
from bayescale.maintenance.store.location import read_place
from bayescale.maintenance.store.posteriors import Store
from tests.data.sources import real_servers
from tests.maintenance.store.conftest import make_tree
from tests.maintenance.test_scrub import HUSH, RELEASE_0_1, everything


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    port = real_servers.free_port()
    address = f"http://127.0.0.1:{port}"
    command = [real_servers.program("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with real_servers.running(command, lambda: real_servers.answers(port), 120), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        urlopen(Request(f"{address}/posteriors", method="PUT")).close()
        yield "s3://posteriors/team"


def test_publish_load_history_pin_retain(bucket: str) -> None:
    with pytest.raises(StoredPosteriorError, match="there is no store at s3://posteriors/team/a"):
        Store.open(f"{bucket}/a")
    store = Store.open_or_create(f"{bucket}/a")
    trees = [make_tree(seed) for seed in (1, 2, 3)]
    for tree in trees:
        store.publish("pile", tree, {"rows": ["x" * 500]})
    assert Store.open(f"{bucket}/a").models() == ("pile",)
    assert [digest_of(store.load("pile", n)) for n in (1, 2, 3)] == [digest_of(tree) for tree in trees]
    assert store.current("pile").lineage["rows"] == ["x" * 500]
    store.pin("pile", 1)
    assert [one.number for one in store.retain("pile", keep=1)] == [2]
    assert [(one.number, one.kept) for one in store.history("pile")][:3] == [(1, True), (2, False), (3, True)]
    assert digest_of(store.load("pile", 1)) == digest_of(trees[0])


def test_of_two_writers_at_once_one_is_refused(bucket: str, tree: xr.DataTree) -> None:
    store = Store.open_or_create(f"{bucket}/b")
    first = store.publish("pile", tree, {})

    def too_late() -> None:
        with catalog.locked_repository(store.place, "pile", 1.0) as repository:
            session = repository.handle.writable_session("main")
            zarr.open_group(session.store, path="late", mode="w")
            store.publish("pile", tree, {}, parent=first)
            session.commit("too late")

    with pytest.raises(StoredPosteriorError, match="another writer published first, and nothing of this was stored"):
        too_late()
    assert [one.number for one in store.history("pile")] == [1, 2]


def test_a_bucket_that_is_not_there(bucket: str) -> None:
    with pytest.raises(StoredPosteriorError, match="no-such-bucket"):
        Store.create("s3://no-such-bucket/x")


def test_a_scrub_removes_passwords_and_the_copies_of_indices_that_hold_them(bucket: str, tmp_path: Path) -> None:
    obstore = pytest.importorskip("obstore")
    place = read_place(f"{bucket}/old")
    with zipfile.ZipFile(RELEASE_0_1) as archive:
        archive.extractall(tmp_path)
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file():
            inside = path.relative_to(tmp_path / "store")
            obstore.put(_objects_of(place, inside.parts[0]), "/".join(inside.parts[1:]) or inside.name, path)
    store = Store.open(place.url)
    assert HUSH in everything(store, "told")
    store.pin("told", store.current("told").number)  # Icechunk keeps a copy of the index it overwrites
    copies = _object_names(_objects_of(place, "told"), COPIES)
    digest = digest_of(store.load("told"))
    assert copies
    assert scrub(store) == {"told": 1}
    assert HUSH not in everything(store, "told")
    assert not secrets_of(store, "told")
    assert not set(copies) & set(_object_names(_objects_of(place, "told"), COPIES))
    assert len(_object_names(_objects_of(place, "told"), "snapshots")) == 2
    assert digest_of(store.load("told")) == digest
    assert not integrity.damaged(integrity.verify(store))


@pytest.mark.parametrize("folder", ["manifests", "snapshots"])
@pytest.mark.parametrize("empty", [True, False])
def test_damage_in_a_bucket_is_found_and_named(bucket: str, folder: str, empty: bool) -> None:
    obstore = pytest.importorskip("obstore")
    url = f"{bucket}/{folder}-{empty}"
    store = Store.open_or_create(url)
    for seed in (1, 2):
        store.publish("pile", make_tree(seed), {})
    objects = _objects_of(store.place, "pile")
    for name in _object_names(objects, folder):
        if empty:
            obstore.put(objects, name, b"")
        else:
            obstore.delete(objects, name)
    fresh = Store.open(url)
    assert integrity.damaged(integrity.verify(fresh))
    with pytest.raises(StoredPosteriorError):
        fresh.load("pile")


def test_a_bucket_without_its_index_is_not_made_anew_in_silence(bucket: str) -> None:
    obstore = pytest.importorskip("obstore")
    url = f"{bucket}/index"
    store = Store.open_or_create(url)
    store.publish("pile", make_tree(1), {})
    obstore.delete(_objects_of(store.place, "pile"), "repo")
    fresh = Store.open(url)
    (finding,) = integrity.damaged(integrity.verify(fresh))
    assert (finding.model, finding.part) == ("pile", "history")
    with pytest.raises(StoredPosteriorError):
        integrity.health_of(fresh, "pile", repair_damage=True)
