"""Addresses: what may be one, and that no credential ever stands in it."""

import os
from pathlib import Path

import pytest

from bayescale.errors import InputError
from bayescale.maintenance.store.location import endpoint_of, read_place


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_place("store").folder == tmp_path / "store"
    assert read_place(tmp_path / "store") == read_place("store")
    assert read_place("~/store").folder == Path("~/store").expanduser()
    assert read_place("store").url == os.fspath(tmp_path / "store")


def test_buckets() -> None:
    place = read_place("s3://our-posteriors/scaling//laws/")
    assert (place.bucket, place.prefix, place.folder) == ("our-posteriors", "scaling/laws", None)
    assert place.url == "s3://our-posteriors/scaling/laws"
    assert read_place("s3://our-posteriors").url == "s3://our-posteriors"


@pytest.mark.parametrize(
    "url",
    [
        "s3://AKIA123:hunter2@bucket/prefix",
        "s3://hunter2@bucket/prefix",
        "s3://bucket/prefix?secret=hunter2",
        "s3://bucket/prefix#hunter2",
        "s3://bucket:hunter2/prefix",
    ],
)
def test_credentials_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError, match="come from the environment") as caught:
        read_place(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["gs://bucket/x", "https://host/x", "file:///x", "s3:/bucket/x", "az://x"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"is not supported: give a folder's path, or s3://bucket/prefix"):
        read_place(url)


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///x", "s3://Bucket/x", "s3://b/x", "s3://bucket/../x", "s3://bucket/./x"]
)
def test_addresses_without_a_bucket(url: str) -> None:
    with pytest.raises(InputError, match="is no address of a bucket"):
        read_place(url)


@pytest.mark.parametrize("url", ["", "  "])
def test_no_address(url: str) -> None:
    with pytest.raises(InputError, match="the address of a store is blank"):
        read_place(url)


def test_an_endpoint_comes_from_the_environment() -> None:
    assert endpoint_of({}) is None
    assert endpoint_of({"AWS_ENDPOINT_URL": "http://minio:9000"}) == "http://minio:9000"
    both = {"AWS_ENDPOINT_URL": "http://minio:9000", "AWS_ENDPOINT_URL_S3": "https://s3.example"}
    assert endpoint_of(both) == "https://s3.example"
    with pytest.raises(InputError, match="AWS_ENDPOINT_URL contains credentials") as caught:
        endpoint_of({"AWS_ENDPOINT_URL": "http://me:hunter2@minio:9000"})
    assert "hunter2" not in str(caught.value)
