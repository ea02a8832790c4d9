"""JSON over HTTP: credentials are sent as headers alone, and every fault is a SourceError within the deadline."""

import time

import pytest

from bayescale.data.sources import MLflow, read_source
from bayescale.data.sources.credentials import opened
from bayescale.data.sources.services.rest import Refused, server
from bayescale.errors import InputError, SourceError
from tests.data.sources import hostile_servers
from tests.data.sources.hostile_servers import Behaviour, answers, as_json, serving


def test_user_and_password_become_a_basic_header() -> None:
    """The example of RFC 7617, section 2."""
    uri = opened("https://Aladdin:open%20sesame@host:81/mlflow/?a=b", "uri")
    connection = server(uri, opened("", "token"), "https://host:81/mlflow/", 1.0)
    assert connection.headers["Authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert connection.address == "https://host:81/mlflow"
    assert "Aladdin" not in repr(connection)
    token = server(uri, opened("abc.def", "token"), "https://host", 1.0)
    assert token.headers["Authorization"] == "Bearer abc.def"
    assert "abc.def" not in repr(token)


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        ("401 Unauthorized", SourceError, "the server refuses these credentials (401: no hush-hush"),
        ("429 Too Many Requests", SourceError, "the server answers 429"),
        ("503 Service Unavailable", SourceError, "the server answers 503"),
        ("404 Not Found", Refused, "no"),
    ],
)
def test_a_refusal_gives_its_status_and_no_secret(status: str, error: type[Exception], says: str) -> None:
    body = b'{"error_code": "NOT_THERE", "message": "no hush-hush"}'
    with serving(answers(body, status)) as address, pytest.raises(error) as caught:
        server(opened(address, "uri"), opened("hush-hush", "token"), address, 5.0).get("path", {})
    assert "hush" not in str(caught.value)
    assert says.replace("hush-hush", "***") in str(caught.value)
    if isinstance(caught.value, Refused):
        assert (caught.value.status, caught.value.code) == (404, "NOT_THERE")


def test_queries_and_bodies_are_encoded() -> None:
    requests: list[bytes] = []

    def record(connection: object, request: bytes) -> None:
        requests.append(request)
        as_json({"a": 1})(connection, request)  # type: ignore[arg-type]

    with serving(record) as address:
        connection = server(opened(address, "uri"), opened("", "token"), address, 5.0)
        assert connection.get("runs/get", {"name": "a b&c"}) == {"a": 1}
        assert connection.post("runs/search", {"max": 2}) == {"a": 1}
    assert requests[0].startswith(b"GET /runs/get?name=a+b%26c HTTP/1.1\r\n")
    assert requests[1].startswith(b"POST /runs/search HTTP/1.1\r\n")


LIMIT = 0.4  # seconds


LATE: dict[str, Behaviour] = {
    "silence": hostile_servers.silence,
    "dribbling headers": hostile_servers.dribble_headers,
    "a dribbling body": hostile_servers.dribble_body,
}


BROKEN: dict[str, Behaviour] = {
    "hanging up": hostile_servers.hang_up,
    "a reset": hostile_servers.reset,
    "endless headers": hostile_servers.endless_headers,
    "nonsense": hostile_servers.nonsense,
    "a cut body": hostile_servers.cut_body,
    "a redirect": hostile_servers.redirecting,
    "no JSON": answers(b"<html>"),
    "a list": as_json([1, 2]),
    "brackets nested 100,000 deep": answers(b"[" * 100_000),
    "objects nested 100,000 deep": answers(b'{"a":' * 100_000),
    "bytes that are no text": answers(b"\xff\xfe{}"),
    "a number of 5,000 digits": answers(b'{"a": ' + b"9" * 5_000 + b"}"),
    "a refusal that is no JSON": answers(b"\x00\xff", "500 Oh"),
    "a refusal nested deep": answers(b"[" * 100_000, "404 Not Found"),
}


@pytest.mark.parametrize("what", LATE)
def test_a_late_answer_ends_at_the_deadline(what: str) -> None:
    with serving(LATE[what]) as address:
        began = time.monotonic()
        with pytest.raises(SourceError, match=r"no whole answer within 0\.4 s"):
            server(opened(address, "uri"), opened("", "token"), address, LIMIT).get("path", {})
        assert time.monotonic() - began < LIMIT + 5


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_answer_is_a_source_error(what: str) -> None:
    with serving(BROKEN[what]) as address, pytest.raises(SourceError):
        server(opened(address, "uri"), opened("", "token"), address, 20.0).get("path", {})


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://host:port", "http://", "ftp://host", "http://a b", "http://\x00"]
)
def test_a_malformed_address_is_refused_without_a_crash(address: str) -> None:
    with pytest.raises(InputError):
        read_source(MLflow(address, "runs", timeout=2.0))
