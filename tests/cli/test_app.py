"""The command line as a program: help, exit codes and interruption."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from bayescale.core.display import printable
from bayescale.errors import ChecksFailed, InputError
from tests.cli.conftest import Run


def test_help_names_every_command(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert all(command in out for command in ("demo", "laws", "fit"))


def test_short_help_and_version(run: Run) -> None:
    assert run("-h")[1] == run("--help")[1]
    assert run("fit", "-h")[1] == run("fit", "--help")[1]
    code, out, _ = run("--version")
    assert (code, out) == (0, f"bayescale {version('bayescale')}\n")


def test_shells_complete_commands() -> None:
    environment = os.environ | {
        "_BAYESCALE_COMPLETE": "complete_bash",
        "COMP_WORDS": "bayescale all",
        "COMP_CWORD": "1",
    }
    words = [sys.executable, "-c", "import sys; sys.argv = ['bayescale']; from bayescale.cli import main; main()"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment)
    assert done.stdout.strip() == "allocate"


def test_module_runs_as_the_command_does() -> None:
    done = subprocess.run([sys.executable, "-m", "bayescale", "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "Commands:" in done.stdout


@pytest.mark.parametrize(("error", "code"), [(ChecksFailed("not converged"), 3), (InputError("wrong"), 2)])
def test_errors_become_their_exit_code(
    run: Run, runs_table: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("bayescale.scaling.fit.fit", fail)
    found, out, err = run("fit", runs_table, "--rename", "Model Size=n_params", "--json")
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
    stdout, _ = process.communicate(timeout=45)
    assert process.returncode == 130
    assert stdout == b""


@pytest.mark.slow
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
    return ours(*arguments, **{**settings, "draws": 1_000_000})
nutpie.sample = announced
sys.argv = ["bayescale", "fit", *sys.argv[1:]]
cli.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupted_sampling_leaves_no_file(tmp_path: Path, runs_table: Path) -> None:
    """Ctrl-C while the sampler runs, which is in threads of its own: it hands back what it has, and we must not."""
    words = [
        runs_table,
        "--rename",
        "Model Size=n_params",
        "--complete",
        "--law",
        "chinchilla",
        "--out",
        tmp_path / "fit.nc",
    ]
    with interruptible(sys.executable, "-c", LONG_FIT, *words) as process:
        interrupted(process, after=b"sampling", wait=0.3)
    assert [path.name for path in tmp_path.iterdir()] == [runs_table.name]


def test_terminal_gets_no_control_characters() -> None:
    assert printable("a\x1b[31mb\nc\u00a0d") == "a\ufffd[31mb\nc\u00a0d"
