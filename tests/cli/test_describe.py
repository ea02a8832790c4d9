"""The command prints the answer within 80 columns, or one JSON document."""

import json
from pathlib import Path

import pandas as pd
from typer.testing import CliRunner

from bayescale.cli import app
from tests.description.test_describe import COUNTS, ODD


def run(table: pd.DataFrame, path: Path, *options: str) -> str:
    table.to_csv(path, index=False)
    result = CliRunner().invoke(app, ["describe", str(path), *options], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_lines_fit_a_terminal(tmp_path: Path) -> None:
    lines = run(ODD, tmp_path / "t.csv").splitlines()
    assert "probably a table of runs" in " ".join(lines)
    assert max(len(line.rstrip()) for line in lines if not line.startswith(("Command:", "Python:", "note:"))) <= 80


def test_json_is_one_document(tmp_path: Path) -> None:
    document = json.loads(run(COUNTS, tmp_path / "t.csv", "--json"))
    assert document["kind"] == "trials"
    assert {"column": "task_id", "read as": "problem", "unit": "", "values": "p, q"} in document["columns"]
    assert json.loads(run(ODD, tmp_path / "t.csv", "--json", "--units", "n_params=billions"))["laws"]
