"""Options that several commands share: parsing, exclusion of rows, progress."""

from pathlib import Path

import pytest

from bayescale.data.runs import Runs
from bayescale.errors import ChecksFailed, InputError
from tests.cli.conftest import Run


def test_options_that_do_not_parse_are_wrong_input(run: Run, runs_table: Path) -> None:
    assert run("fit", runs_table, "--prob", "much")[0] == 2
    assert run("fit", runs_table, "--rename", "loss")[0] == 2
    assert run("fit", runs_table, "--at", "n_params")[0] == 2
    assert run("fit", runs_table, "--report", "r.html")[0] == 2
    assert run("nonsense")[0] == 2


@pytest.mark.parametrize(
    "command", [("fit", "bayescale.scaling.fit.fit"), ("backtest", "bayescale.scaling.evaluation.backtest.backtest")]
)
def test_diverged_runs_are_left_out_with_a_reason(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, str]
) -> None:
    seen = []

    def stop(runs: Runs, *_: object, **__: object) -> None:
        seen.append(runs)
        raise InputError("stopped before sampling")

    monkeypatch.setattr(command[1], stop)
    path = tmp_path / "wb.csv"
    path.write_text(
        '"Name","n_params","n_tokens","eval/loss"\n"a","1e8","2e9","3.5"\n"b","2e8","4e9","Infinity"\n,,,\n'
    )
    words = (command[0], path, "--rename", "eval/loss=loss", "--exclude-blank", "loss")
    code, _, err = run(*words, "--reason", "diverged")
    assert (code, "stopped before sampling" in err) == (2, True)
    assert seen[0].table["row"].tolist() == [1]
    assert seen[0].notes == ("1 row left out (row 2): diverged",)
    for wrong in (words, (*words[:-2], "--reason", "diverged")):
        code, _, err = run(*wrong)
        assert code == 2
        assert "--exclude-blank COLUMN and --reason TEXT go together" in err


def test_a_diverged_run_error_names_the_options(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "wb.csv"
    path.write_text("n_params,n_tokens,loss\n1e8,2e9,3.5\n2e8,4e9,Infinity\n4e8,8e9,3.1\n")
    code, _, err = run("fit", path, "--law", "chinchilla")
    assert code == 2
    assert "'loss': blank or not finite in row 2" in err
    assert '--exclude-blank loss --reason "diverged"' in err


@pytest.mark.parametrize("command", ["fit", "backtest"])
def test_quiet_prints_no_progress(run: Run, runs_table: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    shown = []

    def sampled(*_: object, progress: object, **__: object) -> None:
        shown.append(bool(progress))
        raise ChecksFailed("not converged")

    monkeypatch.setattr("bayescale.scaling.fit.fit", sampled)
    monkeypatch.setattr("bayescale.scaling.evaluation.backtest.backtest", sampled)
    options = ("--rename", "Model Size=n_params", "--complete", "--law", "chinchilla")
    code, _, err = run(command, runs_table, *options)
    assert code == 3, err
    assert run(command, runs_table, *options, "--quiet") == (3, "", "bayescale: not converged\n")
    assert shown == [True, False]
