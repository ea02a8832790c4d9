"""Every block of Python in docs/ runs, errors shown are raised as shown, and every check a fit can report is explained.

One namespace a page, in the page's order. Blocks marked no-run take minutes: they run with the slow tests. Blocks
marked needs-store run in a folder that has a store with a model.
"""

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from typer.testing import CliRunner

from bayescale.cli import app
from bayescale.core import netcdf
from bayescale.core.digests import digest_of
from bayescale.errors import BayescaleError
from bayescale.loading import require_whole
from bayescale.maintenance.store.posteriors import Store
from bayescale.scaling.checks.registry import CHECKS
from tests.docs.pages import PAGES, ROOT, blocks, matches, names, rows
from tests.maintenance.store.conftest import make_tree

pytestmark = pytest.mark.docs

NEEDS_STORE = "needs-store"
WITH_PYTHON = [
    page
    for page in (path.relative_to(ROOT).as_posix() for path in PAGES)
    if any(block.language == "python" and block.mark != NEEDS_STORE for block in blocks(page))
]


def executed(page: str, *, heavy: bool) -> dict[str, Any]:
    """What a page's blocks leave behind, run in the current folder."""
    found: dict[str, Any] = {}
    for block in blocks(page):
        if block.language != "python" or block.mark == NEEDS_STORE or (block.mark == "no-run" and not heavy):
            continue
        code = compile(block.text, page, "exec")
        if block.mark != "raises":
            exec(code, found)
            continue
        with pytest.raises(BayescaleError) as raised:
            exec(code, found)
        said = f"{type(raised.value).__name__}: {raised.value}"
        assert matches(said, block.answer), f"{block.text}says:\n{said}"
    return found


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every page's names after its blocks ran."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("docs"))
    try:
        return {page: executed(page, heavy=False) for page in WITH_PYTHON}
    finally:
        os.chdir(before)


def test_python_runs(left_behind: dict[str, dict[str, Any]]) -> None:
    assert {"docs/guide.md", "docs/risk.md", "docs/troubleshooting.md"} <= set(left_behind)
    assert left_behind["docs/guide.md"]["checks"].passed


def test_the_guide_recovers_what_its_data_were_made_from(left_behind: dict[str, dict[str, Any]]) -> None:
    guide = left_behind["docs/guide.md"]
    forecast = guide["forecast"].table.set_index("family")
    for family in ("dense", "wide"):
        inputs = {name: forecast.loc[family, name] for name in ("n_params", "n_tokens")}
        true = guide["bs"].law("chinchilla").predict(inputs, guide["truth"][family])
        assert abs(forecast.loc[family, "law_median"] / true - 1) < 0.03


def test_every_check_is_explained(left_behind: dict[str, dict[str, Any]]) -> None:
    risk = left_behind["docs/risk.md"]["risk"]
    listed = {*(check.name for check in CHECKS), *risk.check().table["check"]}
    explained = {name for row in rows("docs/troubleshooting.md", "check") for name in names(row[0])}
    assert explained == listed


def test_a_stored_posterior_opens_without_bayescale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = make_tree(1)
    Store.create(tmp_path / "store").publish("pile", tree, {})
    monkeypatch.chdir(tmp_path)
    (block,) = [block for block in blocks("docs/operations.md") if block.mark == NEEDS_STORE]
    assert not re.search(r"^(import|from) bayescale", block.text, re.MULTILINE)
    names_after: dict[str, Any] = {}
    exec(compile(block.text, "docs/operations.md", "exec"), names_after)
    xr.testing.assert_identical(names_after["posterior"].load(), tree["posterior"].to_dataset())
    Path("saved.nc").write_bytes(names_after["content"])
    assert digest_of(netcdf.read("saved.nc", require_whole)) == digest_of(tree)


@pytest.mark.parametrize("page", ["docs/troubleshooting.md"])
def test_commands_fail_as_shown(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = [block for block in blocks(page) if block.language == "sh" and block.mark == "exit-2"]
    assert len(shown) > 3
    for block in shown:
        done = CliRunner().invoke(app, shlex.split(block.text)[1:], prog_name="bayescale")
        assert isinstance(done.exception, BayescaleError), done.output
        assert done.exception.exit_code == 2
        assert matches(str(done.exception), block.answer), str(done.exception)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in WITH_PYTHON if any(b.mark == "no-run" for b in blocks(page))])
def test_what_takes_minutes_runs_too(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert executed(page, heavy=True)
