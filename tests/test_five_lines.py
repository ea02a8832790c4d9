"""From a table of polars, MLflow or Weights & Biases to a checked forecast: few lines of Python, or one command."""

import json
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import bayescale as bs
from bayescale.cli import app
from tests.data.sources.services.test_mlflow import Stub
from tests.data.sources.services.wandb_server import KEY, run, serving

RNG = np.random.default_rng(3)
N = np.repeat([1e8, 3e8, 1e9, 3e9], 4)
D = np.tile([2e9, 8e9, 3e10, 1e11], 4)
LOSS = (1.7 + 400 / N**0.34 + 420 / D**0.28) * np.exp(0.003 * RNG.standard_normal(16))
TARGET = {"n_params": 1e10, "n_tokens": 3e11}
TRUTH = 1.7 + 400 / 1e10**0.34 + 420 / 3e11**0.28


def contains_truth(forecast: Any) -> bool:
    row = forecast[0] if isinstance(forecast, list) else forecast.table.iloc[0]
    return bool(row["run_lower"] < TRUTH < row["run_upper"])


@pytest.mark.slow
def test_polars() -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"n_params": N, "n_tokens": D, "loss": LOSS})
    fit = bs.fit(frame, "chinchilla", random_seed=1, progress=False)
    assert fit.check().passed
    assert contains_truth(fit.forecast(pl.DataFrame([TARGET])))


@pytest.mark.slow
def test_weights_and_biases_with_one_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("wandb")
    settings = {
        "WANDB_API_KEY": KEY,
        "WANDB_SILENT": "true",
        "WANDB_DIR": str(tmp_path),
        "WANDB_ERROR_REPORTING": "false",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    runs = [
        run(f"r{place}", {"n_params": n}, {"_step": 9, "n_tokens": d, "val/loss": loss})
        for place, (n, d, loss) in enumerate(zip(N, D, LOSS, strict=True))
    ]
    renames = ["config.n_params=n_params", "summary.n_tokens=n_tokens", "summary.val/loss=loss"]
    with serving(runs) as server:
        words = ["fit", f"wandb://team/scaling?url={server.address}", "--law", "chinchilla", "--seed", "1", "--json"]
        words += [word for rename in renames for word in ("--rename", rename)]
        result = CliRunner().invoke(app, [*words, "--at", "n_params=1e10,n_tokens=3e11"], catch_exceptions=False)
    answer = json.loads(result.stdout)
    assert contains_truth(answer["forecast"])
    assert all(check["passed"] is not False for check in answer["checks"])


@pytest.mark.slow
def test_mlflow_with_one_command() -> None:
    entries = [
        {
            "info": {"run_id": f"id{place}", "run_name": f"r{place}", "status": "FINISHED"},
            "data": {
                "metrics": [{"key": "loss", "value": loss, "timestamp": 1, "step": 9}],
                "params": [{"key": "n_params", "value": str(n)}, {"key": "n_tokens", "value": str(d)}],
            },
        }
        for place, (n, d, loss) in enumerate(zip(N, D, LOSS, strict=True))
    ]
    state = {"runs": entries, "histories": {}, "before": staticmethod(lambda _: False), "seen": []}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Stub,), state))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    words = ["fit", f"mlflow+http://127.0.0.1:{server.server_port}/scaling", "--law", "chinchilla", "--seed", "1"]
    renames = ["params.n_params=n_params", "params.n_tokens=n_tokens", "metrics.loss=loss"]
    words += [word for rename in renames for word in ("--rename", rename)]
    result = CliRunner().invoke(app, [*words, "--at", "n_params=1e10,n_tokens=3e11", "--json"], catch_exceptions=False)
    server.shutdown()
    server.server_close()
    assert contains_truth(json.loads(result.stdout)["forecast"])
