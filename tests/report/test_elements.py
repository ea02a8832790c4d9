"""Parts of a report: names, look-up and empty parts."""

import json
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from bayescale.report.elements import Drawing, Notes, Report, Section, Text
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
from bayescale.report.render.markdown import to_markdown
from bayescale.report.tables import Table


def test_empty_parts_are_only_in_the_document(content: Report) -> None:
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


def test_a_figure_is_drawn_once_and_only_for_a_page() -> None:
    drawn = []

    def draw() -> Figure:
        drawn.append(Figure())
        drawn[-1].add_subplot().plot([1, 2], [3, 4])
        return drawn[-1]

    part = Drawing("line", "A line", "a rising line", "The line rises.", draw)
    report = Report("t", "", True, "", (Section("figures", "Figures", (part,)),))
    assert "a rising line The line rises." in to_markdown(report)
    assert json.loads(to_json(report))["figures"] == ["A line"]
    assert not drawn
    assert part.svg in to_html(report)
    assert len(drawn) == 1
    assert ElementTree.fromstring(part.svg).tag.endswith("svg")
