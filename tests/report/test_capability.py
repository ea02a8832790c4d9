"""The report of a capability posterior in every format."""

import json
from pathlib import Path

import pytest

from bayescale.report.capability import answer_of, benchmarks_table, capability_report, forecast_table
from bayescale.report.tables import Table
from tests.golden import golden_capability


def test_the_answer_comes_first() -> None:
    capability = golden_capability("models")
    report = capability_report(capability, capability.forecast())
    assert report.passed
    assert report.answer.startswith("On code, 0-0 scores ")
    assert len(report.part(Table, "forecast").rows) == 14
    assert len(report.part(Table, "benchmarks").rows) == 4


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_it_is_written_in_every_format(tmp_path: Path, suffix: str) -> None:
    capability = golden_capability("models")
    path = tmp_path / f"report{suffix}"
    capability_report(capability, capability.forecast({"family": "<b>1</b>", "flops": 1e23})).save(path)
    text = path.read_text(encoding="utf-8")
    assert "hellaswag" not in text
    if suffix == ".html":
        assert "<b>1</b>" not in text
    if suffix == ".json":
        assert len(json.loads(text)["forecast"]) == 4


def test_tables_leave_out_columns_without_values() -> None:
    capability = golden_capability("models")
    by_compute = forecast_table(capability.forecast({"flops": 1e22}, ["code"]))
    assert "measured" not in by_compute.columns
    assert "model" not in by_compute.columns
    sentence = answer_of(capability.forecast({"flops": 1e22}))
    assert sentence.startswith("On choice, a model of a new family with 1e+22 FLOP scores ")
    assert benchmarks_table(capability, 0.5).rows[0][0] == "choice"
