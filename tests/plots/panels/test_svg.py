"""SVG of figures and formulas is well formed, follows the colours of a page, and repeats."""

from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.plots import style, wording
from bayescale.plots.panels.canvas import Drawn
from bayescale.plots.panels.svg import equation_svg, figure_svg
from bayescale.plots.plotted_data import measured
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.registry import CATALOGUE


def drawn(title: str = "a title") -> Figure:
    with style.drawing():
        figure = Figure(figsize=(3, 2))
        axes = figure.subplots()
        axes.plot([1, 2], [3, 4], label="line")
        axes.set_title(wording.plain(title))
    return figure


def test_svg_follows_the_page() -> None:
    text = figure_svg(drawn(), "one")
    ElementTree.fromstring(text)
    assert text.startswith("<svg")
    assert "var(--ink" in text
    assert "<metadata" not in text


def test_svg_is_the_same_each_time_and_ids_differ_by_name() -> None:
    assert figure_svg(drawn(), "one") == figure_svg(drawn(), "one")

    def ids(name: str) -> list[str]:
        elements = ElementTree.fromstring(figure_svg(drawn(), name)).iter()
        return [element.attrib["id"] for element in elements if "id" in element.attrib]

    assert "figure-one" in ids("one")
    assert len(ids("one")) == len(set(ids("one"))) > 1
    assert not {*ids("one")} & {*ids("two")}


@pytest.mark.parametrize(
    "words", ["$", "$$", r"$\frac{1$", "_hidden", "<script>alert(1)</script>", "模型", "a & b", r"\$x$", "-->", "]]>"]
)
def test_any_words_are_shown_as_they_are(words: str) -> None:
    root = ElementTree.fromstring(figure_svg(drawn(words), "one"))
    shown = {"".join(element.itertext()).strip() for element in root.iter() if element.tag.endswith("text")}
    assert words in shown


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_law_has_a_drawable_equation(name: str) -> None:
    text = equation_svg(CATALOGUE[name].latex)
    ElementTree.fromstring(text)
    assert "var(--ink" in text


def titles(text: str) -> list[str]:
    return ["".join(e.itertext()) for e in ElementTree.fromstring(text).iter() if e.tag.endswith("title")]


def test_every_training_run_has_its_name_and_numbers_under_the_pointer(fitted: Fit) -> None:
    rows = measured(fitted)
    for figure in (bs.plot_fit(fitted), bs.plot_residuals(fitted)):
        shown = titles(figure_svg(figure, "one"))
        assert len(shown) == len(rows)
        for row in rows.itertuples():
            (text,) = [title for title in shown if title.startswith(f"{row.run} (")]
            assert f"loss {row.value:.4g}" in text
            assert "n_params" in text


def test_points_without_a_marker_of_their_own_get_no_title(fitted: Fit) -> None:
    figure = bs.plot_residuals(fitted)
    assert isinstance(figure, Drawn)
    figure.hover = {gid: texts[1:] for gid, texts in figure.hover.items()}
    assert not titles(figure_svg(figure, "one"))
