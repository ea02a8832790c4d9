"""`bayescale forecast` and `bayescale backtest`: the same numbers as in Python, and refusals."""

import json
from pathlib import Path

from tests.cli.conftest import Run

A = "n_params=1e9,n_tokens=2e10,family=a"


def test_a_forecast_reads_as_in_reports(run: Run, saved: Path) -> None:
    code, out, _ = run("forecast", saved, "--at", A, "--at", "n_params=1e9,n_tokens=2e24")
    assert code == 0
    assert "one new run, 90 %" in out
    assert " 20B " in out
    assert " 2e+24 " in out
    assert "(new family)" in out
    _, out, _ = run("forecast", saved, "--at", A, "--json")
    assert {"law_median", "run_upper", "extrapolation"} <= set(json.loads(out)["forecast"][0])
