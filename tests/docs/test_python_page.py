"""The page of public names: signatures, sections and members."""

import functools
import re

import pytest

import bayescale
from tools.python_page import _member, _signature, names


@pytest.fixture(scope="module")
def page() -> str:
    return names()


def test_no_underlined_section_is_left(page: str) -> None:
    assert not re.findall(r"^\w[\w ]*\n-{3,}$", page, re.MULTILINE)


@pytest.mark.parametrize("title", ["Parameters", "Returns", "Raises"])
def test_sections_of_law_are_tables(page: str, title: str) -> None:
    section = page.split("## `law`\n", 1)[1].split("\n## `", 1)[0]
    assert re.search(rf"\*\*{title}\*\*\n\n\| ", section)


def test_every_exported_name_has_a_section(page: str) -> None:
    assert set(re.findall(r"^## `(\w+)`$", page, re.MULTILINE)) == set(bayescale.__all__)


def test_signature_names_types_without_modules_and_marks_keywords() -> None:
    def example(self: object, path: "pathlib.Path", *, prob: float = 0.9) -> None:  # type: ignore[name-defined]  # noqa: F821
        """Do nothing."""

    assert _signature(example) == '(path: "Path", *, prob: float = 0.9)'


def test_cached_properties_have_no_signature() -> None:
    class Example:
        @functools.cached_property
        def draws(self) -> int:
            """Number of draws."""
            return 1

    assert _member("Example", "draws", vars(Example)["draws"]) == "### `Example.draws`\n\nNumber of draws."
