"""Figure of residuals: difference of each training run from the law."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bayescale.core.arguments import checked
from bayescale.plots import log_axes, style, wording
from bayescale.plots.panels.canvas import AxesArgument, add_hover, canvas
from bayescale.plots.panels.labels import label_points
from bayescale.plots.panels.law import hover_texts
from bayescale.plots.plotted_data import axis_name, bands, measured
from bayescale.scaling.result import Fit

__all__ = ["plot_residuals"]

MOST_FAMILIES = 12  # in the legend
MOST_NAMED = 6  # runs


@checked
def plot_residuals(fit: Fit, prob: float = 0.9, *, ax: AxesArgument = None) -> Figure:
    """Plot the difference of every training row from the law, in percent.

    Bars span the interval of one new run. Labels name runs outside it.

    Parameters
    ----------
    fit : Fit
        The posterior.
    prob : float, default 0.9
        Probability of the intervals.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one panel. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    rows = bands(fit, {"": measured(fit)}, prob)[""]
    for name in ("value", "run_lower", "run_upper"):
        rows[f"{name}_off"] = 100 * (rows[name] / rows["law_median"] - 1)
    with style.drawing():
        drawn = canvas(ax, [[0]], (8.6, 3.9))
        axes = drawn.panels[0]
        axes.axhline(0, color=style.SOFT, linewidth=1)
        axes.vlines(rows["x"], rows["run_lower_off"], rows["run_upper_off"], color=style.SOFT, linewidth=1, alpha=0.45)
        handles = []
        for index, family in enumerate(fit.families):
            rows_of_family = rows[rows["family"] == family]
            handles += axes.plot(
                rows_of_family["x"], rows_of_family["value_off"], style.marker(index), color=style.colour(index), ms=5.5
            )
            handles[-1].set_label(wording.plain(family))
            add_hover(handles[-1], hover_texts(rows_of_family, fit.inputs, fit.response))
        log_axes.log_x(axes, axis_name(fit.inputs), rows["x"])
        _name_outside(axes, rows)
        axes.set_ylabel(f"deviation of measured {wording.plain(fit.response)} from law (%)")
        drawn.legend([*handles[:MOST_FAMILIES], _interval(prob)], columns=min(5, len(handles) + 1))
    return drawn.figure


def _name_outside(axes: Axes, rows: pd.DataFrame) -> None:
    outside = rows[(rows["value"] < rows["run_lower"]) | (rows["value"] > rows["run_upper"])]
    farthest = outside.reindex(outside["value_off"].abs().sort_values(ascending=False).index).head(MOST_NAMED)
    if farthest.empty:
        return
    axes.margins(y=0.12)
    points = [(x, y, str(name)) for name, x, y in farthest[["run", "x", "value_off"]].itertuples(index=False)]
    label_points(axes, points, rows[["x", "value_off"]].to_numpy())


def _interval(prob: float) -> Line2D:
    return Line2D([], [], color=style.SOFT, linewidth=1, alpha=0.6, label=f"one new run, {wording.level(prob)}")
