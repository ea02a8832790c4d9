"""Style of figures: palette, log axes, and SVG that follows the colours of a page.

Figures use the light colours below. `svg` replaces ink and lines by CSS variables of the page, so that one figure
serves light and dark screens. Colour-blind readers can distinguish the colours of families (Okabe and Ito 2008), and
each family has its own marker.
"""

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.colors
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from bayescale.core.display import printable

INK, SOFT, LINE, PAPER = "#1c1e21", "#5b6169", "#d9dce0", "#ffffff"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#8f6bd1", "#7f7f7f")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
AXES = {
    "n_params": "parameters",
    "n_tokens": "training tokens",
    "flops": "training compute (FLOP)",
    "n_unique_tokens": "distinct training tokens",
    "n_streams": "parallel streams",
    "tokens_per_param": "tokens per parameter",
}
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))

_STYLE: Any = {
    "font.size": 9.5,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
}
_EQUATION: Any = {
    "svg.fonttype": "path",
    "svg.hashsalt": "equation",
    "svg.id": "equation",
    "mathtext.fontset": "cm",
}


class Drawn(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


@contextmanager
def drawing() -> Iterator[None]:
    """Apply the style while a figure is drawn; matplotlib's settings are restored afterwards."""
    with matplotlib.rc_context(_STYLE):
        yield


def plain(text: object) -> str:
    """Escape a text: matplotlib reads $ as mathematics and hides labels that begin with _.

    Parameters
    ----------
    text : object
        The text.

    Returns
    -------
    str
        The escaped text.
    """
    escaped = printable(str(text)).replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped


def colour(index: int) -> str:
    """Return the colour of a family.

    Parameters
    ----------
    index : int
        Place of the family.

    Returns
    -------
    str
        The colour.
    """
    return COLOURS[index % len(COLOURS)]


def marker(index: int) -> str:
    """Return the marker of a family.

    Parameters
    ----------
    index : int
        Place of the family.

    Returns
    -------
    str
        The marker.
    """
    return MARKERS[(index + index // len(COLOURS)) % len(MARKERS)]


def level(prob: float) -> str:
    """Format a probability: .9 → "90 %".

    Parameters
    ----------
    prob : float
        The probability.

    Returns
    -------
    str
        The text.
    """
    return f"{100 * prob:.4g} %"


def response(name: str) -> str:
    """Return an axis label for a response.

    Parameters
    ----------
    name : str
        The response.

    Returns
    -------
    str
        The label, with a unit where it is known.
    """
    return "loss (nats per token)" if name == "loss" else plain(name)


def ramp(count: int) -> list[str]:
    """Return colours for ordered values, from dark to light, that differ for colour-blind readers and in grey.

    Parameters
    ----------
    count : int
        Number of colours.

    Returns
    -------
    list of str
        The colours.
    """
    shades = matplotlib.colormaps["viridis"](np.linspace(0.12, 0.82, count) if count > 1 else [0.3])
    return [matplotlib.colors.to_hex(shade) for shade in shades]


def panels(count: int, width: float, height: float, *, least: float, below: float) -> tuple[Figure, list[Axes], int]:
    """Make a figure of panels with the same axes.

    Parameters
    ----------
    count : int
        Number of panels.
    width, height : float
        Size of a panel, in inches.
    least : float
        Least width of the figure, in inches.
    below : float
        Height of the legend, in inches.

    Returns
    -------
    tuple of Figure, list of Axes and int
        The figure, its panels, and the number of columns.
    """
    columns = 2 if count in (2, 4) else min(3, count)
    lines = -(-count // columns)
    figure = Drawn(figsize=(max(least, width * columns), height * lines + below), layout="constrained")
    flat: list[Axes] = list(figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).flat)
    for axes in flat[count:]:
        axes.set_visible(False)
    for place, axes in enumerate(flat[:count]):
        axes.tick_params(labelbottom=place + columns >= count)
    return figure, flat[:count], columns


def size_text(value: float) -> str:
    """Format a count: 6.9e9 → "6.9B", 300 → "300", 3e22 → "3e+22".

    Parameters
    ----------
    value : float
        The count.

    Returns
    -------
    str
        The text.
    """
    value = float(f"{value:.3g}")
    for unit, letter in UNITS:
        if unit <= value < 1000 * unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"


def log_x(axes: Axes, name: str, values: Iterable[float]) -> None:
    """Format the horizontal axis as a log axis of a quantity: counts as 1M or 1B, compute as powers of ten.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    name : str
        The quantity.
    values : iterable of float
        Values that the axis must contain.
    """
    axes.set_xscale("log")
    numbers = np.asarray([*values], dtype=float)
    low, high = numbers.min(), numbers.max()
    margin = (high / low) ** 0.06 if high > low else 2.0
    axes.set_xlim(low / margin, high * margin)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=_steps(low, high), numticks=8))
    axes.xaxis.set_minor_formatter(NullFormatter())
    if name != "flops":
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: size_text(value)))
    axes.set_xlabel(AXES.get(name, plain(name)))


def log_sizes(axes: Axes, name: str) -> None:
    """Format the vertical axis as a log axis of counts: 1M, 1B.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    name : str
        The quantity.
    """
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=_steps(*axes.get_ylim()), numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size_text(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel(AXES.get(name, plain(name)))


def _steps(low: float, high: float) -> tuple[float, ...]:
    """The multiples of powers of ten that have a tick: more where the range is short."""
    decades = np.log10(high / low) + 1e-9
    return (1.0,) if decades >= 2.5 else (1.0, 3.0) if decades >= 1.2 else (1.0, 2.0, 5.0)


def log_y(axes: Axes, label: str) -> None:
    """Format the vertical axis as a log axis of a loss, with plain round numbers: a loss rarely spans a decade.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    label : str
        The label.
    """
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.set_ylabel(label)


def svg(figure: Figure, name: str) -> str:
    """Write a figure as an <svg> element for a page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    name : str
        Part of the ids, which differ between the figures of a page.

    Returns
    -------
    str
        SVG whose ink follows the colours of the page.
    """
    buffer = io.StringIO()
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": name, "svg.id": f"figure-{name}"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)  # the page's fonts have it
        _write(figure, buffer)
    return _themed(_element(buffer.getvalue()))


def equation_svg(latex: str) -> str:
    """Write a formula as an <svg> element for a page.

    Parameters
    ----------
    latex : str
        LaTeX that matplotlib can draw.

    Returns
    -------
    str
        SVG in the ink of the page.
    """
    figure = Figure(figsize=(0.01, 0.01), facecolor="none")
    figure.text(0, 0, f"${latex}$", fontsize=15, color=INK)
    buffer = io.StringIO()
    with matplotlib.rc_context(_EQUATION):
        _write(figure, buffer)
    return _themed(_element(buffer.getvalue()))


def _write(figure: Figure, buffer: io.StringIO) -> None:
    """Write SVG without a date, so that the same posterior gives the same report."""
    no_metadata = {"Date": None, "Creator": None}
    figure.savefig(buffer, format="svg", metadata=no_metadata, facecolor="none", bbox_inches="tight", pad_inches=0.05)


def _element(document: str) -> str:
    """The <svg> element of a document, without prolog, document type and metadata."""
    element = document[document.index("<svg") :]
    return re.sub(r"\s*<metadata>.*?</metadata>", "", element, count=1, flags=re.DOTALL).strip()


def _themed(element: str) -> str:
    for colour_, variable in ((INK, "ink"), (SOFT, "soft"), (LINE, "line"), (PAPER, "paper")):
        element = re.sub(rf"(fill|stroke): ?{colour_}", rf"\1: var(--{variable}, {colour_})", element)
    return element


def legend_below(figure: Figure, handles: Sequence[Any], columns: int) -> None:
    """Add one legend for all panels below them.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    handles : sequence of object
        Handles of the legend.
    columns : int
        Number of columns.
    """
    figure.legend(handles=list(handles), loc="outside lower left", ncols=columns, handletextpad=0.6, columnspacing=1.6)
