"""The page of a version, from its record alone."""

from bayescale.maintenance.store.posteriors import Store
from bayescale.report.site.version_page import version_page
from bayescale.report.tables import Table


def test_forecast_checks_and_origin(store: Store) -> None:
    page = version_page(store.version("both", 1))
    assert page.title == "both, version 1"
    tables = {part.name: part for section in page.sections for part in section.parts if isinstance(part, Table)}
    assert list(tables) == ["forecast", "checks"]
    rows, folded = tables["checks"].rows, tables["checks"].folded
    assert all("warning" not in " ".join(rows[place]).lower().split(" ")[:2] for place in folded)
    assert page.verdict.startswith("Checks of the posterior: ")


def test_a_record_without_checks(store: Store) -> None:
    page = version_page(store.version("risk"))
    assert page.verdict == "Checks of the posterior: not recorded."
    assert [section.id for section in page.nonempty_sections] == ["forecast", "origin"]
