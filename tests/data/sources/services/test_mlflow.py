"""Runs of an MLflow server: a real one (slow to start, so on demand), and its recorded answers for what goes wrong."""

import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import bayescale as bs
from bayescale.data.sources import MLflow, SourceError, described, read_source, runs_of, stamps
from bayescale.errors import InputError
from tests.data.sources import real_servers

LOSSES = {0: 4.0, 100: 3.0, 200: 3.2}


def curve_of(table: Any, run: str) -> list[tuple[int, float]]:
    rows = table.rows[table.rows["run_name"] == run]
    return list(zip(rows["step"].tolist(), rows["metrics.val_loss"].tolist(), strict=True))


# A server that answers as MLflow 3 was seen to: what it sends is of the same form, paged, and can be changed.


class Stub(BaseHTTPRequestHandler):
    runs: list[dict[str, Any]]
    histories: dict[tuple[str, str], list[dict[str, Any]]]
    before: Callable[["Stub"], bool]  # may answer by itself, and says whether it did
    seen: list[str]

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.answer(query)

    def do_POST(self) -> None:
        self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def answer(self, asked: Mapping[str, Any]) -> None:
        path = urlsplit(self.path).path.removeprefix("/api/2.0/mlflow/")
        self.seen.append(path)
        if type(self).before(self):
            return
        self.send(*ANSWERS[path](self, asked))

    def send(self, status: int, body: Any, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def experiment(stub: Stub, asked: Mapping[str, Any]) -> tuple[int, Any]:
    if asked["experiment_name"] != "scaling":
        code = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Could not find experiment"}
        return 404, code
    return 200, {"experiment": {"experiment_id": "1", "name": "scaling", "lifecycle_stage": "active"}}


def page(items: list[Any], asked: Mapping[str, Any], size: int, name: str) -> tuple[int, Any]:
    start = int(asked.get("page_token", 0))
    more = {"next_page_token": str(start + size)} if start + size < len(items) else {}
    return 200, {name: items[start : start + size], **more}


ANSWERS: dict[str, Callable[[Stub, Mapping[str, Any]], tuple[int, Any]]] = {
    "experiments/get-by-name": experiment,
    "experiments/search": lambda stub, asked: (200, {"experiments": [{"name": "scaling", "experiment_id": "1"}]}),
    "runs/search": lambda stub, asked: page(stub.runs, asked, 2, "runs"),
    "metrics/get-history": lambda stub, asked: page(
        stub.histories.get((asked["run_id"], asked["metric_key"]), []), asked, 2, "metrics"
    ),
}


def run(number: int, status: str = "FINISHED", loss: float = 3.2) -> dict[str, Any]:
    point = {"key": "val_loss", "value": loss, "timestamp": 5, "step": 200}
    return {
        "info": {"run_id": f"id{number}", "run_name": f"r{number}", "status": status, "lifecycle_stage": "active"},
        "data": {
            "metrics": [point, {"key": "odd", "value": "NaN"}, {"key": "top", "value": 1.7976931348623157e308}],
            "params": [{"key": "n_params", "value": str(10**number)}],
            "tags": [{"key": "family", "value": "a"}, {"key": "mlflow.user", "value": "someone"}],
        },
    }


@pytest.fixture
def stub() -> Iterator[tuple[str, type[Stub]]]:
    history = [{"key": "val_loss", "value": loss, "timestamp": 1, "step": step} for step, loss in LOSSES.items()]
    state: dict[str, Any] = {
        "runs": [run(7), run(8), run(9), run(10, "RUNNING"), run(11, "FAILED")],
        "histories": {(f"id{number}", "val_loss"): history for number in range(7, 12)},
        "before": staticmethod(lambda _: False),
        "seen": [],
    }
    handler = type("Handler", (Stub,), state)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_one_row_a_run(stub: tuple[str, type[Stub]]) -> None:
    table = read_source(MLflow(stub[0], "scaling"))
    assert table.rows["run_id"].tolist() == ["id7", "id8", "id9"]
    assert table.rows["metrics.top"].tolist() == [float("inf")] * 3
    assert table.rows["metrics.odd"].isna().all()
    assert not [name for name in table.rows.columns if "mlflow" in name]
    assert table.notes == ("1 run left out: FAILED.", "1 run left out: RUNNING.")
    named = {"metrics.val_loss": "loss", "params.n_params": "n_params", "run_name": "run", "tags.family": "family"}
    runs = runs_of(table, rename=named, columns=[])
    assert runs.table["n_params"].tolist() == [1e7, 1e8, 1e9]
    assert set(runs.table.columns) == {"family", "run", "n_params", "loss", "row"}


def test_an_address_reads_an_experiment(stub: tuple[str, type[Stub]]) -> None:
    names = {"metrics.val_loss": "loss", "params.n_params": "n_params", "run_name": "run", "tags.family": "family"}
    runs = bs.read_runs(f"mlflow+{stub[0]}/scaling", rename=names)
    assert runs.table["n_params"].tolist() == [1e7, 1e8, 1e9]


def test_a_nested_run_names_its_parent(stub: tuple[str, type[Stub]]) -> None:
    child = run(8, loss=3.3)
    child["data"]["tags"].append({"key": "mlflow.parentRunId", "value": "id7"})
    stub[1].runs = [run(7), child]
    table = read_source(MLflow(stub[0], "scaling"))
    assert table.rows["parent_run"].fillna("").tolist() == ["", "r7"]
    assert any("is the parent of 1 of these runs" in note for note in table.notes)


def test_curves_and_least_values(stub: tuple[str, type[Stub]]) -> None:
    url, handler = stub
    assert curve_of(read_source(MLflow(url, "scaling", "step", "val_loss")), "r8") == list(LOSSES.items())
    assert curve_of(read_source(MLflow(url, "scaling", "min", "val_loss")), "r8") == [(100, 3.0)]
    handler.histories["id8", "val_loss"] = [
        *handler.histories["id8", "val_loss"],
        {"key": "val_loss", "value": 2.5, "timestamp": 9, "step": 200},  # logged again, later
        {"key": "val_loss", "value": "NaN", "timestamp": 9, "step": 300},
    ]
    table = read_source(MLflow(url, "scaling", "step", "val_loss"))
    assert str(curve_of(table, "r8")) == "[(0, 4.0), (100, 3.0), (200, 2.5), (300, nan)]"
    assert curve_of(read_source(MLflow(url, "scaling", "min", ("val_loss",))), "r8") == [(200, 2.5)]
    missing = read_source(MLflow(url, "scaling", "step", "train_loss"))
    assert missing.notes[-1] == "Run r9 has no metric train_loss."
    assert missing.rows.empty


def test_only_changed_runs_are_asked_for(stub: tuple[str, type[Stub]]) -> None:
    url, handler = stub
    source = MLflow(url, "scaling", "step", "val_loss")
    first = read_source(source)
    handler.seen.clear()
    assert read_source(source, since=first).fresh == ()
    assert "metrics/get-history" not in handler.seen
    assert stamps(source) == first.cursor == json.loads(json.dumps(first.cursor))
    handler.runs = [run(7), run(8, loss=3.25), run(10)]  # one corrected, one deleted, one finished by now
    second = read_source(source, since=first)
    assert second.fresh == ("id8", "id10")
    assert second.digest == read_source(source).digest
    assert "id9" not in second.cursor


def test_a_misspelt_experiment_is_said(stub: tuple[str, type[Stub]]) -> None:
    with pytest.raises(InputError, match=r"there is no experiment 'scalin'\. Did you mean 'scaling'"):
        read_source(MLflow(stub[0], "scalin"))
    with pytest.raises(InputError, match="there is: 1 FAILED, 3 FINISHED, 1 RUNNING"):
        read_source(MLflow(stub[0], "scaling", statuses=("KILLED",)))


SECRET = "hush%hush"


def broken(source: MLflow, *says: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_source(source)
    for piece in says:
        assert piece in str(caught.value), str(caught.value)
    assert SECRET not in str(caught.value)


def test_faults_of_a_server_are_said(stub: tuple[str, type[Stub]]) -> None:
    url, handler = stub

    def fault(answer: Callable[[Stub], None]) -> None:
        handler.before = staticmethod(lambda stub: answer(stub) is None)

    source = MLflow(url, "scaling", timeout=0.5)
    fault(lambda stub: stub.send(200, b"<html>hello</html>"))
    broken(source, "not JSON", "right address")
    fault(lambda stub: stub.send(200, [1]))
    broken(source, "not a JSON object")
    fault(lambda stub: stub.send(200, b'{"experiment": {"exp', **{"X-Cut": "yes"}))
    broken(source, "not JSON")
    fault(lambda stub: stub.send(503, b"busy"))
    broken(source, "answers 503")
    fault(lambda stub: stub.send(401, {"error_code": "UNAUTHENTICATED", "message": "no"}))
    broken(source, "refuses these credentials")
    fault(lambda stub: stub.send(302, b"", Location="http://127.0.0.1:9/elsewhere"))
    broken(source, "answers 302")
    fault(lambda stub: time.sleep(1))
    broken(source, "no whole answer within 0.5 s")
    fault(cut_short)
    broken(source, "IncompleteRead", "more expected")
    fault(drip)
    broken(source, "no whole answer within 0.5 s")


def cut_short(stub: Stub) -> None:
    stub.send_response(200)
    stub.send_header("Content-Length", "1000")
    stub.end_headers()
    stub.wfile.write(b'{"experiment": ')


def drip(stub: Stub) -> None:
    """A byte now and then: no single read ever takes long."""
    stub.send_response(200)
    stub.end_headers()
    try:
        for _ in range(30):
            stub.wfile.write(b" ")
            time.sleep(0.1)
    except OSError:
        pass


def test_no_server_there(stub: tuple[str, type[Stub]]) -> None:
    broken(MLflow(f"http://127.0.0.1:{real_servers.free_port()}", "scaling"), "cannot be reached")


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "./mlruns", "databricks", "file:///etc/passwd", "http://"])
def test_only_servers_are_asked(uri: str) -> None:
    with pytest.raises(InputError, match="is not the address of a server"):
        read_source(MLflow(uri, "scaling"))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"rows": "mean"}, "must be 'last', 'step' or 'min'"),
        ({"rows": "step"}, "metric names what"),
        ({"metric": "loss"}, "metric names what"),
        ({"timeout": 0}, "more than 0"),
        ({"experiment": ""}, "name one"),
    ],
)
def test_fields_fit_together(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        MLflow(**{"tracking_uri": "http://h", "experiment": "scaling", **fields})


# Secrets.


def test_credentials_reach_the_server_and_nobody_else(
    stub: tuple[str, type[Stub]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, handler = stub
    sent: list[str | None] = []
    handler.before = staticmethod(lambda stub: sent.append(stub.headers["Authorization"]) is not None)
    monkeypatch.setenv("TRACKING_SECRET", SECRET)
    password = MLflow(url.replace("://", "://me:${TRACKING_SECRET}@"), "scaling")
    token = MLflow(url, "scaling", token="${TRACKING_SECRET}")
    plain = MLflow(url, "scaling", token=SECRET)
    for source in (password, token, plain):
        table = read_source(source)
        runs = runs_of(table, response="metrics.val_loss")
        shown = f"{source!r} {described(source)} {table.source} {table.cursor} {table!r} {runs!r}"
        assert SECRET not in shown
        assert "hush%25hush" not in shown
    assert {value for value in sent if value} == {"Basic bWU6aHVzaCVodXNo", f"Bearer {SECRET}"}
    assert described(token)["token"] == "${TRACKING_SECRET}"
    assert described(plain)["token"] == "***"
    echo = {"error_code": "INVALID", "message": f"what is {SECRET}?"}
    handler.before = staticmethod(lambda stub: stub.send(400, echo) is None)
    with pytest.raises(InputError, match=r"what is \*\*\*\?"):
        read_source(password)


# The real thing.


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Callable[[str], None]]]:
    """The address of an MLflow server, and a way to run statements with MLflow's own client `c`."""
    command, port = real_servers.program("mlflow"), real_servers.free_port()
    python = Path(command).with_name("python")
    if not python.exists():
        pytest.skip(f"no Python beside {command}")
    url = f"http://127.0.0.1:{port}"
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    folder = tmp_path_factory.mktemp("mlflow")
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder)]

    def logged(statements: str) -> None:
        code = f"from mlflow.tracking import MlflowClient\nc = MlflowClient({url!r})\n{statements}"
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    with real_servers.running([command, "server", *options, *stores], ready, 240, quiet):
        yield url, logged


LOG = """
e = c.create_experiment("scaling")
for n in range(3):
    r = c.create_run(e, run_name=f"r{n}", tags={"family": "a"}).info.run_id
    c.log_param(r, "n_params", 10 ** (7 + n))
    for step, loss in {0: 4.0, 100: 3.0, 200: 3.2}.items():
        c.log_metric(r, "val_loss", loss - n / 4, step=step)
    c.log_metric(r, "top", float("inf"))
    if n < 2:
        c.set_terminated(r)
"""


@pytest.mark.slow
def test_a_real_server(mlflow: tuple[str, Callable[[str], None]]) -> None:
    url, logged = mlflow
    logged(LOG)
    table = read_source(MLflow(url, "scaling"))
    named = {"metrics.val_loss": "loss", "params.n_params": "n_params", "run_name": "run", "tags.family": "family"}
    runs = runs_of(table, rename=named, columns=[])
    found = dict(zip(runs.table["run"], zip(runs.table["n_params"], runs.table["loss"], strict=True), strict=True))
    assert found == {"r0": (1e7, 3.2), "r1": (1e8, 2.95)}
    assert table.notes == ("1 run left out: RUNNING.",)
    assert table.rows["metrics.top"].tolist() == [float("inf")] * 2
    source = MLflow(url, "scaling", "step", "val_loss")
    first = read_source(source)
    assert curve_of(first, "r1") == [(0, 3.75), (100, 2.75), (200, 2.95)]
    assert curve_of(read_source(MLflow(url, "scaling", "min", "val_loss")), "r1") == [(100, 2.75)]
    assert read_source(source, since=first).fresh == ()
    logged(
        "runs = {r.info.run_name: r.info.run_id for r in c.search_runs(['1'])}\n"
        "c.set_terminated(runs['r2'])\n"
        "c.log_metric(runs['r1'], 'val_loss', 2.5, step=200)\n"  # a value corrected after the run had ended
        "c.delete_run(runs['r0'])\n"
    )
    second = read_source(source, since=first)
    assert len(second.fresh) == 2
    assert sorted(set(second.rows["run_name"])) == ["r1", "r2"]
    assert curve_of(second, "r1")[-1] == (200, 2.5)
    assert second.digest == read_source(source).digest
    with pytest.raises(InputError, match=r"there is no experiment 'scalin'\. Did you mean 'scaling'"):
        read_source(MLflow(url, "scalin"))


def nested(number: int, parent: int | None, loss: float, **params: float) -> dict[str, Any]:
    record = run(number, loss=loss)
    record["data"]["metrics"].append({"key": "epochs_done", "value": 10})
    record["data"]["params"] = [{"key": name, "value": str(value)} for name, value in params.items()]
    if parent is not None:
        record["data"]["tags"].append({"key": "mlflow.parentRunId", "value": f"id{parent}"})
    return record


@pytest.mark.parametrize("rows", ["last", "step"])
def test_a_parent_that_repeats_a_child_is_left_out(stub: tuple[str, type[Stub]], rows: Any) -> None:
    stub[1].runs = [nested(7, None, 3.125), nested(8, 7, 3.5, n_params=1e8), nested(9, 7, 3.125, n_params=2e8)]
    metric = "val_loss" if rows == "step" else ()
    table = read_source(MLflow(stub[0], "scaling", rows, metric))
    assert set(table.rows["run_id"]) == {"id8", "id9"}
    assert table.notes == ("Run 'r7' left out: it repeats the metrics of 'r9', its child run.",)
