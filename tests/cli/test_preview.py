"""`bayescale preview` and `bayescale fit --preview`: an approximate forecast that says so."""

import json
from pathlib import Path

import pytest

import bayescale as bs
from bayescale.cli import preview as module
from bayescale.core.serialization import MARK
from bayescale.errors import ChecksFailed
from tests.cli.conftest import Run

NAMES = ("--rename", "Model Size=n_params", "--complete", "--law", "chinchilla", "--no-discrepancy", "--seed", "4")
AT = ("--at", "n_params=1e10,n_tokens=2e11")


def test_the_table_is_marked_and_fits_80_columns(run: Run, runs_table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run("preview", runs_table, *NAMES, *AT)
    assert code == 0
    assert f"Preview ({MARK}): forecast of loss" in " ".join(out.split())
    assert "law chinchilla" in " ".join(out.split())
    assert f"note: {MARK}" in out
    assert "Pareto" in out
    assert "\x1b" not in out


def test_json_is_one_document_with_the_mark(run: Run, runs_table: Path) -> None:
    code, out, _ = run("preview", runs_table, *NAMES, *AT, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["status"] == MARK
    assert all(row["flag"].startswith(MARK) for row in document["preview"])
    assert document["random_seed"] == 4
    assert document["note_codes"][:2] == ["preview", "preview_quality"]
    runs = bs.read_runs(runs_table, rename={"Model Size": "n_params"}).complete("n_tokens")
    python = bs.preview(
        runs, "chinchilla", discrepancy=False, random_seed=4, targets={"n_params": 1e10, "n_tokens": 2e11}
    )
    assert document["preview"][0]["run_upper"] == python.table["run_upper"][0]
    assert document["pareto_k"] == python.pareto_k


def test_without_targets_it_forecasts_beyond_each_family(run: Run, runs_table: Path) -> None:
    code, out, _ = run("preview", runs_table, *NAMES, "--json")
    assert code == 0
    assert [row["n_params"] for row in json.loads(out)["preview"]] == pytest.approx([3e10])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((*NAMES, "--at", "n_params=1e10"), "'n_tokens' is missing"),
        ((*NAMES, "--at", "n_params"), "name=value"),
        ((*NAMES, *AT, "--prob", "1"), "--prob"),
        ((*NAMES, *AT, "--max-rows", "0"), "--max-rows"),
        (("--law", "chinchila"), "Did you mean 'chinchilla'"),
        (("--law", "chinchilla"), "n_params"),
    ],
)
def test_wrong_input(run: Run, runs_table: Path, arguments: tuple[str, ...], text: str) -> None:
    code, out, err = run("preview", runs_table, *arguments)
    assert (code, out) == (2, "")
    assert text in err
    assert "Traceback" not in err


def test_fit_prints_it_first_and_apart_from_the_answer(run: Run, runs_table: Path) -> None:
    code, out, err = run("fit", runs_table, *NAMES, *AT, "--preview", "--json")
    assert code == 0
    document = json.loads(out)
    assert MARK not in out
    assert "forecast" in document
    marked, compiled = err.index(f"Preview ({MARK})"), err.index("compiled in")
    assert marked < compiled


def test_fit_without_targets_has_no_preview(run: Run, runs_table: Path) -> None:
    code, out, err = run("fit", runs_table, *NAMES, "--preview")
    assert (code, out) == (2, "")
    assert "--preview needs a forecast" in err


def test_a_posterior_without_a_preview_is_fitted_all_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ChecksFailed("there is no preview")

    monkeypatch.setattr("bayescale.scaling.preview.laplace_draws", fail)
    runs = bs.read_runs("example:pile").complete("n_tokens")
    settings = {"prob": 0.9, "family": "family", "discrepancy": True, "priors": None, "seed": 1, "max_rows": 1000}
    module.say_preview(runs, bs.law("joint"), [{"n_params": 1e10, "n_tokens": 2e11}], **settings)  # type: ignore[arg-type]
    assert capsys.readouterr() == ("", "there is no preview\n")
