"""`bayescale forecast` and `bayescale backtest`: the same numbers as in Python, and refusals."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bayescale.data.runs import Runs
from bayescale.maintenance.store.posteriors import Store
from bayescale.risk.fit import fit_risk
from bayescale.scaling.evaluation.backtest import Backtest, backtest_of_points
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.priors.prior_files import read_priors
from tests.cli.conftest import Run
from tests.golden import golden

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


def test_a_forecast_holds_the_numbers_of_the_library(run: Run, saved: Path, plain_fit: Fit) -> None:
    code, out, _ = run("forecast", saved, "--at", A, "--prob", 0.5, "--json")
    target = {"n_params": 1e9, "n_tokens": 2e10, "family": "a"}
    expected = plain_fit.forecast([target], 0.5).table.iloc[0]
    (row,) = json.loads(out)["forecast"]
    assert code == 0
    for name in ("law_median", "law_lower", "run_lower", "run_upper"):
        assert row[name] == pytest.approx(expected[name], rel=1e-12)


def test_a_forecast_goes_through_a_second_fit(run: Run, saved: Path, plain_fit: Fit, tmp_path: Path) -> None:
    link = golden("link")
    link.save(tmp_path / "link.nc")
    code, out, err = run("forecast", saved, "--then", tmp_path / "link.nc", "--at", A, "--json")
    assert code == 0, err
    (row,) = json.loads(out)["forecast"]
    target = {"n_params": 1e9, "n_tokens": 2e10, "family": "a"}
    expected = plain_fit.then(link).forecast([target]).table.iloc[0]
    assert row["run_upper"] == pytest.approx(expected["run_upper"], rel=1e-12)
    code, out, err = run("forecast", saved, "--then", tmp_path / "link.nc", "--at", A)
    assert code == 0, err
    assert "error" in out
    code, _, err = run("forecast", saved, "--then", saved, "--at", A)
    assert code == 2
    assert "and not 'loss'" in err


def test_a_model_of_a_store_is_found_by_name_and_version(run: Run, saved: Path, plain_fit: Fit, store: Store) -> None:
    for _ in range(2):
        store.publish("pile", plain_fit.tree, {})
    assert (
        run("forecast", "pile", "--store", store.url, "--version", 1, "--at", A, "--json")[1]
        == run("forecast", saved, "--at", A, "--json")[1]
    )
    code, _, err = run("forecast", "pile", "--store", store.url, "--version", 3, "--at", A)
    assert code == 2
    assert "pile" in err
    assert "3" in err


def test_posteriors_that_cannot_be_forecast_are_refused(run: Run, tmp_path: Path) -> None:
    counts = pd.DataFrame({"problem": list("abcd"), "attempts": [50] * 4, "successes": [0, 1, 5, 20]})
    fit_risk(counts, mixing="beta", draws=100, random_seed=1).save(tmp_path / "risk.nc")
    for name, message in (
        (tmp_path / "risk.nc", "bayescale.load(path).at(attempts) in Python for a file"),
        ("pile", "'pile' is not a .nc file: give the store that holds this model with --store"),
        (tmp_path / "none.nc", "no such file"),
    ):
        code, out, err = run("forecast", name, "--at", A)
        assert (code, out) == (2, "")
        assert message in err


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments of a backtest that is not sampled."""
    arguments: dict[str, Any] = {}

    def backtest(runs: Runs, laws: list[Law], **settings: Any) -> Backtest:
        arguments.update(settings, runs=runs, laws=laws)
        rows = [{"law": law.name, "cut": 1e20, "run": f"=r{row}", "row": row} for law in laws for row in range(3)]
        levels = dict.fromkeys(("coverage_50", "coverage_80", "coverage_90", "coverage_95", "coverage"), 1.0)
        names = ("interval_score", "crps", "log_score", "error", "width", "pit", "extrapolation", "n_train")
        flags = {"continues": False, "known_family": True, "inside": True, "passed": True}
        points = pd.DataFrame(rows).assign(family="a", **levels, **dict.fromkeys(names, 0.1), **flags)
        return backtest_of_points(points, settings["prob"])

    monkeypatch.setattr("bayescale.scaling.evaluation.backtest.backtest", backtest)
    return arguments


OPTIONS = ("--rename", "Model Size=n_params", "--complete", "--law", "chinchilla")


def test_a_backtest_passes_on_its_options(run: Run, runs_table: Path, scored: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    at = ("--cut", "n_params", "--at", 1e9, "--at", 2e9, "--prob", 0.8, "--seed", 7, "--priors", "stated")
    code, out, err = run("backtest", runs_table, *OPTIONS, *at, "--out", path, "--json")
    assert code == 0, err
    assert [law.name for law in scored["laws"]] == ["chinchilla"]
    assert (scored["cut"], scored["cuts"], scored["prob"], scored["random_seed"]) == ("n_params", [1e9, 2e9], 0.8, 7)
    assert scored["priors"] == read_priors("stated")
    assert len(scored["runs"].table) == 16  # the run without tokens is left out
    assert [row["law"] for row in json.loads(out)["backtest"]] == ["chinchilla"]
    assert pd.read_csv(path)["run"].tolist() == ["'=r0", "'=r1", "'=r2"]  # no formula for a spreadsheet


def test_laws_are_weighted_only_where_there_are_several(run: Run, runs_table: Path, scored: dict[str, Any]) -> None:
    code, out, err = run("backtest", runs_table, *OPTIONS, "--quiet")
    assert (code, "Weight of each law" in out) == (0, False), err
    assert scored["priors"] is None
    code, out, err = run("backtest", runs_table, *OPTIONS, "--law", "joint", "--quiet")
    assert (code, "Weight of each law" in out) == (0, True), err
    assert [law.name for law in scored["laws"]] == ["chinchilla", "joint"]
