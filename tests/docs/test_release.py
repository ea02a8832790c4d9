"""A release a stranger can take: one version everywhere, types marked, a wheel that runs outside of the checkout."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

pytestmark = pytest.mark.docs

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_citation() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    said = dict(re.findall(r"^([a-z-]+): (.+)$", text, re.MULTILINE))
    assert said["cff-version"] == "1.2.0"
    assert said["version"] == PROJECT["version"]
    assert said["license"] == PROJECT["license"] == "Apache-2.0"
    assert "authors:" in text
    yaml = pytest.importorskip("yaml")
    assert {"title", "message", "authors", "type"} <= set(yaml.safe_load(text))


def test_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", text, re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    assert headings[1][0] == PROJECT["version"]
    assert all(date for _, date in headings[1:])
    assert "### Added" in text


def test_licence() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_types_are_marked() -> None:
    assert (ROOT / "bayescale" / "py.typed").exists()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without anything being downloaded where the build's tool is installed."""
    out = tmp_path_factory.mktemp("wheel")
    offline = ["--no-build-isolation"] if find_spec("hatchling") else []
    build = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--quiet", "--wheel-dir", str(out), *offline]
    subprocess.run(build, check=True, timeout=600)
    (built,) = out.glob("bayescale-*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_what_it_needs(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "bayescale"
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert not wanted - held
    assert any(name.endswith("licenses/LICENSE") for name in held)
    assert not [name for name in held if name.startswith(("tests/", "docs/", "benchmarks/"))]


@pytest.mark.slow
def test_the_wheel_runs_outside_of_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Installed into an environment of its own that finds the dependencies of this one, and nothing else of it."""
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=120)
    python = place / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (place / "lib" / version / "site-packages" / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*install, "--ignore-installed", str(wheel)], check=True, timeout=120)

    # PYTHONPATH may name the checkout, whose package would be imported in place of the wheel's.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def output(*command: str) -> str:
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1800, check=True
        ).stdout

    def said(*words: str) -> str:
        return output(str(place / "bin" / "bayescale"), *words)

    where = output(str(python), "-c", "import bayescale; print(bayescale.__file__, bayescale.__version__)")
    assert where.startswith(str(place))
    assert where.split()[-1] == PROJECT["version"]
    assert "refit" in said("--help")
    assert "chinchilla" in said("laws")
    assert "q" in said("laws", "joint")
    assert "forecast" in said("demo", "--out", str(tmp_path / "demo"), "--json")
    assert (tmp_path / "demo" / "report.html").stat().st_size > 10_000
