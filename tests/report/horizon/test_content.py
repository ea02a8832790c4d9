"""The report of a horizon posterior in every format."""

import json
from pathlib import Path

import numpy as np
import pytest

from bayescale.horizon.result import Horizon
from bayescale.report.horizon.content import horizon_report
from bayescale.report.horizon.tables import horizons_table, reached_table, trend_table
from bayescale.report.tables import Table
from tests.golden import golden_horizon


def test_the_answer_comes_first() -> None:
    report = horizon_report(golden_horizon("agents"), dates="2026-01-01", minutes=480)
    assert report.answer.startswith("“late” has the longest horizon: it succeeds at 50")
    assert "double in" in report.answer
    assert report.passed
    assert [row["date"] for row in report.part(Table, "forecast").records] == ["2026-01-01"]
    assert len(report.part(Table, "reached").rows) == 1


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_it_is_written_in_every_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"report{suffix}"
    horizon_report(golden_horizon("agents")).save(path)
    text = path.read_text(encoding="utf-8")
    assert "late" in text
    if suffix == ".html":
        assert "<script>alert" not in text
    if suffix == ".json":
        assert {row["model"] for row in json.loads(text)["horizons"]} == set(golden_horizon("agents").cells.agents)


def test_without_release_dates_the_parts_on_the_trend_are_empty() -> None:
    tree = golden_horizon("agents").tree.copy(deep=True)
    tree["constant_data"]["release_day"].values[:] = np.nan
    report = horizon_report(Horizon(tree))
    assert report.part(Table, "forecast").empty
    assert "double in" not in report.answer


def test_tables_write_times_as_people_do() -> None:
    horizon = golden_horizon("agents")
    table = horizons_table(horizon.horizons(), "model", 0.9)
    assert any(" min" in cell for cell in table.rows[-1])
    assert trend_table(None, [], 0.9).empty
    assert reached_table(None, [], 60).empty
