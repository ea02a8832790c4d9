"""The JSON document of a report is strict and has every part."""

import json

import pytest

from bayescale.report.elements import Report
from bayescale.report.render.json import to_json
from tests.report.conftest import HOSTILE, TARGETS

KEYS = [
    "title",
    "answer",
    "origin",
    "claim",
    "passed",
    "verdict",
    "redacted",
    "estimand",
    "forecast",
    "figures",
    "backtested",
    "backtest",
    "backtest_notes",
    "latex",
    "model",
    "parameters",
    "common",
    "data",
    "notes",
    "note_codes",
    "checks",
    "lineage",
]


def test_json_is_strict_and_says_the_same(content: Report) -> None:
    document = json.loads(to_json(content), parse_constant=pytest.fail)
    assert document["title"] == HOSTILE
    assert [one["name"] for one in document["forecast"]] == [one["name"] for one in TARGETS]
    assert document["forecast"][2]["actual"] is None
    assert {one["parameter"] for one in document["parameters"]} == {"E", "A", "B", "alpha", "beta"}
    assert "<svg" not in to_json(content)
    assert list(document) == KEYS
    assert document["figures"][0] == "Forecast beyond the training data"
    assert len(document["figures"]) == 4
    assert document["latex"].startswith("L = E")
    assert document["model"]["Law"] == "chinchilla (L1)"
    assert document["notes"] == ["{{ 7 * 7 }}"]
    assert document["note_codes"] == ["uncoded"]
