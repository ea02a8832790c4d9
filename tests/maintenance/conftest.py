"""What tests of re-fits share: the plainest specs, draws that no test samples, and a server that hears alerts."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bayescale.maintenance.specs.spec import LossSpec, ModelSpec
from bayescale.scaling.result import Fit
from tests.cli.conftest import run  # noqa: F401
from tests.golden import thinned
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
#: A spec of `simulated_runs()` whose posterior is the golden one of `plain_fit`.
GOLDEN = PLAIN.replace('noise = "constant"\n', "")
#: The cheapest model of risk: one mixing law.
RISK = '[data]\nsource = "example:tau_airline"\n[risk]\nby = ["model"]\nmixing = ["beta"]\n'


@pytest.fixture
def golden_draws(plain_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read 50 draws a chain of the golden posterior wherever a re-fit would sample runs: for tests of what goes before
    sampling or follows it."""
    from bayescale.maintenance import publish

    sample, draws = publish.sample, Fit(thinned(plain_fit.tree, 6))

    def read(spec: ModelSpec, *rest: Any) -> Any:
        return draws if isinstance(spec.content, LossSpec) else sample(spec, *rest)

    monkeypatch.setattr(publish, "sample", read)


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
