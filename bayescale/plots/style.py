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

INK, SOFT, LINE, PAPER = "#1c1e21", "#5b6169", "#d9dce0", "#ffffff"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#8f6bd1", "#7f7f7f")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")

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
