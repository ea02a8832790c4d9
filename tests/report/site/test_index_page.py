"""The first page: every model, and the latest alerts."""

import pytest

from bayescale.maintenance.store.posteriors import Store
from bayescale.report.elements import Text
from bayescale.report.site.index_page import index_page
from bayescale.report.site.record import ModelRecord, read_record
from bayescale.report.tables import Table


@pytest.fixture
def records(store: Store) -> list[ModelRecord]:
    return [read_record(store, name) for name in store.models()]


def test_every_model_has_a_row(records: list[ModelRecord]) -> None:
    page = index_page(records, "Models")
    (table,) = page.sections[0].parts
    assert isinstance(table, Table)
    rows = {record["model"]: record for record in table.records}
    assert {name: row["state"] for name, row in rows.items()} == {
        "both": "look",
        "risk": "good",
        "stopped": "FAILED",
        "unborn": "FAILED",
    }
    assert rows["both"]["version"] == "2"
    assert str(rows["both"]["forecast"]).endswith("and 1 more")
    assert rows["unborn"]["forecast"] == ""
    assert table.links == tuple(f"{name}/index.html" for name in rows)


def test_the_worst_state_is_that_of_the_page(records: list[ModelRecord]) -> None:
    assert index_page(records, "").state == "failed"
    assert index_page(records, "").verdict == "2 models of 4 without a current posterior. 1 model of 4 to look at."
    good = index_page([record for record in records if record.name == "risk"], "")
    assert (good.state, good.verdict) == ("passed", "1 model: nothing to do.")


def test_alerts_are_those_of_all_models(records: list[ModelRecord]) -> None:
    (table,) = index_page(records, "").sections[1].parts
    assert isinstance(table, Table)
    assert [row["kind"] for row in table.records] == ["failed", "failed", "drift"]
    assert table.links[-1] == "both/index.html"


def test_an_empty_store() -> None:
    page = index_page([], "")
    assert page.state == "passed"
    assert all(isinstance(part, Text) for section in page.sections for part in section.parts)
