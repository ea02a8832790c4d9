"""Panels are those of a new figure, or the caller's axes."""

import io
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

import bayescale as bs
from bayescale.errors import InputError
from bayescale.plots.panels.canvas import canvas, layout_of
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit
from tests.plots.forecast_logs import made_ledger


def test_axes_of_the_caller_are_drawn_on(fitted: Fit, forecast: Forecast) -> None:
    figure = Figure(figsize=(12, 6))
    first, second, third, fourth = figure.subplots(2, 2).ravel()
    assert bs.plot_residuals(fitted, ax=first) is figure
    assert bs.plot_forecast(fitted, forecast, ax=[second, third, fourth]) is figure
    assert len(figure.axes) == 4
    assert not figure.legends
    assert first.get_legend() is not None
    assert all(axes.get_xlabel() for axes in figure.axes)
    assert all(axes.lines for axes in figure.axes)


@pytest.mark.parametrize("count", [1, 3])
def test_a_wrong_number_of_axes_is_refused_with_the_number_needed(fitted: Fit, count: int) -> None:
    panels = list(Figure().subplots(1, count, squeeze=False).ravel())
    with pytest.raises(InputError, match=rf"holds {count} Axes, and this figure has 2 panels: give 2 Axes"):
        bs.plot_fit(fitted, ax=panels)


def test_axes_of_two_figures_are_refused() -> None:
    with pytest.raises(InputError, match="several figures"):
        bs.plot_ledger(made_ledger([0.5]), ax=[Figure().subplots() for _ in range(3)])


def test_what_is_no_axes_is_refused(fitted: Fit) -> None:
    with pytest.raises(InputError, match="ax="):
        bs.plot_residuals(fitted, ax=Figure())  # type: ignore[arg-type]


def test_outer_panels_have_the_labels() -> None:
    drawn = canvas(None, layout_of(5, 3), (6, 4))
    assert [drawn.at_left(place) for place in range(5)] == [True, False, False, True, False]
    assert [drawn.at_bottom(place) for place in range(5)] == [False, False, True, True, True]
    assert len(drawn.panels) == len(drawn.figure.axes) == 5


@pytest.mark.filterwarnings("ignore:Glyph")
def test_vector_files_keep_text(fitted: Fit) -> None:
    figure = bs.plot_residuals(fitted)
    svg, pdf = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg")
    figure.savefig(pdf, format="pdf")
    words = ["".join(e.itertext()) for e in ElementTree.fromstring(svg.getvalue()).iter() if e.tag.endswith("text")]
    assert "training compute (FLOP)" in words
    assert b"/Type3" not in pdf.getvalue()
