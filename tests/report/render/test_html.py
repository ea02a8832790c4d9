"""A page loads nothing, shows hostile text as text, and can be read by a screen reader."""

import json
import re
from itertools import pairwise

import pytest

from bayescale.core.checks import Checks
from bayescale.report.elements import Drawing, Report, Section, Text
from bayescale.report.loss.content import loss_report
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE, Page

SECTIONS = ["forecast", "figures", "model", "data", "checks", "lineage"]


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


def test_ids_are_unique_and_every_reference_resolves(html: str) -> None:
    page = Page(html)
    ids = [one["id"] for _, one in page.elements if one.get("id")]
    clipped = set(re.findall(r"url\(#([^)]+)\)", html))
    linked = {one["href"][1:] for one in page.named("a") if one.get("href")}  # type: ignore[index]
    assert clipped | linked <= set(ids)
    assert len(ids) == len(set(ids))


def test_headings_tables_and_figures_are_accessible(html: str, content: Report) -> None:
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


def test_report_repeats(fitted: Fit, forecast: Forecast, checks: Checks) -> None:
    first, second = (to_html(loss_report(fitted, forecast, checks, title="t")) for _ in range(2))
    assert first == second


def test_control_characters_do_not_reach_a_page_or_a_terminal(content: Report) -> None:
    odd = Report("a\x1b[31m\u202eb", "", True, "", (Section("s", "s", (Text("t", ("\ud800\x00",)),)),))
    html = to_html(odd)
    assert not set(html) & set("\x1b\u202e\ud800\x00")
    html.encode()
    assert "\x1b" not in to_json(odd)
    assert json.loads(to_json(odd))["title"] == odd.title
