"""The same store at an S3-compatible service: Moto's, where it is installed (`make services`)."""

from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest
import xarray as xr
import zarr

from bayescale.core.digests import digest_of
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store import catalog
from bayescale.maintenance.store.posteriors import Store
from tests.data.sources import servers
from tests.maintenance.store.conftest import make_tree


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    port = servers.free_port()
    address = f"http://127.0.0.1:{port}"
    command = [servers.program("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with servers.running(command, lambda: servers.answers(port), 120), pytest.MonkeyPatch.context() as patch:
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
        with catalog.changing(store.place, "pile", 1.0) as repository:
            session = repository.handle.writable_session("main")
            zarr.open_group(session.store, path="late", mode="w")
            store.publish("pile", tree, {}, parent=first)
            session.commit("too late")

    with pytest.raises(StoredPosteriorError, match="another writer was faster; nothing of this was kept"):
        too_late()
    assert [one.number for one in store.history("pile")] == [1, 2]


def test_a_bucket_that_is_not_there(bucket: str) -> None:
    with pytest.raises(StoredPosteriorError, match="no-such-bucket"):
        Store.create("s3://no-such-bucket/x")
