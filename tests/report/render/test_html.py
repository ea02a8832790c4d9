"""The page: hostile text stays text, nothing is loaded, and it reads well without eyes, light or a network."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest

from bayescale.core.checks import Checks
from bayescale.report.elements import Drawing, Notes, Report, Section, Text
from bayescale.report.loss.content import loss_report
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.report.tables import Table
from bayescale.scaling.evaluation.backtest import backtest
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from tests.report.conftest import HOSTILE, TARGETS, Page, made_runs

KEYS = [
    "title",
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
SECTIONS = ["forecast", "figures", "model", "data", "checks", "lineage"]


@pytest.fixture(scope="module")
def content(fitted: Fit, forecast: Forecast, checks: Checks) -> Report:
    actual = [float(forecast.table["run_median"].iloc[0]), 100.0, np.nan]
    return loss_report(
        fitted, forecast, checks, title=HOSTILE, claim="<b>claim</b>", actual=actual, notes=["{{ 7 * 7 }}"]
    )


@pytest.fixture(scope="module")
def html(content: Report) -> str:
    return to_html(content)


def test_hostile_text_is_text(html: str) -> None:
    page = Page(html)
    assert not page.named("script", "b", "img", "iframe", "object", "link")
    assert HOSTILE in "".join(page.words)
    assert "{{ 7 * 7 }}" in "".join(page.words)
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_nothing_is_loaded(html: str) -> None:
    page = Page(html)
    links = [one.get("href") or one.get("xlink:href") or one.get("src") for _, one in page.elements]
    assert all(link.startswith("#") for link in links if link)
    assert not re.search(r"url\((?!['\"]?#)", html)
    assert "@import" not in html
    assert len(html.encode()) < 2_000_000


def test_ids_are_unique_and_every_reference_is_met(html: str) -> None:
    page = Page(html)
    ids = [one["id"] for _, one in page.elements if one.get("id")]
    clipped = set(re.findall(r"url\(#([^)]+)\)", html))
    linked = {one["href"][1:] for one in page.named("a") if one.get("href")}  # type: ignore[index]
    assert clipped | linked <= set(ids)
    assert all(ids.count(one) == 1 for one in clipped | linked)


def test_headings_tables_and_figures_can_be_heard(html: str, content: Report) -> None:
    page = Page(html)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.named("caption")) == len(page.named("table"))
    assert all(one.get("scope") in ("col", "row") for one in page.named("th"))
    drawings = [one for one in page.named("div") if one.get("role") == "img"]
    assert len(drawings) == sum(isinstance(part, Drawing) for part in content.parts) + 1 == 5
    assert all(one.get("aria-label") for one in drawings)
    assert [one.get("id") for one in page.named("h2")] == SECTIONS
    assert [one.get("href") for one in page.named("a")] == [f"#{name}" for name in SECTIONS]


def test_forecast_is_held_against_what_was_measured(content: Report) -> None:
    assert any("1 of 2 measured values" in line for line in content.part(Text, "estimand").paragraphs)
    forecast = content.part(Table, "forecast")
    assert [record["inside"] for record in forecast.records] == [True, False, None]
    column = forecast.columns.index("inside")
    assert [row[column] for row in forecast.rows] == ["yes", "NO", ""]


def test_verdict_names_what_failed(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    table = checks.table.assign(passed=[False, *checks.table["passed"].iloc[1:]])
    failed = Checks(table, checks.details)
    content = loss_report(fitted, forecast, failed, title="t")
    assert not content.passed
    assert str(table["check"].iloc[0]) in content.verdict
    assert "FAILED" in to_html(content)


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


def test_report_repeats(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    first, second = (to_html(loss_report(fitted, forecast, checks, title="t")) for _ in range(2))
    assert first == second


def test_what_is_empty_is_not_shown_but_stands_in_the_document(content: Report) -> None:
    sections = (Section("empty", "Empty", (Notes("nothing", ()), Text("none", ()))), *content.sections)
    more = Report("t", "", True, "", sections)
    assert "Empty" not in to_html(more)
    assert json.loads(to_json(more))["nothing"] == []


def test_a_part_is_found_by_kind_and_name(content: Report) -> None:
    with pytest.raises(KeyError, match="no Table 'estimand'; parts: redacted, estimand, forecast"):
        content.part(Table, "estimand")


def test_every_part_has_a_name_of_its_own(content: Report) -> None:
    names = [part.name for part in content.parts if not isinstance(part, Drawing)]
    assert len(set(names)) == len(names)


def test_control_characters_do_not_reach_a_page_or_a_terminal(content: Report) -> None:
    odd = Report("a\x1b[31m\u202eb", "", True, "", (Section("s", "s", (Text("t", ("\ud800\x00",)),)),))
    html = to_html(odd)
    assert not set(html) & set("\x1b\u202e\ud800\x00")
    html.encode()
    assert "\x1b" not in to_json(odd)
    assert json.loads(to_json(odd))["title"] == odd.title


def test_what_earlier_forecasts_were_worth_stands_in_the_page(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    short = Sampler(draws=200, tune=200, chains=2, attempts=1)
    found = backtest(
        made_runs(), "chinchilla", cuts=[1e20], discrepancy=False, noise="constant", sampler=short, random_seed=1
    )
    content = loss_report(fitted, forecast, checks, title="made", backtest=found)
    page = Page(to_html(content))
    assert [one.get("id") for one in page.named("h2")] == [*SECTIONS[:2], "backtest", *SECTIONS[2:]]
    (row,) = json.loads(to_json(content))["backtest"]
    assert row["law"] == "chinchilla"
    assert row["error"] == pytest.approx(float(found.summary["error"].iloc[0]))
    assert "Error and coverage by distance" in "".join(page.words)
