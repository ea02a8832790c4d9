"""Parts of a report: names, look-up and empty parts."""

import json

import pytest

from bayescale.report.elements import Drawing, Notes, Report, Section, Text
from bayescale.report.render.html import to_html
from bayescale.report.render.json import to_json
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
