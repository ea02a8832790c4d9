"""Figure of families compared along one input.

plot_families    asymptote, input at half of the gain, and exponent of every family
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bayescale.core.arguments import checked
from bayescale.plots import log_axes, style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas, layout_of
from bayescale.plots.parameters import name_rows, room
from bayescale.scaling.decisions.families.comparison import FamilyComparison

__all__ = ["plot_families"]

PANELS = ("asymptote", "half", "exponent")


@checked
def plot_families(comparison: FamilyComparison, *, ax: AxesArgument = None) -> Figure:
    """Plot the asymptote of every family, the input at half of its gain, and the exponent of the rest.

    Bars are intervals, marks are medians; a mark is hollow where half of the gain may lie beyond the largest run. The
    text beside an asymptote is the probability that it is the best of all. An input at half of the gain that is
    infinite, as the gain is never made, has no bar.

    Parameters
    ----------
    comparison : FamilyComparison
        The answer of `Fit.compare_families`.
    ax : sequence of matplotlib.axes.Axes, optional
        Three Axes to draw on: asymptote, input and exponent. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    table, labels = comparison.table, [str(name) for name in comparison.table["family"]]
    along = wording.AXES.get(comparison.along, wording.plain(comparison.along))
    with style.drawing():
        size = (9.6 + room(labels), 0.34 * len(table) + 1.9)
        drawn = canvas(ax, layout_of(3, 3), size)
        for axes, name in zip(drawn.panels, PANELS, strict=True):
            heights = np.arange(len(table))[::-1]
            for row, height in zip(table.to_dict("records"), heights, strict=True):
                _interval(axes, row, name, float(height))
            name_rows(axes, labels)
            axes.tick_params(labelleft=drawn.external or axes is drawn.panels[0])
        left, middle, right = drawn.panels
        where: Any = {"xycoords": ("axes fraction", "data"), "ha": "left", "va": "center", "fontsize": 8.5}
        for row, height in zip(table.to_dict("records"), np.arange(len(table))[::-1], strict=True):
            left.annotate(f"{100 * row['best']:.0f} %", (1.01, height), **where)
        left.set_title("asymptote; P(best)")
        left.set_xlabel(wording.response(comparison.dataset.attrs["response"]))
        ends = table[["half_lower", "half_median", "half_upper"]].to_numpy()
        if np.isfinite(ends).any():
            log_axes.log_x(middle, comparison.along, ends[np.isfinite(ends)])
        middle.set_xlabel(along)
        middle.set_title("half of the gain")
        right.set_xlabel(f"exponent of {along}")
        right.set_title("exponent")
        drawn.legend(_legend(comparison.prob, bool(table["flag"].ne("").any())), columns=2)
    return drawn.figure


def _interval(axes: Axes, row: dict[Any, Any], name: str, height: float) -> None:
    """Median and interval of one quantity of a family."""
    lower, median, upper = (row[f"{name}_{statistic}"] for statistic in ("lower", "median", "upper"))
    shade = style.colour(0)
    if np.isfinite([lower, upper]).all():
        axes.hlines(height, lower, upper, color=shade, linewidth=2.4)
    if np.isfinite(median):
        face = style.PAPER if row["flag"] and not pd.isna(row["flag"]) else shade
        axes.plot(median, height, "o", color=face, markeredgecolor=shade, markersize=5.5)


def _legend(prob: float, flagged: bool) -> list[Line2D]:
    shade = style.colour(0)
    out = [Line2D([], [], color=shade, marker="o", linewidth=2.4, label=f"median, {wording.level(prob)}")]
    hollow: Any = {"markerfacecolor": style.PAPER, "markersize": 5.5, "linestyle": ""}
    text = "half of the gain may lie beyond the largest run"
    return [*out, Line2D([], [], color=shade, marker="o", label=text, **hollow)] if flagged else out
