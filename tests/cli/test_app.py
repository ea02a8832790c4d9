"""The command line: answers, exit codes, and a standard output that programs can read."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayescale
from bayescale.core.display import printable
from bayescale.data.runs import Runs
from bayescale.errors import ChecksFailed, InputError
from bayescale.scaling_laws.registry import CATALOGUE
from tests.cli.conftest import Run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Runs under other people's names, one of them without tokens."""
    path = tmp_path / "runs.csv"
    pairs = [(n, n * ratio) for n in (1e8, 3e8, 1e9, 3e9) for ratio in (5, 20, 80, 320)]
    frame = pd.DataFrame(pairs, columns=["Model Size", "n_tokens"]).assign(family="\x1b[31mred")
    law = 1.7 + 406 / frame["Model Size"] ** 0.34 + 411 / frame["n_tokens"] ** 0.28
    frame["loss"] = law * np.exp(0.01 * np.random.default_rng(1).standard_normal(len(frame)))
    without_tokens = frame.head(1).assign(n_tokens=None, loss=frame["loss"] + 0.1)  # a run of its own: no repeated loss
    pd.concat([frame, without_tokens]).to_csv(path, index=False)
    return path


def test_help_names_every_command(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert all(command in out for command in ("demo", "laws", "fit"))


def test_module_runs_as_the_command_does() -> None:
    done = subprocess.run([sys.executable, "-m", "bayescale", "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "Commands:" in done.stdout


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


def test_missing_file_is_wrong_input(run: Run, tmp_path: Path) -> None:
    code, out, err = run("fit", tmp_path / "none.csv")
    assert (code, out) == (2, "")
    assert "none.csv" in err


def test_targets_are_read_before_anything_is_sampled(run: Run, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sampled(*_: object, **__: object) -> None:
        raise AssertionError("nothing may be sampled for a target that cannot be forecast")

    monkeypatch.setattr("bayescale.scaling.fit.fit", sampled)
    given = ("fit", table, "--rename", "Model Size=n_params", "--complete", "--law", "chinchilla", "--at")
    for words, said in (
        ("n_params=1e10", "input 'n_tokens' is missing"),
        ("n_params=ten,n_tokens=1e9", "n_params='ten' is not a number"),
        ("n_params=1e10,n_tokens=2e11,family=purple", "family 'purple' was not in the training data"),
    ):
        code, out, err = run(*given, words)
        assert (code, out) == (2, "")
        assert said in err


def test_a_spec_is_a_toml_file(run: Run, table: Path, tmp_path: Path) -> None:
    code, _, err = run("init", table, "--out", tmp_path / "model.txt")
    assert code == 2
    assert "must end in .toml" in err
    assert not (tmp_path / "model.txt").exists()


def test_a_missing_column_is_told_with_the_option_that_names_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("n_params,n_tokens,val_loss\n1e8,2e9,3.1\n", encoding="utf-8")
    code, _, err = run("fit", tmp_path / "runs.csv")
    assert code == 2
    assert "--rename theirs=loss" in err


def test_options_that_do_not_parse_are_wrong_input(run: Run, table: Path) -> None:
    assert run("fit", table, "--prob", "much")[0] == 2
    assert run("fit", table, "--rename", "loss")[0] == 2
    assert run("fit", table, "--at", "n_params")[0] == 2
    assert run("fit", table, "--report", "r.html")[0] == 2
    assert run("nonsense")[0] == 2


def test_blank_inputs_are_refused_and_can_be_left_out(run: Run, table: Path) -> None:
    code, _, err = run("fit", table, "--rename", "Model Size=n_params", "--law", "chinchilla")
    assert code == 2
    assert "n_tokens" in err


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


def test_a_run_that_diverged_is_refused_with_a_way_out_that_works(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "wb.csv"
    path.write_text("n_params,n_tokens,loss\n1e8,2e9,3.5\n2e8,4e9,Infinity\n4e8,8e9,3.1\n")
    code, _, err = run("fit", path, "--law", "chinchilla")
    assert code == 2
    assert "'loss': blank or not finite in row 2" in err
    assert '--exclude-blank loss --reason "diverged"' in err


@pytest.mark.parametrize("command", ["fit", "backtest"])
def test_a_quiet_command_says_nothing_on_the_way(
    run: Run, table: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    shown = []

    def sampled(*_: object, progress: object, **__: object) -> None:
        shown.append(bool(progress))
        raise ChecksFailed("not converged")

    monkeypatch.setattr("bayescale.scaling.fit.fit", sampled)
    monkeypatch.setattr("bayescale.scaling.evaluation.backtest.backtest", sampled)
    options = ("--rename", "Model Size=n_params", "--complete", "--law", "chinchilla")
    code, _, err = run(command, table, *options)
    assert code == 3, err
    assert run(command, table, *options, "--quiet") == (3, "", "bayescale: not converged\n")
    assert shown == [True, False]


def test_fit_forecasts_saves_and_reports(run: Run, table: Path, tmp_path: Path) -> None:
    saved, page = tmp_path / "fit.nc", tmp_path / "report.html"
    options = ["--rename", "Model Size=n_params", "--complete", "--law", "chinchilla", "--seed", 5]
    at = ["--at", "n_params=1e10,n_tokens=2e11,family=\x1b[31mred", "--at", "n_params=1e10,n_tokens=2e11"]
    code, out, err = run("fit", table, *options, *at, "--no-discrepancy", "--out", saved, "--report", page, "--json")
    assert code == 0, err
    assert "attempt 1 of 3 (mode and curvature)" in err
    document = json.loads(out)
    assert [one["n_params"] for one in document["forecast"]] == [1e10, 1e10]
    assert document["lineage"]["random seed"] == "5"
    assert any("left out" in note for note in document["notes"])
    assert "\x1b" not in err
    again = bayescale.load(saved).forecast([{"n_params": 1e10, "n_tokens": 2e11, "family": "\x1b[31mred"}])
    assert again.table["run_median"].iloc[0] == pytest.approx(document["forecast"][0]["run_median"], rel=1e-9)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(("error", "code"), [(ChecksFailed("not converged"), 3), (InputError("wrong"), 2)])
def test_errors_become_their_exit_code(
    run: Run, table: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("bayescale.scaling.fit.fit", fail)
    found, out, err = run("fit", table, "--rename", "Model Size=n_params", "--json")
    assert (found, out) == (code, "")
    assert str(error) in err
    assert "Traceback" not in err


def test_interrupt_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bayescale.scaling_laws.registry.law", interrupted)
    code, out, _ = run("laws", "joint")
    assert (code, out) == (130, "")


@contextmanager
def interruptible(*command: object) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that Ctrl-C reaches, also where the tests themselves were started in the background, and that ends with
    its test."""
    process = subprocess.Popen(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def interrupted(process: "subprocess.Popen[bytes]", after: bytes, wait: float) -> None:
    """Press Ctrl-C some seconds after a process has said something, and see it end without a word."""
    assert process.stderr is not None
    while after not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(wait)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert stdout == b""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupted_fit_leaves_no_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with interruptible(sys.executable, "-m", "bayescale", "demo", "--out", out) as process:
        interrupted(process, after=b"Fitting", wait=0)
    assert list(out.iterdir()) == []


LONG_FIT = """
import sys
import nutpie
from bayescale import cli

ours = nutpie.sample
def announced(*arguments, **settings):
    print("sampling", file=sys.stderr, flush=True)
    return ours(*arguments, **{**settings, "draws": 10_000_000})
nutpie.sample = announced
sys.argv = ["bayescale", "fit", *sys.argv[1:]]
cli.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupted_sampling_leaves_no_file(tmp_path: Path, table: Path) -> None:
    """Ctrl-C while the sampler runs, which is in threads of its own: it hands back what it has, and we must not."""
    words = [
        table,
        "--rename",
        "Model Size=n_params",
        "--complete",
        "--law",
        "chinchilla",
        "--out",
        tmp_path / "fit.nc",
    ]
    with interruptible(sys.executable, "-c", LONG_FIT, *words) as process:
        interrupted(process, after=b"sampling", wait=1)
    assert [path.name for path in tmp_path.iterdir()] == [table.name]


def test_terminal_gets_no_control_characters() -> None:
    assert printable("a\x1b[31mb\nc\u00a0d") == "a\ufffd[31mb\nc\u00a0d"


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


def test_a_wrong_law_file_is_wrong_input(run: Run, law_file: Path, table: Path) -> None:
    law_file.write_text(LAW.replace("mine", "joint").replace("floor", "flor"), encoding="utf-8")
    for words in (("laws", law_file), ("fit", table, "--law", law_file)):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert "mine.toml: 2 problems in this law" in err
        assert "Did you mean 'floor'?" in err
        assert "'joint' is one of the catalogue" in err
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
    rows = [line for line in out.splitlines() if re.match(r" L\d", line)]
    assert len(rows) == len(CATALOGUE)
    assert {line[:7].strip() for line in rows} == {law.id for law in CATALOGUE.values()}
