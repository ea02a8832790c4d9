"""The chart: positions are those of the numbers, and text from data is text."""

import re
from xml.etree import ElementTree

from bayescale.report.site.chart import MARGIN, WIDTH, Interval, interval_svg
from tests.report.conftest import HOSTILE

ROWS = [Interval("left", 1.0, 1.5, 2.0, 1.75), Interval(HOSTILE * 9, 2.0, 2.5, 3.0, 1.0), Interval("awaited", 2, 2, 2)]


def test_positions_are_those_of_the_numbers() -> None:
    svg = interval_svg(ROWS)
    bars = [
        (float(left), float(right))
        for left, right in re.findall(r'd="M([\d.]+) [\d.]+H([\d.]+)" stroke="var\(--link', svg)
    ]
    middle = WIDTH / 2
    assert bars == [(MARGIN, middle), (middle, WIDTH - MARGIN), (middle, middle)]


def test_a_diamond_is_filled_where_it_lies_outside() -> None:
    assert [row.inside for row in ROWS] == [True, False, False]
    assert re.findall(r'z" fill="var\(--(\w+)\)', interval_svg(ROWS)) == ["paper", "ink"]


def test_hostile_labels_are_text() -> None:
    root = ElementTree.fromstring(interval_svg(ROWS))
    labels = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert labels[1].startswith(HOSTILE[:20])
    assert labels[1].endswith("…")
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "g", "path", "text"}


def test_equal_numbers_are_drawn() -> None:
    assert "nan" not in interval_svg([Interval("same", 1.0, 1.0, 1.0)])
