"""What tests of re-fits share: the plainest spec, and a server on the loopback interface that hears alerts."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.maintenance.store.conftest import other_tree, store, tree  # noqa: F401

#: A spec of runs beside it: the plainest model, whose code all tests here share.
PLAIN = """\
[data]
source = "runs.csv"

[model]
law = "chinchilla"
discrepancy = false
noise = "constant"
"""


class Heard(BaseHTTPRequestHandler):
    posted: list[dict[str, str]]
    answer = 200

    def do_POST(self) -> None:
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Heard]]]:
    handler = type("Handler", (Heard,), {"posted": [], "answer": 200})
    with HTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/hook?token=hush", handler
        listening.shutdown()
        thread.join()
