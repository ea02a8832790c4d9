"""What servers may do to a request: each ends within its deadline, as one kind of error."""

import socket
import threading
import time

import pytest

from bayescale.data.sources import MLflow, read_source
from bayescale.data.sources.credentials import opened
from bayescale.data.sources.services import http
from bayescale.data.sources.services.rest import server
from bayescale.errors import InputError, SourceError
from tests.data.sources import hostile_servers
from tests.data.sources.hostile_servers import Behaviour, as_json, serving

LIMIT = 1.0  # seconds


def test_an_endless_body_ends_at_the_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.Allowance, "__init__", _small)
    with serving(hostile_servers.endless_body) as address, pytest.raises(SourceError, match="more than 128 MB"):
        server(opened(address, "uri"), opened("", "token"), address, 60.0).get("path", {})


def _small(self: http.Allowance, seconds: float) -> None:
    self.seconds, self.bytes_left, self.ends = seconds, 3_000_000, time.monotonic() + seconds


def test_requests_leave_no_thread_behind() -> None:
    with serving(hostile_servers.dribble_headers) as address:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                http.request_body(address, None, {}, http.Allowance(0.3))
        end = time.monotonic() + 20
        while (left := [one for one in threading.enumerate() if one.name == "bayescale-request"]) and (
            time.monotonic() < end
        ):
            time.sleep(0.05)
    assert not left


EXPERIMENT = {"experiment": {"experiment_id": "1", "lifecycle_stage": "active"}}
RUN = {"info": {"run_id": "r", "status": "FINISHED", "run_name": "a"}, "data": {}}
SHAPES: dict[str, object] = {
    "no experiment": {"other": 1},
    "an experiment that is a list": {"experiment": [1]},
    "an experiment without an id": {"experiment": {"lifecycle_stage": "active"}},
    "runs that are a number": EXPERIMENT | {"runs": 7},
    "runs that are texts": EXPERIMENT | {"runs": ["a"]},
    "a run without info": EXPERIMENT | {"runs": [{"data": {}}]},
    "info that is a list": EXPERIMENT | {"runs": [RUN | {"info": []}]},
    "data that are a text": EXPERIMENT | {"runs": [RUN | {"data": "x"}]},
    "parameters without a key": EXPERIMENT | {"runs": [RUN | {"data": {"params": [{"value": "1"}]}}]},
    "a parameter that is a table": EXPERIMENT | {"runs": [RUN | {"data": {"params": [{"key": "k", "value": {}}]}}]},
    "metrics that are a text": EXPERIMENT | {"runs": [RUN | {"data": {"metrics": "loss"}}]},
    "a metric that is no number": EXPERIMENT | {"runs": [RUN | {"data": {"metrics": [{"key": "l", "value": "x"}]}}]},
    "a metric that is a list": EXPERIMENT | {"runs": [RUN | {"data": {"metrics": [{"key": "l", "value": [1]}]}}]},
    "pages without end": EXPERIMENT | {"runs": [], "next_page_token": "again"},
    "a token that is a table": EXPERIMENT | {"runs": [], "next_page_token": {"a": 1}},
}


@pytest.mark.parametrize("what", SHAPES)
def test_an_answer_of_another_shape_is_a_source_error(what: str) -> None:
    with serving(as_json(SHAPES[what])) as address, pytest.raises(SourceError, match=r"127\.0\.0\.1") as caught:
        read_source(MLflow(address, "runs", timeout=10.0))
    assert "report" not in str(caught.value)


def test_pages_share_one_deadline() -> None:
    """Each page is quick, and there is always another."""
    number = 0

    def pages(connection: object, request: bytes) -> None:
        nonlocal number
        number += 1
        time.sleep(0.2)
        as_json(EXPERIMENT | {"runs": [], "next_page_token": str(number)})(connection, request)  # type: ignore[arg-type]

    with serving(pages) as address:
        began = time.monotonic()
        with pytest.raises(SourceError, match="no whole answer within 1 s"):
            read_source(MLflow(address, "runs", timeout=LIMIT))
        assert time.monotonic() - began < LIMIT + 5
    assert number > 2


def _then(head: Behaviour, get: Behaviour) -> Behaviour:
    """A behaviour: one for HEAD requests, another for others."""

    def behave(connection: socket.socket, request: bytes) -> None:
        (head if request.startswith(b"HEAD") else get)(connection, request)

    return behave


def _announced(connection: socket.socket, request: bytes) -> None:
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nLast-Modified: Mon, 02 Feb 2026 10:00:00 GMT\r\n\r\n"
    )


@pytest.mark.parametrize("what", ["silence", "dribbling", "endless", "hanging up", "nonsense"])
def test_a_file_on_a_hostile_server_is_refused(what: str) -> None:
    pytest.importorskip("obstore")
    from bayescale.data.sources import Files

    behave = {
        "silence": hostile_servers.silence,
        "dribbling": _then(_announced, hostile_servers.dribble_body),
        "endless": _then(_announced, hostile_servers.endless_body),
        "hanging up": hostile_servers.hang_up,
        "nonsense": hostile_servers.nonsense,
    }[what]
    with serving(behave) as address:
        began = time.monotonic()
        with pytest.raises(InputError):
            read_source(Files(f"{address}/runs.csv", timeout=LIMIT))
        assert time.monotonic() - began < 20 * LIMIT
