"""The documentation is up to date with the code: generated parts, names, commands, links, error messages."""

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import bayescale
from bayescale import errors
from bayescale.maintenance.specs.spec_files import read_spec
from bayescale.scaling.model.design import make_design
from bayescale.scaling.refusal import refusal
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.registry import CATALOGUE
from tests.docs.pages import (
    DOCS,
    GROUP,
    PAGES,
    ROOT,
    TEXTS,
    anchors,
    blocks,
    commands,
    matches,
    names,
    parse,
    prose,
    rows,
)
from tests.golden import golden
from tools.docs import REGIONS, stale

pytestmark = pytest.mark.docs


def test_generated_parts_are_what_the_code_says() -> None:
    old = [path.relative_to(ROOT).as_posix() for path in stale()]
    assert not old, f"out of date: {', '.join(old)}. Run: python -m tools.docs"


def test_every_region_stands_somewhere() -> None:
    used = re.findall(r"<!-- generated: ([a-z-]+) -->", "".join(path.read_text(encoding="utf-8") for path in PAGES))
    assert sorted(used) == sorted(REGIONS)


def test_every_public_name_is_documented() -> None:
    headings = set(re.findall(r"^## `(\w+)`$", TEXTS["docs/python.md"], re.MULTILINE))
    assert headings == set(bayescale.__all__)


def test_every_command_is_documented() -> None:
    headings = set(re.findall(r"^## (\S+)$", TEXTS["docs/commands.md"], re.MULTILINE))
    assert headings == set(GROUP.commands)


@pytest.mark.parametrize("page", TEXTS)
def test_commands_parse(page: str) -> None:
    for block in blocks(page):
        for words in commands(block.text) if block.language == "sh" else []:
            parse(words)
    for one in re.findall(r"`bayescale ([a-z][a-z-]*)", prose(page)):
        assert one in GROUP.commands


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    here = (ROOT / page).parent
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose(page)):
        path, _, anchor = link.partition("#")
        target = (here / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.relative_to(ROOT).as_posix()), link


def test_every_page_is_in_the_index() -> None:
    index = TEXTS["docs/README.md"]
    pages = [path.relative_to(DOCS).as_posix() for path in PAGES if path.name != "README.md"]
    assert not [page for page in pages if f"]({page}" not in index]


def test_which_law_names_laws_of_the_catalogue_and_all_of_them() -> None:
    named = [name for row in rows("docs/which-law-when.md", "you have", "law") for name in names(row[1])]
    assert len(named) > 40
    assert set(named) == set(CATALOGUE)


def test_errors_and_their_exit_codes() -> None:
    told = {names(row[0])[0]: int(row[2]) for row in rows("docs/troubleshooting.md", "error", "when", "exit code")}
    known = {
        name: one.exit_code
        for name, one in vars(errors).items()
        if isinstance(one, type) and one.__module__ == errors.__name__
    }
    known.pop("BayescaleError")
    assert told == known


def test_exit_codes_are_the_same_on_every_page() -> None:
    from bayescale.cli.app import INTERRUPTED
    from bayescale.maintenance.outcome import DRIFT, EXIT_CODES

    codes = {0, errors.InputError.exit_code, errors.ChecksFailed.exit_code, DRIFT, INTERRUPTED, *EXIT_CODES.values()}
    for page, header in (("docs/troubleshooting.md", ("code", "meaning")), ("docs/operations.md", ("code", "meaning"))):
        assert {int(row[0]) for row in rows(page, *header)} == codes


def test_every_hint_of_a_refused_fit_is_explained() -> None:
    table = pd.DataFrame({"family": [*"aabb"], "n_params": [1e8, 2e8, 3e8, 4e8], "n_tokens": [3e9, 1e10, 4e9, 8e9]})
    runs = bayescale.read_runs(table.assign(loss=[3.3, 3.0, 2.9, 2.8]))
    advice = refusal(make_design(runs, make_spec("joint", "family", True, "growing", None)), [], "")
    hints = [line.removeprefix("  - ") for line in advice.splitlines() if line.startswith("  - ")]
    told = [row[0].replace("`", "") for row in rows("docs/troubleshooting.md", "hint")]
    assert len(hints) == len(told) > 5
    assert all(any(matches(hint, explained) for explained in told) for hint in hints), hints


def test_specs_shown_are_specs(tmp_path: Path) -> None:
    shown = [block.text for block in blocks("docs/operations.md") if block.language == "toml"]
    assert len(shown) > 1
    for number, text in enumerate(shown):
        assert tomllib.loads(text)
        path = tmp_path / f"shown-{number}.toml"
        path.write_text(text, encoding="utf-8")
        assert read_spec(path).name == path.stem


def test_text_is_not_left_unfinished() -> None:
    for page, text in TEXTS.items():
        assert not re.search(r"\b(TODO|TBD|FIXME)\b", text), page
        assert "```text\n?\n```" not in text, page


def test_the_groups_of_a_fit_are_those_of_its_tree() -> None:
    """Every variable of the default fit stands in the table, with its dimensions, and no other does."""
    fit = golden("joint")
    classes = {
        "natural parameters": [parameter.name for parameter in fit.posterior.design.spec.law.parameters],
        "the response": [fit.response],
    }
    documented = {}
    for group, variables, dims in rows("docs/guide.md", "group", "variables", "dimensions"):
        listed = [name for name in names(variables) if name != "total"]
        listed += [name for words, members in classes.items() if words in variables for name in members]
        size = () if dims == "none" else tuple(dims.split(", "))
        documented |= {(group.strip("`"), name): size for name in listed}
    tree = bayescale.to_arviz(fit, draws=1)
    held = {
        (str(group), str(name)): tuple(map(str, variable.dims))
        for group, node in tree.children.items()
        for name, variable in node.to_dataset().data_vars.items()
    }
    assert documented == held
