"""SVG that stands in a page, words that matplotlib must not interpret, and equations of every law."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from bayescale.plots import style
from bayescale.scaling_laws.registry import CATALOGUE


def drawn(title: str = "a title") -> Figure:
    with style.drawing():
        figure = Figure(figsize=(3, 2))
        axes = figure.subplots()
        axes.plot([1, 2], [3, 4], label="line")
        axes.set_title(style.plain(title))
    return figure


def test_svg_follows_the_page() -> None:
    text = style.svg(drawn(), "one")
    ElementTree.fromstring(text)
    assert text.startswith("<svg")
    assert "var(--ink" in text
    assert "<metadata" not in text


def test_svg_is_the_same_each_time_and_ids_differ_by_name() -> None:
    assert style.svg(drawn(), "one") == style.svg(drawn(), "one")

    def ids(name: str) -> set[str]:
        found = (element.get("id") or "" for element in ElementTree.fromstring(style.svg(drawn(), name)).iter())
        return {one for one in found if one.startswith("p")}  # clip paths: what is referred to

    assert not {one for one in ids("one") & ids("two") if not one.startswith("patch")}


@pytest.mark.parametrize(
    "words", ["$", "$$", r"$\frac{1$", "_hidden", "<script>alert(1)</script>", "模型", "a & b", r"\$x$", "-->", "]]>"]
)
def test_any_words_are_shown_as_they_are(words: str) -> None:
    root = ElementTree.fromstring(style.svg(drawn(words), "one"))
    shown = {"".join(element.itertext()).strip() for element in root.iter() if element.tag.endswith("text")}
    assert words in shown


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=12))
def test_plain_words_are_never_mathematics_nor_hidden(words: str) -> None:
    shown = style.plain(words)
    assert not shown.startswith("_")
    assert shown.count("$") == shown.count(r"\$")


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_law_has_a_drawable_equation(name: str) -> None:
    text = style.equation_svg(CATALOGUE[name].latex)
    ElementTree.fromstring(text)
    assert "var(--ink" in text


def test_sizes_as_people_say_them() -> None:
    sizes = {
        6.9e9: "6.9B",
        999999999.9: "1B",
        1.3e10: "13B",
        111e6: "111M",
        299892736000: "300B",
        1.4e12: "1.4T",
        300: "300",
        3e22: "3e+22",
    }
    assert {value: style.size_text(value) for value in sizes} == sizes


def test_families_differ_in_colour_and_marker() -> None:
    pairs = {(style.colour(index), style.marker(index)) for index in range(40)}
    assert len(pairs) == 40
