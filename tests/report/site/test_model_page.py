"""The page of a model."""

import pytest

from bayescale.maintenance.store.posteriors import Store
from bayescale.report.elements import Drawing, Text
from bayescale.report.site.model_page import MOST_VERSIONS, model_page, pages_of_versions
from bayescale.report.site.page import SitePage
from bayescale.report.site.record import ModelRecord, read_record
from bayescale.report.tables import Table
from tests.report.site.conftest import TARGETS


def parts(page: SitePage, section: str) -> tuple[object, ...]:
    return next(item.parts for item in page.sections if item.id == section)


def table(page: SitePage, section: str, name: str) -> Table:
    return next(part for part in parts(page, section) if isinstance(part, Table) and part.name == name)


def test_landed_runs_stand_beside_their_forecasts(both: ModelRecord) -> None:
    page = model_page(both)
    (chart,) = [part for part in parts(page, "forecast") if isinstance(part, Drawing)]
    assert "2 targets; 1 of them are measured" in chart.alt
    assert chart.svg.count('z"') == 1
    record = table(page, "landed", "landed").records[0]
    assert (record["scored_run"], record["observed"]) == ("a8", 9.0)
    assert table(page, "landed", "calibration").records[-1]["coverage_90"] == 0.0


def test_versions_are_compared_in_half_widths(both: ModelRecord, store: Store) -> None:
    changes = table(model_page(both), "changes", "changes").records
    first, second = (store.version("both", number).lineage["forecast"][0] for number in (1, 2))
    half = (first["run_upper"] - first["run_lower"]) / 2
    assert len(changes) == len(TARGETS)
    assert changes[0]["versions"] == "1 → 2"
    assert changes[0]["moved"] == pytest.approx((second["run_median"] - first["run_median"]) / half)


def test_the_history_leads_to_the_versions(both: ModelRecord, store: Store) -> None:
    assert table(model_page(both), "history", "history").links == ("version-2.html", "version-1.html")
    stopped = table(model_page(read_record(store, "stopped")), "history", "history")
    assert stopped.links == ("", "version-1.html")


def test_the_newest_versions_have_pages(both: ModelRecord) -> None:
    many = ModelRecord("both", both.versions * MOST_VERSIONS, both.ledger)
    assert len(pages_of_versions(many)) == MOST_VERSIONS


def test_a_model_without_anything_says_so(empty_record: ModelRecord) -> None:
    page = model_page(empty_record)
    for section in ("forecast", "landed", "alerts", "changes", "history"):
        assert all(isinstance(part, Text) for part in parts(page, section))
