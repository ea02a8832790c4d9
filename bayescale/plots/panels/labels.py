"""Labels of points that neither overprint one another nor leave their panel.

Sizes are estimated from the number of characters, so that no figure must be drawn to place a label.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayescale.plots import style, wording

FONT = 8.5
WIDTH, HEIGHT = 0.6 * FONT, 1.4 * FONT  # of a character, in points
PANEL = 0.86, 0.66  # share of the figure that a single panel fills
GAP = 6.0  # between point and label, in points
LEVELS = [level for step in range(6) for level in (4.0 + step * HEIGHT, -4.0 - (step + 1) * HEIGHT)]
LEADER = 2 * HEIGHT  # a label farther away gets a line to its point


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: "_Box") -> float:
        """The area that two boxes share."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(width, 0.0) * max(height, 0.0)


def label_points(axes: Axes, points: Sequence[tuple[float, float, str]], avoid: NDArray[np.float64]) -> None:
    """Label points, each at the nearest place that hides least; the limits of the axes must be set.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    points : sequence of tuple
        Horizontal and vertical position and the text of each label, most important first.
    avoid : numpy.ndarray
        Positions of all points that labels should leave visible, shape (point, 2).
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    size = 72 * np.asarray(figure.get_size_inches()) * PANEL
    to_panel = axes.transScale + axes.transLimits
    marks = [_around(place) for place in to_panel.transform(avoid) * size] if len(avoid) else []
    panel, placed = _Box(0, 0, *size), list[_Box]()
    for x, y, text in points:
        place = to_panel.transform((x, y)) * size
        choices = [(side, level, _box(place, side, level, len(text))) for level in LEVELS for side in (1, -1)]
        side, level, box = min(choices, key=lambda choice: _hidden(choice[2], placed, marks, panel))
        placed.append(box)
        axes.annotate(
            wording.plain(text),
            (x, y),
            xytext=(side * GAP, level),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="bottom",
            fontsize=FONT,
            color=style.INK,
            arrowprops={"arrowstyle": "-", "color": style.SOFT, "linewidth": 0.6} if abs(level) > LEADER else None,
        )


def _around(place: NDArray[np.float64]) -> _Box:
    """The box of a marker."""
    return _Box(place[0] - 2.5, place[1] - 2.5, place[0] + 2.5, place[1] + 2.5)


def _box(place: NDArray[np.float64], side: int, level: float, characters: int) -> _Box:
    near, far = (place[0] + side * (GAP + length) for length in (0.0, WIDTH * characters))
    return _Box(min(near, far), place[1] + level, max(near, far), place[1] + level + HEIGHT)


def _hidden(box: _Box, placed: Sequence[_Box], marks: Sequence[_Box], panel: _Box) -> float:
    """How bad a place is: overprinted labels and what leaves the panel count ten times as much as hidden points."""
    area = (box.right - box.left) * (box.top - box.bottom)
    outside = area - box.overlap(panel)
    return 10 * (sum(map(box.overlap, placed)) + outside) + sum(map(box.overlap, marks))
