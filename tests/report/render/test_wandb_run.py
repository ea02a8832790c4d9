"""A forecast is written to a run through the real client, against a server that speaks its GraphQL queries."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bayescale as bs
from bayescale.cli import app
from bayescale.errors import InputError, SourceError
from tests.data.sources.services.wandb_server import KEY, run, serving

pytest.importorskip("wandb")
FIXTURE = Path(__file__).parents[2] / "fixtures" / "joint.nc"
TARGET = {"n_params": 1e10, "n_tokens": 2e11}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = {"WANDB_API_KEY": KEY, "WANDB_SILENT": "true", "WANDB_DIR": str(tmp_path)}
    for name, value in (settings | {"WANDB_ERROR_REPORTING": "false"}).items():
        monkeypatch.setenv(name, value)


def test_the_summary_holds_the_forecast_and_the_run_its_figure() -> None:
    fit = bs.load(FIXTURE)
    with serving([run("r1", {}, {"loss": 3.0})]) as server:
        content = bs.log_forecast(fit, [TARGET], "team/scaling/r1", url=server.address, key="${WANDB_API_KEY}")
        summary = json.loads(server.runs[0]["summaryMetrics"])
        assert server.files["bayescale/forecast.png"].startswith(b"\x89PNG")
        with pytest.raises(SourceError):
            bs.log_forecast(fit, [TARGET], "team/other/r1", url=server.address, key="${WANDB_API_KEY}")
    assert summary == {"loss": 3.0, "bayescale": content}
    assert summary["bayescale"]["forecast"][0]["run_median"] == fit.forecast([TARGET]).table["run_median"].iloc[0]
    with pytest.raises(InputError, match="must be 'ENTITY/PROJECT/RUN'"):
        bs.log_forecast(fit, [TARGET], "r1")


def test_the_command_writes_what_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([run("r1", {}, {})]) as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.address)
        words = ["forecast", str(FIXTURE), "--at", "n_params=1e10,n_tokens=2e11", "--json"]
        result = CliRunner().invoke(app, [*words, "--wandb-run", "team/scaling/r1"], catch_exceptions=False)
        summary = json.loads(server.runs[0]["summaryMetrics"])
    assert json.loads(result.stdout)["forecast"] == summary["bayescale"]["forecast"]
