"""Style of figures: palette and markers.

Figures use the light colours below; `plots.panels.svg` replaces ink and lines by CSS variables of a page. Colour-blind
readers can distinguish the colours of families (Okabe and Ito 2008), and each family has its own marker.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.colors
import numpy as np

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
