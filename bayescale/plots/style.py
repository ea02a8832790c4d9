"""Style of figures: palette, markers, panels and legends.

Figures use the light colours below; `plots.svg` replaces ink and lines by CSS variables of a page. Colour-blind readers
can distinguish the colours of families (Okabe and Ito 2008), and each family has its own marker.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.colors
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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


class Drawn(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


@contextmanager
def drawing() -> Iterator[None]:
    """Apply the style while a figure is drawn; matplotlib's settings are restored afterwards.

    Yields
    ------
    None
        While the style is active.
    """
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
