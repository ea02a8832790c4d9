"""Figure of a simulation-based calibration: deviation of the ranks of true values from uniformity."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from bayescale.calibration.result import Calibration
from bayescale.calibration.uniformity import band, differences
from bayescale.core.arguments import checked
from bayescale.errors import InputError, closest
from bayescale.plots import style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas, layout_of

__all__ = ["plot_calibration"]

MOST_PANELS = 24
COLUMNS = 4
INSIDE, OUTSIDE = style.COLOURS[0], style.COLOURS[1]
ALONE = 0.95  # probability of the band of one quantity


@checked
def plot_calibration(
    calibration: Calibration, quantities: Sequence[str] | None = None, *, ax: AxesArgument = None
) -> Figure:
    """Plot the share of true values below each posterior quantile, minus that quantile; one panel per quantity.

    The line of a calibrated posterior stays inside the light band, which holds for all quantities together. The dark
    band is the 95 % band of one quantity. A line above the band on the left and below it on the right shows a posterior
    that is too narrow; the opposite, one that is too wide. A hump shows posterior values that are too high; a dip, too
    low ones.

    Parameters
    ----------
    calibration : Calibration
        The simulations.
    quantities : sequence of str, optional
        Quantities to draw. Default: the least uniform ones, at most 24.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per quantity. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        A quantity is not part of the calibration.
    """
    table = calibration.table.set_index("quantity")
    names = _drawn(table, quantities)
    columns = min(COLUMNS, len(names))
    lines = -(-len(names) // columns)
    with style.drawing():
        size = (max(5.2, 2.35 * columns), 1.75 * lines + 0.9)
        drawn = canvas(ax, layout_of(len(names), columns), size, share_x=True, share_y=True)
        for place, (axes, name) in enumerate(zip(drawn.panels, names, strict=True)):
            _panel(axes, calibration, name, bool(table["passed"][name]))
            axes.set_xlabel("posterior quantile (%)" if drawn.at_bottom(place) else "")
        drawn.label_y("true values below, minus expected (%)")
        drawn.legend(_legend(calibration.level, [bool(table["passed"][name]) for name in names]), columns=2)
    return drawn.figure


def _drawn(table: pd.DataFrame, quantities: Sequence[str] | None) -> list[str]:
    if quantities is None:
        return [str(name) for name in table.sort_values("p_value", kind="stable").index[:MOST_PANELS]]
    wrong = [
        f"{name!r} is not part of the calibration.{closest(name, table.index)}"
        for name in quantities
        if name not in table.index
    ]
    if wrong or not quantities:
        raise InputError("quantities of a calibration:", wrong or ["name at least one, or omit the argument"])
    return list(quantities)


def _panel(axes: Axes, calibration: Calibration, name: str, passed: bool) -> None:
    at = calibration.positions(name)
    u, difference = differences(at)
    together = 1 - calibration.level / len(calibration.table)
    for prob, alpha in ((together, 0.55), (ALONE, 0.9)):
        _, least, most = band(len(at), prob)
        axes.fill_between(100 * u, 100 * least, 100 * most, color=style.LINE, alpha=alpha, linewidth=0)
    axes.axhline(0, color=style.SOFT, linewidth=0.8)
    axes.plot(
        100 * np.concatenate([[0], u, [1]]),
        100 * np.concatenate([[0], difference, [0]]),
        color=INSIDE if passed else OUTSIDE,
        linewidth=1.5 if passed else 2.2,
        linestyle="-" if passed else (0, (5, 1.5)),
    )
    axes.set_title(wording.plain(name) + ("" if passed else " ✗"), fontsize=9)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 50, 100])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.0f}" if value else "0"))


def _legend(level: float, passed: Sequence[bool]) -> list[Any]:
    uniform = Line2D([], [], color=INSIDE, linewidth=1.5, label="ranks of true values: uniform")
    other = Line2D([], [], color=OUTSIDE, linewidth=2.2, linestyle=(0, (5, 1.5)), label="✗ ranks not uniform")
    return [
        *([uniform] if any(passed) else []),
        *([] if all(passed) else [other]),
        Patch(color=style.LINE, alpha=1.0, label=f"{100 * ALONE:.0f} % band of one quantity"),
        Patch(color=style.LINE, alpha=0.55, label=f"{100 * (1 - level):.4g} % band of all quantities together"),
    ]
