"""Figure of success against human time, one panel per agent, with measured shares."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.horizon.result import Horizon
from bayescale.plots import log_axes, style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas, columns_of, layout_of
from bayescale.plots.plotted_data import MOST_PANELS

__all__ = ["plot_success"]

POINTS = 61  # of a curve
BAND = 0.18  # opacity
CIRCLE: Any = {"color": style.INK, "markerfacecolor": style.PAPER, "markersize": 5}


@checked
def plot_success(
    horizon: Horizon, agents: str | Sequence[str] | None = None, prob: float = 0.9, *, ax: AxesArgument = None
) -> Figure:
    """Plot the success of agents against the human time, with measured shares by task length.

    A curve is success at an average task of a length. A circle is the measured share in a sixth of the tasks, in which
    every family counts once; it scatters around the curve by the effects of its few families too.

    Parameters
    ----------
    horizon : Horizon
        The posterior.
    agents : str or sequence of str, optional
        The agents; at most twelve, those with the longest horizons, where omitted.
    prob : float, default 0.9
        Probability of the intervals.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per agent. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        An agent is unknown, or `prob` is out of its range.
    """
    require_prob(prob)
    cells, column = horizon.cells, horizon.cells.agent_column
    order = np.argsort(-np.median(horizon.log2_horizon(0.5), axis=0), kind="stable")
    chosen = order if agents is None else horizon.agents_at(agents)
    names = [cells.agents[place] for place in chosen[:MOST_PANELS]]
    grid = np.geomspace(cells.minutes.min() / 2, cells.minutes.max() * 2, POINTS)
    curves = horizon.success(grid.tolist(), names, prob)
    shares = horizon.measured()
    with style.drawing():
        layout = layout_of(len(names), columns_of(len(names)))
        drawn = canvas(ax, layout, (max(6.2, 3.4 * len(layout[0])), 2.7 * len(layout) + 0.6))
        for place, (axes, name) in enumerate(zip(drawn.panels, names, strict=True)):
            curve, points = curves[curves[column] == name], shares[shares[column] == name]
            colour = style.colour(place)
            lower, upper = (curve[f"success_{side}"].to_numpy() for side in ("lower", "upper"))
            axes.fill_between(grid, lower, upper, color=colour, alpha=BAND, linewidth=0)
            axes.plot(grid, curve["success_median"], color=colour)
            axes.plot(points["minutes"], points["share"], "o", **CIRCLE)
            axes.set_title(wording.plain(name))
            axes.set_ylim(-0.03, 1.03)
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
            axes.set_ylabel("success" if drawn.at_left(place) else "")
            log_axes.human_times(axes, "x")
            axes.set_xlabel("human time" if drawn.at_bottom(place) else "")
        drawn.legend(_success_legend(prob), columns=3)
    return drawn.figure


def _success_legend(prob: float) -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=style.SOFT, label="average task, median"),
        Patch(color=style.SOFT, alpha=BAND, linewidth=0, label=f"{wording.level(prob)} interval"),
        Line2D([], [], marker="o", linestyle="none", **CIRCLE, label="measured share, sixth of the tasks"),
    ]
