"""Markdown: the words and tables of the page, and no word from data that any reader takes for markup."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bayescale.core.checks import Checks
from bayescale.report.elements import Drawing, Equation, Facts, Notes, Report, Section, Text
from bayescale.report.loss.content import loss_report
from bayescale.report.render.markdown import escaped, to_markdown
from bayescale.report.tables import Table
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from tests.report.conftest import HOSTILE, MATHEMATICAL, TARGETS, Page

#: A reader that takes all there is for markup, HTML in between included.
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ODD = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- comment",
    "| a | b |",
    "a | b",
    "**bold** _it_ ~~gone~~ `code`",
    "[link](javascript:alert(1))",
    "![image](http://evil.example/x.png)",
    "<http://evil.example>",
    "&lt;b&gt; &amp;",
    "# heading",
    "heading #",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "23) item",
    "---",
    "- - -",
    "===",
    "> quote",
    "```",
    "~~~",
    "    code",
    "back\\slash \\* end\\",
    "{{ 7 * 7 }} {: onclick='x'}",
    ": definition",
    "[^1]: note",
    "模型",
    "-0.5 and 1.5",
    MATHEMATICAL,
]


def shown(markdown: str) -> Page:
    return Page(READER.render(markdown))


def words(markdown: str) -> str:
    return "".join(shown(markdown).words).strip()


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("frame", ["{}", "- {}", "> {}", "## {}", "**{}**", "| {} |\n| --- |\n| {} |"])
def test_hostile_words_are_shown_as_text(text: str, frame: str) -> None:
    markdown = frame.replace("{}", escaped(text))
    page, plain = shown(markdown), shown(frame.replace("{}", "x"))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    times = frame.count("{}")
    assert "".join(page.words).split() == " ".join([text.strip()] * times).split()


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_any_word_is_one_paragraph_of_itself(text: str) -> None:
    page = shown(escaped(text))
    assert [tag for tag, _ in page.elements] == ["p"]
    assert "".join(page.words).strip() == text


@pytest.mark.parametrize(
    "text", ["http://evil.example", "https://evil.example", "www.evil.example", "WWW.evil.example"]
)
def test_no_link_is_made_of_an_address(text: str) -> None:
    """Readers that make links of what nothing marks look for these letters in the source."""
    assert "://" not in escaped(text)
    assert "www." not in escaped(text).lower()
    assert words(escaped(text)) == text


def test_characters_without_a_backslash_escape_are_entities() -> None:
    """A backslash before these is left standing by readers older than CommonMark, or does not undo a cell's end."""
    assert escaped("<>&|~$") == "&#60;&#62;&#38;&#124;&#126;&#36;"
    assert html.unescape(escaped("<>&|~$")) == "<>&|~$"


def test_lines_and_control_characters_do_not_pass() -> None:
    assert escaped("a\nb") == "a b"
    assert escaped("a\x1b[31m\u202e") == "a\ufffd\\[31m\ufffd"


@pytest.fixture(scope="module")
def content(fitted: Fit, forecast: Forecast, checks: Checks) -> Report:
    return loss_report(fitted, forecast, checks, title=HOSTILE, claim="<b>claim</b>", notes=["# note | with all"])


def test_markdown_has_the_content_of_the_page(content: Report) -> None:
    page = shown(to_markdown(content))
    assert not page.named("script", "b", "img", "a", "svg")
    text = "".join(page.words)
    assert HOSTILE in text
    assert MATHEMATICAL in text
    assert all(str(one["name"]) in text for one in TARGETS)
    tables = [part for part in content.parts if isinstance(part, Table) and part.rows]
    assert len(page.named("table")) == len(tables)
    assert len(page.named("td")) == sum(len(table.rows) * len(table.columns) for table in tables)
    assert [tag for tag, _ in page.elements if tag in ("h1", "h2")] == ["h1"] + 6 * ["h2"]
    for part in content.parts:
        if isinstance(part, Drawing):
            assert part.alt in text
            assert part.caption in text
    assert "# note | with all" in text
    assert f"```math\n{content.part(Equation, 'latex').latex}\n```" in to_markdown(content)


def test_numbers_align_right(content: Report) -> None:
    table = content.part(Table, "forecast")
    marks = next(line for line in to_markdown(content).splitlines() if line.startswith("| ---"))
    assert [cell.strip() == "---:" for cell in marks.strip("|").split("|")] == list(table.numeric)


def test_each_kind_of_part_has_its_markup() -> None:
    sections = (
        Section("s", "First", (Text("t", ("one", "two"), "Heading", warning=True), Notes("n", ("- a", "b"), "Notes"))),
        Section("f", "Facts", (Facts("f", {"na*me": "va_lue"}), Equation("e", "a```b"))),
        Section("e", "Empty", (Text("none", ()),)),
    )
    markdown = to_markdown(Report("title", "", False, "why", sections))
    assert markdown.startswith("# title\n\n**The posterior FAILED its checks: do not rely on it.** why\n\n## First\n")
    assert "### Heading\n\n> **Warning.** one\n\n> **Warning.** two\n\n### Notes\n\n- \\- a\n- b\n" in markdown
    assert "- **na\\*me:** va\\_lue\n\n````math\na```b\n````\n" in markdown
    assert "Empty" not in markdown
