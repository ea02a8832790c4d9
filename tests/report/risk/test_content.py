"""The report of a risk posterior has the same parts for every posterior, and shows hostile text as text."""

import json
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bayescale.errors import InputError
from bayescale.report.elements import Drawing, Report
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.report.render.markdown import to_markdown
from bayescale.report.risk.content import risk_report
from bayescale.report.tables import Table
from bayescale.risk.result import Risk
from tests.report.conftest import HOSTILE, MATHEMATICAL, Page
from tests.report.risk.conftest import BUDGETS, fitted_to
from tests.risk.simulation import trials

KEYS = [
    "title",
    "answer",
    "origin",
    "claim",
    "passed",
    "verdict",
    "warnings",
    "forecast",
    "budget",
    "estimand",
    "figures",
    "saturation_said",
    "saturation",
    "bounds_said",
    "bounds",
    "sensitivity_said",
    "sensitivity",
    "judge",
    "judge_compared",
    "baselines_said",
    "baselines",
    "caveats",
    "tail_said",
    "tail",
    "data",
    "notes",
    "note_codes",
    "latex",
    "method",
    "laws",
    "limits",
    "checks",
    "lineage",
]


def test_json_has_every_part_of_every_report(content: Report, extreme_content: Report) -> None:
    for report in (content, extreme_content):
        document = json.loads(to_json(report), parse_constant=pytest.fail)
        assert list(document) == KEYS
    assert json.loads(to_json(content))["title"] == HOSTILE
    assert "<svg" not in to_json(content)


def test_hostile_text_is_text(content: Report) -> None:
    page = Page(to_html(content))
    assert not page.named("script", "b", "i", "img", "iframe", "object", "link")
    assert HOSTILE in "".join(page.words)
    ids = [one["id"] for _, one in page.elements if one.get("id")]
    linked = {str(one["href"])[1:] for one in page.named("a")}
    assert linked <= set(ids)
    drawings = [one for one in page.named("div") if one.get("role") == "img"]
    assert len(drawings) == 3
    assert all(one.get("aria-label") for one in drawings)
    assert len(to_html(content).encode()) < 2_000_000


def test_hostile_text_is_text_in_markdown_too(content: Report) -> None:
    page = Page(MarkdownIt("commonmark", {"html": True}).enable("table").render(to_markdown(content)))
    assert {tag for tag, _ in page.elements} <= {
        *("h1", "h2", "h3", "p", "strong", "em", "ul", "li", "blockquote", "pre", "code"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert "".join(page.words).count(HOSTILE) > 5
    assert MATHEMATICAL in "".join(page.words)


def test_the_report_repeats(risk: Risk, content: Report) -> None:
    again = risk_report(risk, BUDGETS, title=HOSTILE, claim="<b>claim</b>")
    assert to_html(again) == to_html(content)


def test_another_posterior_must_be_of_the_same_trials(risk: Risk, extremes: Risk) -> None:
    with pytest.raises(InputError, match="other trials"):
        risk_report(risk, BUDGETS, title="t", other=extremes)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"budgets": [0]}, "1 to"),
        ({"prob": 1.0}, "prob=1.0"),
        ({"level": 50}, "level=50"),
        ({"threshold": -0.1}, "threshold=-0.1"),
    ],
)
def test_wrong_questions_are_refused(risk: Risk, settings: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        risk_report(risk, **{"budgets": BUDGETS, "title": "t"} | settings)


def test_one_group_needs_no_name() -> None:
    table = trials({"a": (0.4, 6.0)}, prompts=12).drop(columns="model")
    content = risk_report(fitted_to(table), BUDGETS, title="t")
    assert content.answer.startswith("Within 10,000 attempts each, ")
    assert "all prompts" in next(part for part in content.parts if isinstance(part, Drawing)).svg
    assert "“”" not in to_html(content)


def test_group_columns_may_have_any_name() -> None:
    risk = fitted_to(trials({"x": (0.4, 6.0), "y": (0.4, 30.0)}, name="method", prompts=12))
    content = risk_report(risk, [1_000], title="t")
    for table in ("forecast", "budget", "baselines", "data"):
        shown = content.part(Table, table)
        assert {row[0] for row in shown.rows} == {"x", "y"}
        assert {row["method (group)"] for row in shown.records} == {"x", "y"}
