"""The page: hostile text stays text, nothing is loaded, and it reads well without eyes, light or a network."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from bayescale.fitted import Fit
from bayescale.forecast.predict import Forecast
from bayescale.inference.check import Checks
from bayescale.report.content import Content, make_content
from bayescale.report.document import to_json
from bayescale.report.html import SECTIONS, to_html
from tests.report.conftest import HOSTILE, TARGETS


class Page(HTMLParser):
    """What stands in a page: elements with their attributes, and the text outside of style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def content(fitted: Fit, forecast: Forecast, checks: Checks) -> Content:
    actual = [float(forecast.table["run_median"].iloc[0]), 100.0, np.nan]
    return make_content(
        fitted, forecast, checks, title=HOSTILE, claim="<b>claim</b>", actual=actual, notes=["{{ 7 * 7 }}"]
    )


@pytest.fixture(scope="module")
def html(content: Content) -> str:
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


def test_headings_tables_and_figures_can_be_heard(html: str, content: Content) -> None:
    page = Page(html)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.named("caption")) == len(page.named("table"))
    assert all(one.get("scope") in ("col", "row") for one in page.named("th"))
    drawings = [one for one in page.named("div") if one.get("role") == "img"]
    assert len(drawings) == len(content.figures) + 1
    assert all(one.get("aria-label") for one in drawings)
    assert {id_ for id_, _ in SECTIONS} <= {one.get("id") for one in page.named("h2")}


def test_forecast_is_held_against_what_was_measured(content: Content) -> None:
    assert any("1 of 2 measured values" in line for line in content.estimand)
    inside = [record["inside"] for record in content.forecast.records]
    assert inside == [True, False, None]
    column = content.forecast.columns.index("inside")
    assert [row[column] for row in content.forecast.rows] == ["yes", "NO", ""]


def test_verdict_names_what_failed(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    table = checks.table.assign(passed=[False, *checks.table["passed"].iloc[1:]])
    failed = Checks(table, checks.details)
    content = make_content(fitted, forecast, failed, title="t")
    assert not content.passed
    assert str(table["check"].iloc[0]) in content.verdict
    assert "FAILED" in to_html(content)


def test_json_is_strict_and_says_the_same(content: Content) -> None:
    document = json.loads(to_json(content), parse_constant=pytest.fail)
    assert document["title"] == HOSTILE
    assert [one["name"] for one in document["forecast"]] == [one["name"] for one in TARGETS]
    assert document["forecast"][2]["actual"] is None
    assert {one["parameter"] for one in document["parameters"]} == {"E", "A", "B", "alpha", "beta"}
    assert "<svg" not in to_json(content)


def test_report_repeats(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    first, second = (to_html(make_content(fitted, forecast, checks, title="t")) for _ in range(2))
    assert first == second
