"""`bayescale learn-priors`, and `--priors` of fits and previews."""

import json
from pathlib import Path

import pytest

import bayescale as bs
from tests.cli.conftest import Run
from tests.golden import FOLDER

LADDERS = (FOLDER / "plain.nc", FOLDER / "hostile.nc")


def test_the_table_fits_80_columns_and_the_file_is_that_of_python(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = run("learn-priors", *LADDERS, "--name", "our ladders", "--out", tmp_path / "priors.toml")
    assert code == 0
    assert "our ladders, learned from 11 tables of runs" in " ".join(out.split())
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "wrote" in err
    expected = bs.learn_priors([bs.load(path) for path in LADDERS], "our ladders")
    read = bs.read_priors(tmp_path / "priors.toml")
    assert read.sources == expected.sources
    assert {name: str(prior) for name, prior in read.priors.items()} == {
        name: str(prior) for name, prior in expected.priors.items()
    }


def test_json_is_one_document(run: Run) -> None:
    code, out, _ = run("learn-priors", *LADDERS, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["name"] == "learned"
    assert len(document["sources"]["exponent"]) == 2
    assert document["priors"]["exponent"]["scale"] == "log"


def test_posteriors_of_risk_and_fits_of_one_table_are_refused(run: Run) -> None:
    code, _, err = run("learn-priors", LADDERS[0], FOLDER / "groups.nc")
    assert code == 2
    assert "these are of risk" in err
    assert "groups.nc" in err
    code, _, err = run("learn-priors", LADDERS[0], FOLDER / "joint.nc")
    assert code == 2
    assert "of 1 table of runs" in err


@pytest.mark.parametrize("command", ["fit", "preview"])
def test_priors_that_cannot_be_used_are_refused_before_the_table_is_read(
    run: Run, tmp_path: Path, command: str
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text('name = "wrong"\n[priors]\nexponnt = { median = 0.1, spread = 1.0 }\n', encoding="utf-8")
    code, _, err = run(command, tmp_path / "no-runs.csv", "--priors", path)
    assert code == 2
    assert "Did you mean 'exponent'" in err
    code, _, err = run(command, tmp_path / "no-runs.csv", "--priors", "publik")
    assert code == 2
    assert "'publik' are not shipped" in err


def test_a_preview_uses_the_priors(run: Run, runs_table: Path, tmp_path: Path) -> None:
    names = ("--rename", "Model Size=n_params", "--complete", "--law", "chinchilla", "--no-discrepancy", "--seed", "4")
    steep = bs.read_priors("stated").with_priors({"exponent": bs.lognormal(0.9, 0.02)}, "steep")
    steep.save(tmp_path / "steep.toml")
    answers = []
    for more in ((), ("--priors", tmp_path / "steep.toml")):
        code, out, _ = run("preview", runs_table, *names, "--at", "n_params=1e12,n_tokens=2e13", "--json", *more)
        assert code == 0
        answers.append(json.loads(out)["preview"][0]["law_median"])
    assert answers[1] > 1.02 * answers[0]  # steep terms end sooner, at a higher floor
