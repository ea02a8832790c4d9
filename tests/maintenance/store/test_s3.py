"""The same store at an S3-compatible service: Moto's, where it is installed (`make services`)."""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import xarray as xr
import zarr

from bayescale.core.digests import digest_of
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.scrub import COPIES, scrub, secrets_of
from bayescale.maintenance.store import catalog, integrity
from bayescale.maintenance.store.commits import create_repository
from bayescale.maintenance.store.files import FOLDER, file_stamp, is_verified
from bayescale.maintenance.store.location import read_place
from bayescale.maintenance.store.objects import content_of, listed_objects, objects_of, put_object
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.repairs.history import restore_catalog
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


def names_in(objects: Any, folder: str) -> list[str]:
    return sorted(entry["path"] for entry in listed_objects(objects, folder))


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
            obstore.put(objects_of(place, inside.parts[0]), "/".join(inside.parts[1:]) or inside.name, path)
    store = Store.open(place.url)
    assert HUSH in everything(store, "told")
    store.pin("told", store.current("told").number)  # Icechunk keeps a copy of the index it overwrites
    copies = names_in(objects_of(place, "told"), COPIES)
    digest = digest_of(store.load("told"))
    assert copies
    assert scrub(store) == {"told": 1}
    assert HUSH not in everything(store, "told")
    assert not secrets_of(store, "told")
    assert not set(copies) & set(names_in(objects_of(place, "told"), COPIES))
    assert len(names_in(objects_of(place, "told"), "snapshots")) == 2
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
    objects = objects_of(store.place, "pile")
    for name in names_in(objects, folder):
        if empty:
            obstore.put(objects, name, b"")
        else:
            obstore.delete(objects, name)
    fresh = Store.open(url)
    assert integrity.damaged(integrity.verify(fresh))
    with pytest.raises(StoredPosteriorError):
        fresh.load("pile")


def test_an_unchanged_posterior_is_read_once_in_a_day(bucket: str, hashed: list[int]) -> None:
    pytest.importorskip("obstore")
    store = Store.open_or_create(f"{bucket}/unchanged")
    store.publish("pile", make_tree(1), {})
    for _ in range(3):
        assert integrity.health_of(store, "pile", True) == integrity.Health(tuple(store.history("pile")))
    assert hashed == [1]
    store.publish("pile", make_tree(2), {})
    assert integrity.health_of(store, "pile", True).harm == ""
    assert hashed == [1, 2]
    record = content_of(objects_of(store.place, FOLDER), "pile.json")
    put_object(objects_of(store.place, FOLDER), "pile.json", record[:-9])
    assert integrity.health_of(store, "pile", True).harm == ""
    assert hashed == [1, 2, 2], "what is remembered is damaged"


def test_an_object_written_again_at_the_same_size_is_read_again(bucket: str, hashed: list[int]) -> None:
    pytest.importorskip("obstore")
    store = Store.open_or_create(f"{bucket}/rewritten")
    store.publish("pile", make_tree(1), {})
    assert integrity.health_of(store, "pile", True).harm == ""
    before = file_stamp(store.place, "pile")
    assert before is not None
    assert is_verified(store.place, "pile", before)
    objects = objects_of(store.place, "pile")
    (manifest,) = names_in(objects, "manifests")
    content = bytearray(content_of(objects, manifest))
    content[len(content) // 2] ^= 1
    put_object(objects, manifest, bytes(content))
    health = integrity.health_of(Store.open(store.url), "pile", True)
    assert "the posterior of version 1 is damaged or missing" in health.harm
    assert hashed == [1, 1]


def test_where_objects_cannot_be_listed_posteriors_are_read_each_time(
    bucket: str, hashed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open_or_create(f"{bucket}/plain")
    store.publish("pile", make_tree(1), {})
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    monkeypatch.setitem(sys.modules, "obstore.exceptions", None)
    for _ in range(2):
        assert integrity.health_of(store, "pile", True).harm == ""
    assert hashed == [1, 1]


@pytest.mark.parametrize("content", [None, b"", b"ICE", "half"])
def test_a_damaged_index_is_restored_with_every_version(bucket: str, content: bytes | str | None) -> None:
    obstore = pytest.importorskip("obstore")
    store = Store.open_or_create(f"{bucket}/index-{content!r:.4}".replace("'", ""))
    trees = [make_tree(seed) for seed in (1, 2)]
    for tree in trees:
        store.publish("pile", tree, {})
    objects = objects_of(store.place, "pile")
    whole = content_of(objects, "repo")
    if content is None:
        obstore.delete(objects, "repo")
    else:
        put_object(objects, "repo", whole[: len(whole) // 2] if isinstance(content, str) else content)
    fresh = Store.open(store.url)
    (finding,) = integrity.damaged(integrity.verify(fresh))
    assert (finding.model, finding.part) == ("pile", "history")
    with pytest.raises(StoredPosteriorError):
        integrity.health_of(fresh, "pile", repair_damage=False)
    health = integrity.health_of(fresh, "pile", repair_damage=True)
    assert "was restored from its copy repo." in health.notes[0]
    assert [version.number for version in health.history] == [1, 2]
    assert [digest_of(fresh.load("pile", number)) for number in (1, 2)] == [digest_of(tree) for tree in trees]
    assert fresh.publish("pile", trees[0], {}).number == 3
    assert not integrity.damaged(integrity.verify(fresh))
    assert integrity.health_of(fresh, "pile", repair_damage=True).notes == ()


def test_an_index_is_not_restored_from_a_copy_that_lacks_a_commit(bucket: str) -> None:
    obstore = pytest.importorskip("obstore")
    store = Store.open_or_create(f"{bucket}/older")
    for seed in (1, 2):
        store.publish("pile", make_tree(seed), {})
    objects = objects_of(store.place, "pile")
    newest, *earlier = names_in(objects, COPIES)
    assert earlier
    obstore.delete(objects, [newest, "repo"])  # as a release left it that made no copy after a commit
    with pytest.raises(StoredPosteriorError, match=f"its newest copy {earlier[0]} may lack the last commit"):
        integrity.health_of(Store.open(store.url), "pile", repair_damage=True)
    assert "repo" not in {entry["path"] for entry in listed_objects(objects)}


def test_a_bucket_without_index_and_copies_is_not_made_anew_in_silence(bucket: str) -> None:
    obstore = pytest.importorskip("obstore")
    store = Store.open_or_create(f"{bucket}/index")
    store.publish("pile", make_tree(1), {})
    objects = objects_of(store.place, "pile")
    obstore.delete(objects, ["repo", *names_in(objects, COPIES)])
    with pytest.raises(StoredPosteriorError):
        integrity.health_of(Store.open(store.url), "pile", repair_damage=True)
    with pytest.raises(StoredPosteriorError, match="clean prefixes"):
        Store.open(store.url).publish("pile", make_tree(1), {})


def test_a_damaged_list_of_models_is_restored_from_its_copy_and_the_models(bucket: str) -> None:
    obstore = pytest.importorskip("obstore")
    store = Store.open_or_create(f"{bucket}/list")
    for name in ("pile", "code"):
        store.publish(name, make_tree(1), {})
    obstore.delete(objects_of(store.place, catalog.CATALOG), "repo")
    with pytest.raises(StoredPosteriorError, match="there is no store"):
        Store.open(store.url)
    notes = restore_catalog(store.place, 1.0)
    assert "The index of '_catalog' was damaged or missing" in notes[0]
    assert Store.open(store.url).models() == ("code", "pile")
    assert restore_catalog(store.place, 1.0) == ()


def test_an_interrupted_creation_in_a_bucket_is_finished(bucket: str) -> None:
    obstore = pytest.importorskip("obstore")
    store = Store.open_or_create(f"{bucket}/begun")
    create_repository(store.place, "pile")
    obstore.delete(objects_of(store.place, "pile"), "repo")
    assert store.publish("pile", make_tree(1), {}).number == 1
    assert digest_of(store.load("pile")) == digest_of(make_tree(1))
