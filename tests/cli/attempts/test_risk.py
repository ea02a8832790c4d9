"""`bayescale risk`: answers, files, exit codes, and a standard output that programs can read."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import bayescale
from bayescale.errors import ChecksFailed, InputError
from bayescale.risk.result import Risk
from tests.cli.conftest import QUICK, Run, arguments_for, python


def test_json_is_one_document_with_the_answer_of_the_library(run: Run, prompts_table: Path) -> None:
    code, out, err = run(
        "risk", *arguments_for(prompts_table), *QUICK, "--at", 100, "--at", "1e4", "--prob", 0.8, "--json"
    )
    assert code == 0, err
    document = json.loads(out)
    assert "\x1b" not in out + err
    found = pd.DataFrame(document["forecast"])
    expected = python(prompts_table).at([100, 10_000], 0.8).table
    pd.testing.assert_frame_equal(found[expected.columns.to_list()], expected, check_dtype=False)
    assert [one["model"] for one in document["budget"]] == ["\x1b[31mred", "plain"]
    assert any("60 of 3060 attempts did not run" in note for note in document["notes"])
    assert len(document["note_codes"]) == len(document["notes"])
    assert document["lineage"]["random seed"] == "4"
    assert document["judge_compared"] == []


def test_the_terminal_gets_claims_tables_warnings_and_notes(run: Run, prompts_table: Path) -> None:
    code, out, err = run("risk", *arguments_for(prompts_table), *QUICK)
    assert code == 0
    assert "“plain”: within 10,000 attempts each, " in out
    assert "Share of prompts broken (ASR@N)" in out
    assert "Attempts per prompt at which 50\u00a0% of prompts are broken" in out
    assert "warning: Every verdict of the judge is assumed to be correct" in out
    assert "note: Mixed inside a group: attack ('gcg', 'pair')." in out
    assert "\x1b" not in out + err
    assert "Fitting 30 problems" in err


@pytest.mark.parametrize(("suffix", "begins"), [(".html", "<!doctype html>"), (".md", "# Risk"), (".json", "{")])
def test_reports_are_written_as_their_names_end(
    run: Run, prompts_table: Path, tmp_path: Path, suffix: str, begins: str
) -> None:
    report, saved = tmp_path / f"report{suffix}", tmp_path / "risk.nc"
    code, out, err = run("risk", *arguments_for(prompts_table), *QUICK, "--out", report, "--save", saved, "--json")
    assert code == 0
    text = report.read_text(encoding="utf-8")
    assert text.startswith(begins)
    assert "attempts.csv" in text
    assert f"wrote {report}" in err
    again = bayescale.load(saved)
    assert isinstance(again, Risk)
    expected = pd.DataFrame(json.loads(out)["forecast"])["new_median"]
    assert again.at([1_000, 10_000]).table["new_median"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)
    if suffix == ".json":
        assert json.loads(text) == json.loads(out)


def test_redaction_holds_for_all_output(run: Run, prompts_table: Path, tmp_path: Path) -> None:
    report, saved = tmp_path / "report.html", tmp_path / "risk.nc"
    code, out, err = run("risk", *arguments_for(prompts_table), *QUICK, "--out", report, "--save", saved, "--redact")
    assert code == 0
    text = report.read_text(encoding="utf-8")
    for secret in ("plain", "[31m", "\ufffd", "gcg", "pair'", "attempts.csv"):
        assert secret not in text
        assert secret not in out
    assert f"wrote {saved} (with all names)" in err
    assert "model 2" in text
    assert "model 2" in out


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        (("--by", "model", "--by", "attack"), 4),
        (("--by", ""), 1),
        pytest.param((), 4, marks=pytest.mark.slow),
    ],
)
def test_groups_are_chosen(run: Run, prompts_table: Path, words: tuple[str, ...], groups: int) -> None:
    code, out, err = run("risk", prompts_table, "--rename", "Prompt=problem", *words, *QUICK, "--at", 100, "--json")
    assert code == 0, err
    assert len(json.loads(out)["forecast"]) == groups


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--by", "modle"), "Did you mean 'model'?"),
        (("--at", 0), "--at:\n  - 0 must be a whole number"),
        (("--at", "many"), "--at"),
        (("--prob", 2), "prob=2.0"),
        (("--level", 50), "level=50.0"),
        (("--threshold", 2), "threshold=2.0"),
        (("--mixing", "betta"), "Did you mean 'beta'?"),
        (("--judge-sensitivity", "19"), "--judge-sensitivity '19' is not of the form a,b"),
        (("--judge-sensitivity", "19,-1"), "sensitivity=(19.0, -1.0)"),
        (("--judge-errors", "independant"), "Did you mean 'independent'?"),
        (("--design", "until-success"), "Did you mean 'until_success'?"),
        (("--judge-labels", "none.csv"), "none.csv"),
        (("--judge-labels", "none.csv", "--judge-sensitivity", "1,1"), "--judge-labels determines"),
        (("--out", "report.pdf"), ".html, .md, .json"),
        (("--out", "nowhere/report.html"), "no folder nowhere"),
        (("--seed", -1), "--seed=-1"),
        (("--scorer", "x"), "scorer"),
        (("--check-duplicates",), "check_duplicates"),
        (("--rename", "Prompt"), "name=value"),
    ],
)
def test_wrong_options_are_wrong_input_before_anything_is_fitted(
    run: Run, prompts_table: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...], says: str
) -> None:
    def sampled(*_: object) -> None:
        raise AssertionError("fitted")

    monkeypatch.setattr("bayescale.risk.fit.sample", sampled)
    code, out, err = run("risk", prompts_table, "--rename", "Prompt=problem", "--json", *options)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_missing_columns_and_files_are_wrong_input(run: Run, prompts_table: Path, tmp_path: Path) -> None:
    code, out, err = run("risk", prompts_table, "--json")
    assert (code, out) == (2, "")
    assert "'problem' is not in the table" in err
    assert run("risk", tmp_path / "none.csv")[0] == 2
    assert run("risk")[0] == 2


@pytest.mark.parametrize(
    ("error", "code"), [(ChecksFailed("not explored"), 3), (InputError("wrong"), 2), (KeyboardInterrupt(), 130)]
)
def test_errors_become_their_exit_code_and_leave_no_file(
    run: Run, prompts_table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("bayescale.risk.fit.fit_risk", fail)
    report, saved = tmp_path / "report.html", tmp_path / "risk.nc"
    found, out, err = run("risk", *arguments_for(prompts_table), "--out", report, "--save", saved, "--json")
    assert (found, out) == (code, "")
    assert "Traceback" not in err
    assert not report.exists()
    assert not saved.exists()


def test_help_imports_no_heavy_package() -> None:
    heavy = ("numpy", "pandas", "scipy", "xarray", "matplotlib", "duckdb")
    code = (
        "import sys\nfrom bayescale import cli\nsys.argv = ['bayescale', *sys.argv[1:]]\n"
        f"try:\n    cli.main()\nfinally:\n    print([name for name in {heavy!r} if name in sys.modules])"
    )
    for words in (["--help"], ["risk", "--help"]):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0
        assert "risk" in done.stdout
        assert done.stdout.rstrip().endswith("[]")


def test_estimators_are_printed_beside_the_posterior(run: Run, prompts_table: Path) -> None:
    code, out, err = run("risk", *arguments_for(prompts_table), *QUICK, "--at", 1000, "--estimators")
    assert code == 0, err
    assert "Share of prompts broken according to published estimators" in out
    for method in ("SABER plug-in", "anchored at the observed share", "Brown et al.", "Hughes et al.", "this report"):
        assert method in out
    without = run("risk", *arguments_for(prompts_table), *QUICK, "--at", 1000)[1]
    assert "published estimators" not in without


def test_a_card_is_filled_with_the_forecast(run: Run, prompts_table: Path, tmp_path: Path) -> None:
    card, folder = tmp_path / "card.md", tmp_path / "parts"
    options = ("--out", card, "--template", "frontier-safety", "--export", folder)
    code, out, err = run("risk", *arguments_for(prompts_table), *QUICK, *options, "--json")
    assert code == 0, err
    text = card.read_text(encoding="utf-8")
    assert not text.startswith("# Risk")
    median = pd.DataFrame(json.loads(out)["forecast"])["new_median"].iloc[0]
    assert f"{100 * median:.2g}" in text
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} >= {".csv", ".tex", ".svg"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--template", "model-card"), "no file of a report is requested"),
        (("--template", "modelcard", "--out", "card.md"), "Did you mean 'model-card'"),
        (("--template", "model-card", "--out", "card.html"), "must end in .md"),
    ],
)
def test_cards_that_cannot_be_written_are_refused_before_the_fit(
    run: Run, prompts_table: Path, options: tuple[str, ...], problem: str
) -> None:
    code, out, err = run("risk", *arguments_for(prompts_table), *QUICK, *options)
    assert code == 2
    assert problem in err
    assert "Fitting" not in err
    assert out == ""
