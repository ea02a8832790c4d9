"""`bayescale laws` and `bayescale fit`: answers, files and wrong input."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayescale
from bayescale.errors import ChecksFailed
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.priors.prior_files import read_priors
from bayescale.scaling_laws.registry import CATALOGUE
from tests.cli.conftest import Run

LAW = """
name = "mine"
response = "error"
source = "a \\u001b[31mred note"
floor = "E"
[[power]]
amplitude = "A"
exponent = "alpha"
quantity = "size"
"""


@pytest.fixture
def law_file(tmp_path: Path) -> Path:
    """A law that is in no catalogue, of a response and an input of its own."""
    path = tmp_path / "mine.toml"
    path.write_text(LAW, encoding="utf-8")
    return path


def test_laws_lists_the_catalogue(run: Run) -> None:
    code, out, _ = run("laws")
    assert code == 0
    assert all(name in out for name in CATALOGUE)


def test_laws_describes_each(run: Run) -> None:
    code, out, _ = run("laws", "--json")
    assert code == 0
    described = {one["law"]: one for one in json.loads(out)}
    assert list(described) == list(CATALOGUE)
    for name, law in CATALOGUE.items():
        assert [one["name"] for one in described[name]["parameters"]] == list(law.parameter_names)
        code, out, _ = run("laws", name)
        assert code == 0
        assert law.source in out


def test_unknown_law_names_the_closest(run: Run) -> None:
    code, out, err = run("laws", "chinchila")
    assert (code, out) == (2, "")
    assert "Did you mean 'chinchilla'?" in err
    assert "Traceback" not in err


def test_laws_describes_a_law_of_a_file(run: Run, law_file: Path) -> None:
    code, out, _ = run("laws", law_file)
    assert code == 0
    assert "error = E + A·size^-alpha" in out
    assert str(law_file) in out
    assert "\x1b" not in out
    code, out, _ = run("laws", law_file, "--json")
    assert code == 0
    assert "\x1b" not in out
    assert json.loads(out)["source"] == "a \x1b[31mred note"


def test_a_wrong_law_file_is_wrong_input(run: Run, law_file: Path, runs_table: Path) -> None:
    law_file.write_text(LAW.replace("mine", "joint").replace("floor", "flor"), encoding="utf-8")
    for words in (("laws", law_file), ("fit", runs_table, "--law", law_file)):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert "mine.toml: 2 problems in this law" in err
        assert "Did you mean 'floor'?" in err
        assert "'joint' is a name or an id of the catalogue" in err
    assert run("laws", law_file.with_name("none.toml"))[0] == 2


def test_fit_takes_a_law_of_a_file(run: Run, law_file: Path, tmp_path: Path) -> None:
    runs = tmp_path / "errors.csv"
    size = np.geomspace(1e2, 1e5, 12)
    noise = 0.01 * np.random.default_rng(2).standard_normal(len(size))
    pd.DataFrame({"size": size, "error": (0.1 + 2 / size**0.4) * np.exp(noise)}).to_csv(runs, index=False)
    options = ["--no-discrepancy", "--seed", 3, "--at", "size=1e6", "--json"]
    code, out, err = run("fit", runs, "--law", law_file, *options)
    assert code == 0, err
    (forecast,) = json.loads(out)["forecast"]
    assert forecast["law_lower"] < 0.1 + 2 / 1e6**0.4 < forecast["law_upper"]


@pytest.mark.parametrize("name", ["joint", "precision", "densing"])
def test_a_law_as_json_is_one_document(run: Run, name: str) -> None:
    code, out, err = run("laws", name, "--json")
    assert (code, err) == (0, "")
    described = json.loads(out)
    assert described["law"] == name
    assert described["parameters"][0]["prior"]["drawn"]["density"]


def test_the_list_fits_100_columns(run: Run) -> None:
    code, out, _ = run("laws")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    rows = [line for line in out.splitlines() if re.match(r"L\d", line)]
    assert len(rows) == len(CATALOGUE)
    assert {line.split()[0] for line in rows} == {law.id for law in CATALOGUE.values()}


def test_missing_file_is_wrong_input(run: Run, tmp_path: Path) -> None:
    code, out, err = run("fit", tmp_path / "none.csv")
    assert (code, out) == (2, "")
    assert "none.csv" in err


def test_targets_are_read_before_anything_is_sampled(
    run: Run, runs_table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sampled(*_: object, **__: object) -> None:
        raise AssertionError("nothing may be sampled for a target that cannot be forecast")

    monkeypatch.setattr("bayescale.scaling.fit.fit", sampled)
    given = ("fit", runs_table, "--rename", "Model Size=n_params", "--complete", "--law", "chinchilla", "--at")
    for words, said in (
        ("n_params=1e10", "input 'n_tokens' is missing"),
        ("n_params=ten,n_tokens=1e9", "n_params='ten' is not a number"),
        ("n_params=1e10,n_tokens=2e11,family=purple", "family 'purple' was not in the training data"),
    ):
        code, out, err = run(*given, words)
        assert (code, out) == (2, "")
        assert said in err


def test_a_missing_column_error_names_the_option(run: Run, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("n_params,n_tokens,val_loss\n1e8,2e9,3.1\n", encoding="utf-8")
    code, _, err = run("fit", tmp_path / "runs.csv")
    assert code == 2
    assert "--rename NAME=loss" in err


def test_blank_inputs_are_refused_and_can_be_left_out(run: Run, runs_table: Path) -> None:
    code, _, err = run("fit", runs_table, "--rename", "Model Size=n_params", "--law", "chinchilla")
    assert code == 2
    assert "n_tokens" in err


def test_fit_forecasts_saves_and_reports(run: Run, runs_table: Path, tmp_path: Path) -> None:
    saved, page = tmp_path / "fit.nc", tmp_path / "report.html"
    options = ["--rename", "Model Size=n_params", "--complete", "--law", "chinchilla", "--seed", 5]
    at = ["--at", "n_params=1e10,n_tokens=2e11,family=\x1b[31mred", "--at", "n_params=1e10,n_tokens=2e11"]
    code, out, err = run(
        "fit", runs_table, *options, *at, "--no-discrepancy", "--out", saved, "--report", page, "--json"
    )
    assert code == 0, err
    assert "attempt 1 of 3 (mode and curvature)" in err
    document = json.loads(out)
    assert [one["n_params"] for one in document["forecast"]] == [1e10, 1e10]
    assert document["lineage"]["random seed"] == "5"
    assert any("left out" in note for note in document["notes"])
    assert len(document["note_codes"]) == len(document["notes"])
    assert "\x1b" not in err
    again = bayescale.load(saved).forecast([{"n_params": 1e10, "n_tokens": 2e11, "family": "\x1b[31mred"}])
    assert again.table["run_median"].iloc[0] == pytest.approx(document["forecast"][0]["run_median"], rel=1e-9)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_settings_of_the_model_reach_the_fit(run: Run, runs_table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The options say what the arguments of `bs.fit` say; sampling is not tested here."""
    captured: dict[str, object] = {}

    def stop(_: object, laws: list[Law], **settings: object) -> None:
        captured.update(settings, own_priors=[law.priors for law in laws])
        raise ChecksFailed("stopped before sampling")

    monkeypatch.setattr("bayescale.scaling.fit.fit", stop)
    model = ("--noise", "constant", "--pooling", "alpha=shared", "--prior", "beta=lognormal(0.3, 0.2)", "--draws", 400)
    code, _, _ = run("fit", runs_table, "--rename", "Model Size=n_params", "--complete", *model, "--priors", "stated")
    assert code == 3
    assert captured["noise"] == "constant"
    assert captured["pooling"] == {"alpha": "shared"}
    assert captured["own_priors"] == [{"beta": lognormal(0.3, 0.2)}]
    assert captured["priors"] == read_priors("stated")
    assert captured["sampler"] == Sampler(draws=400)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--prior", "beta=gamma(1, 2)"), "priors are lognormal, normal, logitnormal"),
        (("--prior", "beta=lognormal(0.3)"), "a median, mean or centre, and a spread"),
        (("--prior", "beta=lognormal(0.3, -1)"), "spread"),
        (("--pooling", "alpha"), "not of the form name=value"),
        (("--pooling", "alpha=some"), "some"),
        (("--draws", "0"), "--draws"),
    ],
)
def test_wrong_settings_are_refused_before_sampling(
    run: Run, runs_table: Path, option: tuple[str, str], message: str
) -> None:
    at = ("--at", "n_params=1e10,n_tokens=1e11")
    code, out, err = run("fit", runs_table, "--rename", "Model Size=n_params", "--complete", *at, *option)
    assert (code, out) == (2, "")
    assert message in err
