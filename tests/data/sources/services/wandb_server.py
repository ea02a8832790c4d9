"""A server on the loopback interface that answers the GraphQL queries of the client of Weights & Biases."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "0123456789abcdef0123456789abcdef01234567"


def run(name: str, config: dict[str, Any], summary: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A run as the server has it; `history` are its logged rows."""
    return {
        "id": f"storage-{name}",
        "name": name,
        "displayName": f"run {name}",
        "projectId": "1",
        "state": "finished",
        "config": json.dumps({key: {"value": value, "desc": None} for key, value in config.items()}),
        "summaryMetrics": json.dumps(summary),
        "systemMetrics": None,
        "group": None,
        "jobType": None,
        "sweepName": None,
        "commit": None,
        "readOnly": False,
        "tags": [],
        "createdAt": "2026-01-01T00:00:00Z",
        "heartbeatAt": "2026-01-01T00:00:00Z",
        "description": "",
        "notes": "",
        "historyLineCount": len(fields.get("history", ())),
        "user": {"name": "n", "username": "u"},
        "historyKeys": {"lastStep": max([0, *(row["_step"] for row in fields.get("history", ()))]), "keys": {}},
        **fields,
    }


@dataclass
class State:
    """What the server holds, and what was sent to it."""

    runs: list[dict[str, Any]]
    address: str = ""
    queries: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    knows_key: bool = True


def _answer(state: State, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    if "viewer" in query and "runs(" not in query:
        viewer = {"id": "v", "entity": "team", "username": "u", "email": "", "flags": "{}", "teams": {"edges": []}}
        return {"viewer": viewer if state.knows_key else None}
    if "createRunFiles" in query:
        files = [{"name": name, "uploadUrl": f"{state.address}/upload/{name}"} for name in variables["files"]]
        return {"createRunFiles": {"runID": "r", "uploadHeaders": [], "files": files}}
    if "upsertBucket" in query:
        run_of(state, variables["id"])["summaryMetrics"] = variables["summaryMetrics"]
        return {"upsertBucket": {"bucket": {"id": variables["id"]}}}
    if variables.get("project") != "scaling":
        return {"project": None}
    if "runs(filters" in query:
        nodes = [{key: value for key, value in run.items() if key != "history"} for run in state.runs]
        edges = [{"cursor": node["name"], "node": node} for node in nodes]
        page = {"endCursor": None, "hasNextPage": False}
        runs = {"edges": edges, "pageInfo": page}
        return {"project": {"internalId": "1", "runCount": len(edges), "readOnly": False, "runs": runs}}
    node = run_of(state, variables.get("name") or variables.get("run") or variables["runName"])
    history = node.get("history", [])
    if "RunFilesFragment" in query:
        entries = [
            {"id": name, "name": name, "url": "", "directUrl": "", "sizeBytes": str(len(data)), "mimetype": "image/png"}
            | {"updatedAt": "2026-01-01T00:00:00Z", "md5": ""}
            for name, data in state.files.items()
        ]
        edges = [{"cursor": entry["name"], "node": entry} for entry in entries]
        files = {"edges": edges, "pageInfo": {"endCursor": None, "hasNextPage": False}}
        return {"project": {"internalId": "1", "run": {"fileCount": len(edges), "files": files}}}
    if "parquetHistory" in query:
        return {"project": {"run": {"parquetHistory": {"parquetUrls": [], "liveData": history}}}}
    if "sampledHistory" in query:
        spec = json.loads(variables["spec"])
        rows = [row for row in history if spec["minStep"] <= row["_step"] < spec["maxStep"] + 1]
        rows = [{key: row[key] for key in spec["keys"]} for row in rows if set(spec["keys"]) <= set(row)]
        return {"project": {"run": {"sampledHistory": [rows]}}}
    return {"project": {"run": {key: value for key, value in node.items() if key != "history"}}}


def run_of(state: State, name: str) -> dict[str, Any]:
    return next(run for run in state.runs if name in (run["name"], run["id"]))


@contextmanager
def serving(runs: list[dict[str, Any]]) -> Iterator[State]:
    """Serve runs of the project team/scaling."""
    state = State(runs)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            state.files[self.path.removeprefix("/upload/")] = self.rfile.read(int(self.headers["Content-Length"]))
            self._send(200, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path != "/graphql":
                self._send(404, b"")
                return
            request = json.loads(body)
            state.queries.append(request)
            answer = _answer(state, request["query"], request.get("variables") or {})
            self._send(200, json.dumps({"data": answer}).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
