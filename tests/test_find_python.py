"""The search for a Python to set up with: only one that runs, is new enough and can make environments counts."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "tools" / "find-python"
SHELL = "/bin/sh"
RUNS = "#!/bin/sh\necho {version}; exit {code}\n"

pytestmark = pytest.mark.skipif(not Path(SHELL).exists(), reason="needs a POSIX shell")


def stub(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def find(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), **environment}
    return subprocess.run([SHELL, str(SCRIPT)], env=settings, capture_output=True, text=True, timeout=30)


def test_the_newest_that_runs_is_taken(tmp_path: Path) -> None:
    stub(tmp_path / "bin", "python3.14", "#!/bin/sh\necho 'pyenv: python3.14: command not found' >&2; exit 127\n")
    good = stub(tmp_path / "bin", "python3.13", RUNS.format(version="3.13", code=0))
    stub(tmp_path / "bin", "python3", RUNS.format(version="3.11", code=1))
    done = find(tmp_path)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, str(good), "")


def test_pyenv_is_asked_when_the_path_has_none(tmp_path: Path) -> None:
    stub(tmp_path / "bin", "python3", RUNS.format(version="3.11", code=1))
    good = stub(tmp_path / ".pyenv" / "versions" / "3.12.1" / "bin", "python", RUNS.format(version="3.12", code=0))
    assert find(tmp_path).stdout.strip() == str(good)


def test_says_what_was_found_where_none_will_do(tmp_path: Path) -> None:
    old = stub(tmp_path / "bin", "python3", RUNS.format(version="3.11", code=1))
    broken = stub(tmp_path / "bin", "python3.13", "#!/bin/sh\nexit 127\n")
    done = find(tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "bayescale needs Python 3.12 or newer; found:" in done.stderr
    assert f"{old}: 3.11" in done.stderr
    assert f"{broken}: does not run" in done.stderr


def test_says_so_where_there_is_none_at_all(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    assert "found: no Python at all" in find(tmp_path).stderr


def test_a_named_one_is_the_only_candidate(tmp_path: Path) -> None:
    stub(tmp_path / "bin", "python3.13", RUNS.format(version="3.13", code=0))
    mine = stub(tmp_path / "mine", "python", RUNS.format(version="3.12", code=0))
    assert find(tmp_path, PYTHON=str(mine)).stdout.strip() == str(mine)
    assert "no such command" in find(tmp_path, PYTHON="nothing").stderr


def test_script_can_be_run() -> None:
    assert os.access(SCRIPT, os.X_OK)
