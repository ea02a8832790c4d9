"""Files of the Hugging Face Hub, from a server on the loopback interface that answers as the Hub's API does.

The real Hub is not reached in tests: the answers follow the Hub's public OpenAPI description.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest

import bayescale as bs
from bayescale.data.sources import Attempts, Files, read_source, stamps, trials_of
from bayescale.errors import InputError, SourceError

FILES = {
    "runs/a.csv": b"family,n_params,loss\na,1e8,3.1\n",
    "runs/b.csv": b"family,n_params,loss\nb,1e8,3.3\n",
    "attempts.jsonl": b'{"problem": "p", "success": true}\n{"problem": "q", "success": false}\n',
}
COMMIT = "0" * 40


class Hub(BaseHTTPRequestHandler):
    """One dataset repository, `team/scaling`, with one revision."""

    def log_message(self, *_: object) -> None:
        return

    def _json(self, content: object, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        self.wfile.write(body)

    def _entries(self, folder: str) -> list[dict[str, object]]:
        inside = [name for name in FILES if name.startswith(f"{folder}/" if folder else "")]
        below = {name[len(folder) + 1 if folder else 0 :].split("/")[0] for name in inside}
        entries = []
        for name in sorted(f"{folder}/{part}" if folder else part for part in below):
            kind = "file" if name in FILES else "directory"
            entries.append({"type": kind, "path": name, "oid": f"{hash(name):x}", "size": len(FILES.get(name, b""))})
        return entries

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if "/paths-info/" not in self.path or "team/scaling" not in self.path:
            return self._json({"error": "Repository not found"}, 404)
        names = json.loads(body)["paths"] if body.startswith("{") else []
        entries = [
            entry for name in FILES for entry in self._entries(name.rpartition("/")[0]) if entry["path"] in names
        ]
        return self._json(list({str(entry["path"]): entry for entry in entries}.values()))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if "team/scaling" not in path:
            return self._json({"error": "Repository not found"}, 404)
        if "/tree/" in path:
            return self._json(self._entries(path.partition("/tree/")[2].partition("/")[2]))
        if "/resolve/" not in path:
            return self._json({"id": "team/scaling", "sha": COMMIT, "siblings": [], "private": False, "tags": []})
        content = FILES.get(path.partition("/resolve/")[2].partition("/")[2])
        if content is None:
            return self._json({"error": "Entry not found"}, 404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"1"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)
        return None


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    constants = pytest.importorskip("huggingface_hub.constants")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("hub")
def test_a_repository_is_read_as_a_folder_is() -> None:
    runs = bs.read_runs("hf://datasets/team/scaling/runs/*.csv")
    assert runs.table["loss"].tolist() == [3.1, 3.3]
    assert bs.read_runs("hf://datasets/team/scaling/runs/a.csv").table["family"].tolist() == ["a"]
    source = Files("hf://datasets/team/scaling/runs/*.csv")
    assert stamps(source) == read_source(source).cursor
    assert bs.read_trials("hf://datasets/team/scaling/attempts.jsonl").table["successes"].tolist() == [1, 0]


@pytest.mark.usefixtures("hub")
def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="there is no such file"):
        bs.read_runs("hf://datasets/team/scaling/runs/c.csv")
    with pytest.raises((InputError, SourceError), match=r"hf://datasets/team/none/a\.csv"):
        bs.read_runs("hf://datasets/team/none/a.csv")


def test_object_stores_are_read_at_every_door() -> None:
    system = fsspec.filesystem("memory")
    for name, content in FILES.items():
        system.pipe_file(f"/doors/{name}", content)
    assert bs.read_runs("memory://doors/runs/*.csv").table["loss"].tolist() == [3.1, 3.3]
    trials = bs.read_trials("memory://doors/attempts.jsonl")
    assert trials.table["successes"].tolist() == [1, 0]
    assert trials_of(read_source(Attempts("memory://doors/*.jsonl"))).digest == trials.digest
    with pytest.raises(InputError, match=r"memory://doors/none\.jsonl: there is no such file"):
        bs.read_trials("memory://doors/none.jsonl")
