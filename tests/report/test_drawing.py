"""A figure of a report is drawn once, and markup is taken as it is."""

from matplotlib.figure import Figure

from bayescale.report.drawing import Drawing


def test_a_figure_is_drawn_once() -> None:
    calls = []

    def draw() -> Figure:
        calls.append(1)
        figure = Figure()
        figure.subplots().plot([1, 2])
        return figure

    drawing = Drawing("d", "Title", "alt", "caption", draw)
    assert drawing.svg.startswith("<svg")
    assert drawing.svg == drawing.svg
    assert calls == [1]
    assert "<svg" in drawing.document
    assert not drawing.empty


def test_markup_is_taken_as_it_is() -> None:
    drawing = Drawing("d", "Title", "alt", "caption", lambda: "<svg></svg>")
    assert drawing.svg == drawing.document == "<svg></svg>"
