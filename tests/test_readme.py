"""What README.md and ARCHITECTURE.md say is so: the Python runs, and files, commands and targets exist."""

import re
from pathlib import Path

import pytest

from bayescale import cli
from bayescale.scaling_laws.registry import CATALOGUE

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), names)
    assert (tmp_path / "pile.nc").stat().st_size > 0
    assert (tmp_path / "forecast.png").stat().st_size > 0


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE))
    assert {"demo", "test"} <= asked
    assert all(re.search(rf"^{name}:", makefile, re.MULTILINE) for name in asked)


def test_commands_are_documented() -> None:
    for command in cli.app.registered_commands:
        assert command.callback is not None
        assert f"bayescale {command.name or command.callback.__name__}" in README


def test_the_catalogue_is_as_large_as_said() -> None:
    assert f"holds {len(CATALOGUE)} published laws" in README


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README + ARCHITECTURE)
    assert links
    assert all((ROOT / link).exists() for link in links)


def test_architecture_names_real_files() -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|txt)|(?:[a-z_]+/)+)`", ARCHITECTURE))
    missing = {name for name in named if not ((ROOT / "bayescale" / name).exists() or (ROOT / name).exists())}
    assert len(named) > 25
    assert not missing


def test_architecture_places_every_part() -> None:
    parts = {
        path.name + ("/" if path.is_dir() else "")
        for path in (ROOT / "bayescale").iterdir()
        if path.is_file() or (path / "__init__.py").exists()
    }
    own = {name for name in parts if not name.startswith("__")}
    assert not {name for name in own if f"| `{name}` |" not in ARCHITECTURE}
