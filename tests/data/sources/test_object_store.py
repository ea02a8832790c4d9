"""Files in S3, spoken to for real: Moto serves the protocol on the loopback interface."""

import socket
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from bayescale.data.sources import Files, SourceError, TensorBoard, read_source, runs_of
from bayescale.errors import InputError
from tests.data.sources import real_servers

HEADER = "family,run,n_params,loss\n"
SECRET = "hushhush/hush"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str | None], None]]:
    """A way to put (or, without content, delete) objects, as those who own them would."""
    pytest.importorskip("fsspec")
    S3Store = pytest.importorskip("obstore.store").S3Store
    port = real_servers.free_port()
    url = f"http://127.0.0.1:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "me",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)

    command = [real_servers.program("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with real_servers.running(command, lambda: real_servers.answers(port), 120):
        urllib.request.urlopen(urllib.request.Request(f"{url}/bucket", method="PUT"), timeout=20).close()
        bucket = S3Store("bucket", client_options={"allow_http": True})

        def put(key: str, content: str | None) -> None:
            if content is None:
                bucket.delete(key)
            else:
                bucket.put(key, content.encode())

        yield put


def test_a_bucket_is_read_as_a_folder_is(store: Callable[[str, str | None], None]) -> None:
    store("runs/a.csv", HEADER + "a,1,1e8,3.1\n")
    store("runs/deep/b.csv", HEADER + "b,1,1e8,3.3\n")
    store("runs/notes.txt", "not a table")
    source = Files("s3://bucket/runs/**/*.csv")
    first = read_source(source)
    assert runs_of(first).table["loss"].tolist() == [3.1, 3.3]
    assert list(first.rows["source_file"]) == ["a.csv", "deep/b.csv"]
    assert read_source(source, since=first).fresh == ()
    store("runs/a.csv", HEADER + "a,1,1e8,3.2\n")
    store("runs/c.csv", HEADER + "c,1,1e8,3.0\n")
    store("runs/deep/b.csv", None)
    second = read_source(source, since=first)
    assert second.fresh == ("s3://bucket/runs/a.csv", "s3://bucket/runs/c.csv")
    assert second.digest == read_source(source).digest
    assert second.rows["family"].tolist() == ["a", "c"]
    assert read_source(Files("s3://bucket/runs/c.csv")).rows["family"].tolist() == ["c"]
    with pytest.raises(InputError, match=r"no file matches this pattern\. In .* there is a\.csv, c\.csv, notes\.txt"):
        read_source(Files("s3://bucket/runs/*.parquet"))
    with pytest.raises(InputError, match="there is no such file"):
        read_source(Files("s3://bucket/runs/z.csv"))
    for wrong in (Files("s3://elsewhere/*.csv"), Files("s3://elsewhere/a.csv")):
        with pytest.raises(SourceError, match="cannot be reached") as caught:
            read_source(wrong)
        assert SECRET not in str(caught.value)
    store("runs/a.csv", HEADER + 'a,"1,1e8,3.2\n')
    with pytest.raises(InputError, match=r"s3://bucket/runs/a\.csv: line 2 is not CSV"):
        read_source(source)
    pytest.importorskip("tensorboard")
    with pytest.raises(InputError, match="no file matches"):
        read_source(TensorBoard("s3://bucket/runs"))


def test_a_store_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    pytest.importorskip("fsspec")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        with pytest.raises(SourceError, match="cannot be reached"):
            read_source(Files("s3://bucket/a.csv", timeout=0.5))


def test_a_store_that_is_down_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    pytest.importorskip("fsspec")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{real_servers.free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    for address in ("s3://bucket/a.csv", "s3://bucket/*.csv"):
        with pytest.raises(SourceError, match="cannot be reached, or not with these credentials") as caught:
            read_source(Files(address, timeout=1.0))
        assert SECRET not in str(caught.value)
