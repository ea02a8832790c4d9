"""`bayescale risk`: answers, files, exit codes, and a standard output that programs can read."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import bayescale
from bayescale import cli
from bayescale.data.trials import read_trials
from bayescale.errors import ChecksFailed, InputError
from bayescale.risk.fit import fit_risk
from bayescale.risk.judge import Judge
from bayescale.risk.result import Risk

type Run = Callable[..., tuple[int, str, str]]
QUICK = ("--mixing", "beta", "--seed", "4")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `bayescale risk` in this process: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bayescale", "risk", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Counts under other people's names: two models, two attacks, and prompts that nobody should trust."""
    rng = np.random.default_rng(8)
    rows = [
        (model, attack, f"<b>\x1b[31mprompt</b> {i}", 50, rng.binomial(50, rng.beta(0.5, b)), 1)
        for model, b in (("\x1b[31mred", 8.0), ("plain", 20.0))
        for attack in ("gcg", "pair")
        for i in range(15)
    ]
    names = ["model", "attack", "Prompt", "attempts", "successes", "errors"]
    path = tmp_path / "attempts.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    return path


def given(table: Path) -> tuple[object, ...]:
    return (table, "--rename", "Prompt=problem", "--by", "model")


def python(table: Path, **settings: Any) -> Risk:
    """What the same question gives in Python."""
    trials = read_trials(table, rename={"Prompt": "problem"})
    return fit_risk(trials, ["model"], mixing="beta", random_seed=4, **settings)


def test_json_is_one_document_with_the_answer_of_the_library(run: Run, table: Path) -> None:
    code, out, err = run(*given(table), *QUICK, "--at", 100, "--at", "1e4", "--prob", 0.8, "--json")
    assert code == 0, err
    document = json.loads(out)
    assert "\x1b" not in out + err
    found = pd.DataFrame(document["forecast"])
    expected = python(table).at([100, 10_000], 0.8).table
    pd.testing.assert_frame_equal(found[expected.columns.to_list()], expected, check_dtype=False)
    assert [one["model"] for one in document["budget"]] == ["\x1b[31mred", "plain"]
    assert any("60 of 3060 attempts did not run" in note for note in document["notes"])
    assert document["lineage"]["random seed"] == "4"
    assert document["judge_compared"] == []


def test_the_terminal_gets_claims_tables_warnings_and_notes(run: Run, table: Path) -> None:
    code, out, err = run(*given(table), *QUICK)
    assert code == 0
    assert "“plain”: within 10,000 attempts each, " in out
    assert "within 1,000 attempts each" in out
    assert "Share of prompts broken (ASR@N)" in out
    assert "Attempts per prompt at which 50\u00a0% of prompts are broken" in out
    assert "warning: Every verdict of the judge is taken as right" in out
    assert "note: Mixed inside a group: attack ('gcg', 'pair')." in out
    assert "\x1b" not in out + err
    assert "Fitting 30 problems" in err


@pytest.mark.parametrize(("suffix", "begins"), [(".html", "<!doctype html>"), (".md", "# Risk"), (".json", "{")])
def test_reports_are_written_as_their_names_end(
    run: Run, table: Path, tmp_path: Path, suffix: str, begins: str
) -> None:
    report, saved = tmp_path / f"report{suffix}", tmp_path / "risk.nc"
    code, out, err = run(*given(table), *QUICK, "--out", report, "--save", saved, "--json")
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


def test_redaction_holds_for_all_output(run: Run, table: Path, tmp_path: Path) -> None:
    report, saved = tmp_path / "report.html", tmp_path / "risk.nc"
    code, out, err = run(*given(table), *QUICK, "--out", report, "--save", saved, "--redact")
    assert code == 0
    text = report.read_text(encoding="utf-8")
    for secret in ("plain", "[31m", "\ufffd", "gcg", "pair'", "attempts.csv"):
        assert secret not in text
        assert secret not in out
    assert f"wrote {saved} (names and all)" in err
    assert "model 2" in text
    assert "model 2" in out


def test_a_judge_is_stated_or_learnt_from_labels(run: Run, table: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    pd.DataFrame({"truth": [1] * 18 + [0] * 98, "verdict": [1] * 18 + [0] * 98}).to_csv(labels, index=False)
    stated = ("--judge-sensitivity", "19,1", "--judge-false-positives", "1,99")
    said = []
    for options in (stated, ("--judge-labels", labels)):
        code, out, err = run(*given(table), *QUICK, "--at", 1000, *options, "--judge-errors", "persistent", "--json")
        assert code == 0, err
        said.append(json.loads(out))
    assert said[0]["forecast"] == said[1]["forecast"]
    expected = python(table, judge=Judge((19, 1), (1, 99), "persistent")).at([1000]).table["new_median"]
    assert [one["new_median"] for one in said[0]["forecast"]] == pytest.approx(expected.to_list())
    errors = [one["errors"] for one in said[0]["judge_compared"]]
    assert errors == ["persistent", "independent"] * 2


def test_the_other_reading_of_the_judge_may_fail_its_checks(
    run: Run, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*arguments: Any, **settings: Any) -> Risk:
        if settings["judge"].errors == "independent":
            raise ChecksFailed("not explored")
        return fit_risk(*arguments, **settings)

    monkeypatch.setattr("bayescale.risk.result.fit_risk", fit)
    code, out, err = run(*given(table), *QUICK, "--judge-errors", "persistent", "--json")
    assert code == 0
    assert "independent errors of the judge could not be fitted" in err
    assert json.loads(out)["judge_compared"] == []


def test_one_row_per_attempt_several_files_and_no_groups(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    paths = []
    for part in range(2):
        rows = [(f"p{part}-{i}", k, int(rng.random() < 0.1)) for i in range(10) for k in range(20)]
        paths.append(tmp_path / f"{part}.csv")
        pd.DataFrame(rows, columns=["problem", "attempt", "success"]).to_csv(paths[-1], index=False)
    code, out, err = run(*paths, *QUICK, "--check-duplicates", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["data"][0]["problems"] == 20
    assert document["data"][0]["attempts"] == 400
    assert document["claims"][0].startswith("Within 10,000 attempts each")


def test_groups_are_chosen(run: Run, table: Path) -> None:
    for words, groups in ((("--by", "model", "--by", "attack"), 4), (("--by", ""), 1), ((), 4)):
        code, out, err = run(table, "--rename", "Prompt=problem", *words, *QUICK, "--at", 100, "--json")
        assert code == 0, err
        assert len(json.loads(out)["forecast"]) == groups


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--by", "modle"), "Did you mean 'model'?"),
        (("--at", 0), "1 to"),
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
        (("--judge-labels", "none.csv", "--judge-sensitivity", "1,1"), "--judge-labels says"),
        (("--out", "report.pdf"), ".html, .md, .json"),
        (("--out", "nowhere/report.html"), "no folder nowhere"),
        (("--seed", -1), "--seed=-1"),
        (("--scorer", "x"), "scorer"),
        (("--check-duplicates",), "check_duplicates"),
        (("--rename", "Prompt"), "name=value"),
    ],
)
def test_wrong_options_are_wrong_input_before_anything_is_fitted(
    run: Run, table: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[object, ...], says: str
) -> None:
    def sampled(*_: object) -> None:
        raise AssertionError("fitted")

    monkeypatch.setattr("bayescale.risk.result.sample", sampled)
    code, out, err = run(table, "--rename", "Prompt=problem", "--json", *options)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_labels_of_the_judge_are_named_by_row(run: Run, table: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("truth,verdict\n1,1\n0,yes\n", encoding="utf-8")
    code, _, err = run(*given(table), "--judge-labels", labels)
    assert code == 2
    assert "row 2: verdict='yes' must be 0 or 1" in err


def test_missing_columns_and_files_are_wrong_input(run: Run, table: Path, tmp_path: Path) -> None:
    code, out, err = run(table, "--json")
    assert (code, out) == (2, "")
    assert "'problem' is not in the table" in err
    assert run(tmp_path / "none.csv")[0] == 2
    assert run()[0] == 2


@pytest.mark.parametrize(
    ("error", "code"), [(ChecksFailed("not explored"), 3), (InputError("wrong"), 2), (KeyboardInterrupt(), 130)]
)
def test_errors_become_their_exit_code_and_leave_no_file(
    run: Run, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("bayescale.risk.result.fit_risk", fail)
    report, saved = tmp_path / "report.html", tmp_path / "risk.nc"
    found, out, err = run(*given(table), "--out", report, "--save", saved, "--json")
    assert (found, out) == (code, "")
    assert "Traceback" not in err
    assert not report.exists()
    assert not saved.exists()


def test_help_is_light_and_names_the_command() -> None:
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


def test_estimators_are_printed_beside_the_posterior(run: Run, table: Path) -> None:
    code, out, err = run(*given(table), *QUICK, "--at", 1000, "--estimators")
    assert code == 0, err
    assert "Share of prompts broken by the published estimators" in out
    for method in ("SABER plug-in", "anchored at what was reached", "Brown et al.", "Hughes et al.", "this report"):
        assert method in out
    without = run(*given(table), *QUICK, "--at", 1000)[1]
    assert "published estimators" not in without
