"""A page shows the sections that hold something."""

from bayescale.report.elements import Section, Text
from bayescale.report.site.page import SitePage


def test_empty_sections_are_left_out() -> None:
    full, empty = Section("full", "Full", (Text("a", ("words",)),)), Section("empty", "Empty", (Text("b", ()),))
    page = SitePage("title", "", "passed", "", (full, empty))
    assert page.nonempty_sections == (full,)
