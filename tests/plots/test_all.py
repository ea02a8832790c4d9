"""What holds for every figure: names stay text, colours can be told apart, axes say what they show, nothing leaks."""

from xml.etree import ElementTree

import matplotlib
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import bayescale
from bayescale.plots import style
from bayescale.plots.panels.svg import figure_svg
from tests.plots.forecast_logs import made_ledger
from tests.report.conftest import HOSTILE
from tests.test_architecture import MODULES, imports, part_of

FIGURES = (
    "fit",
    "forecast",
    "preview",
    "residuals",
    "parameters",
    "exponents",
    "prior_posterior",
    "shrinkage",
    "shrinkage_apart",
    "isoflop",
    "allocation",
    "compare",
    "crossover",
    "families",
    "next_run",
    "backtest",
    "ledger",
)
PALETTE = {style.INK, style.SOFT, style.LINE, style.PAPER, *style.COLOURS}


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_visible()]


def test_every_figure_is_public_and_looked_at(figures: dict[str, Figure]) -> None:
    own = {name.removeprefix("plot_") for name in bayescale.__all__ if name.startswith("plot_")}
    elsewhere = {"asr", "laws", "calibration", "horizons", "mixture", "success"}
    assert own - elsewhere == {name for name in figures if name != "shrinkage_apart"}
    assert set(figures) == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_hostile_name_stays_text(figures: dict[str, Figure], name: str) -> None:
    root = ElementTree.fromstring(figure_svg(figures[name], name))
    assert not [element for element in root.iter() if element.tag.endswith(("script", "foreignObject"))]
    words = " ".join("".join(e.itertext()) for e in root.iter() if e.tag.endswith("text"))
    assert HOSTILE in words


@pytest.mark.parametrize("name", FIGURES)
def test_colours_are_those_of_the_palette(figures: dict[str, Figure], name: str) -> None:
    ramp = set(style.ramp(3)) if name in ("isoflop", "fit", "forecast", "preview") else set()  # budgets or sizes
    drawn = {to_hex(line.get_color()) for axes in panels(figures[name]) for line in axes.lines}
    assert drawn <= PALETTE | ramp


@pytest.mark.parametrize("name", FIGURES)
def test_axes_say_what_they_show(figures: dict[str, Figure], name: str) -> None:
    shown = panels(figures[name])
    assert any(axes.get_xlabel() for axes in shown)
    for axes in shown:
        named = axes.get_ylabel() or [label for label in axes.get_yticklabels() if label.get_text()]
        shares = any(axes.get_shared_y_axes().joined(axes, other) for other in shown if other is not axes)
        assert named or shares or axes.get_title(loc="left"), axes


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("name", FIGURES)
def test_legends_lie_beside_the_data(figures: dict[str, Figure], name: str) -> None:
    figure = figures[name]
    assert not [axes for axes in figure.axes if axes.get_legend()]
    figure.draw_without_rendering()
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert not [axes for axes in panels(figure) if box.overlaps(axes.get_window_extent())]
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1 + 1


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("name", FIGURES)
def test_a_notebook_shows_it(figures: dict[str, Figure], name: str) -> None:
    assert figures[name]._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_settings_of_matplotlib_stay_and_pyplot_is_not_used() -> None:
    before = dict(matplotlib.rcParams)
    bayescale.plot_ledger(made_ledger([0.5]))
    assert dict(matplotlib.rcParams) == before
    modules = [path for path in MODULES if part_of(path) in ("plots", "report")]
    assert len(modules) > 10
    assert not [path for path in modules if any("pyplot" in name for name in imports(path))]


def test_a_ramp_goes_from_dark_to_light() -> None:
    def light(shade: str) -> float:
        red, green, blue = (int(shade[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    shades = [light(one) for one in style.ramp(6)]
    assert shades == sorted(shades)
    assert len(style.ramp(1)) == 1
