"""Objects of a bucket without a bucket; at a real service see `test_s3.py`."""

import sys

import pytest

from bayescale.errors import InputError
from bayescale.maintenance.store import files
from bayescale.maintenance.store.location import read_place
from bayescale.maintenance.store.objects import object_errors, objects_of

BUCKET = read_place("s3://our-posteriors/scaling")


def test_without_obstore_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("obstore", "obstore.store", "obstore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=r"pip install 'bayescale\[remote\]'"):
        objects_of(BUCKET, "pile")
    assert files.file_stamp(BUCKET, "pile") is None


def test_objects_are_those_of_one_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    assert objects_of(BUCKET, "pile").prefix == "scaling/pile"
    assert objects_of(BUCKET, "").prefix == "scaling"
    assert objects_of(read_place("s3://our-posteriors"), "pile").prefix == "pile"


def test_a_service_that_cannot_be_reached_gives_no_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    obstore = pytest.importorskip("obstore")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    assert files.file_stamp(BUCKET, "pile") is None
    with pytest.raises(object_errors()):
        obstore.head(objects_of(BUCKET, "pile"), "repo")
