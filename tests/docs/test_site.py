"""Test the pages of the documentation site before MkDocs renders them: `make docs` builds it and checks links."""

import shutil

import pytest

from tools import docs_site

yaml = pytest.importorskip("yaml")
pytestmark = pytest.mark.docs


@pytest.fixture(scope="module", autouse=True)
def prepared() -> None:
    assert docs_site.main() == 0


def test_every_page_of_the_navigation_exists_and_every_page_is_in_it() -> None:
    configuration = yaml.safe_load((docs_site.ROOT / "build" / "mkdocs.yml").read_text(encoding="utf-8"))

    def pages(entry: object) -> list[str]:
        if isinstance(entry, dict):
            return [page for part in entry.values() for page in pages(part)]
        return [page for part in entry for page in pages(part)] if isinstance(entry, list) else [str(entry)]

    listed = pages(configuration["nav"])
    assert len(listed) == len(set(listed))
    assert [name for name in listed if not (docs_site.SITE / name).exists()] == []
    hidden = {name.removeprefix("/") for name in configuration["not_in_nav"].splitlines()}
    written = {str(path.relative_to(docs_site.SITE)) for path in docs_site.SITE.rglob("*.md")}
    assert written - hidden - set(listed) == set()


def test_every_public_name_has_its_place_in_the_reference() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (docs_site.SITE / "api").glob("*.md"))
    names = [name for _, name in docs_site.public_names()]
    assert len(names) > 100
    assert [name for name in names if f".{name}\n" not in f"{text}\n"] == []
    assert "::: bayescale.scaling.predict.forecast.forecast" in text  # a method that is a function of another module


def test_formulas_and_links_are_those_of_the_site() -> None:
    assert docs_site.as_of_site("```math\na_1\n```\n[n](notebooks)") == "$$\na_1\n$$\n[n](gallery/index.md)"
    statistics = (docs_site.SITE / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert "```math" not in statistics


def test_the_site_is_made_anew() -> None:
    stale = docs_site.SITE / "docs" / "stale.md"
    stale.write_text("old")
    docs_site.copy_pages()
    assert not stale.exists()
    shutil.rmtree(docs_site.ROOT / "build")
