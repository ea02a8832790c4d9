"""Figure of horizons against release date, with the trend."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayescale.core.arguments import checked
from bayescale.horizon.release_dates import date_text, read_dates
from bayescale.horizon.result import Horizon
from bayescale.plots import log_axes, style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas

__all__ = ["plot_horizons"]

POINTS = 61  # of a curve
AHEAD = 365.0  # days that the trend goes on beyond the last release by default
CIRCLE: Any = {"color": style.INK, "markerfacecolor": style.PAPER, "markersize": 5}


@checked
def plot_horizons(
    horizon: Horizon,
    level: float = 0.5,
    agents: Sequence[str] | None = None,
    until: object = None,
    prob: float = 0.9,
    *,
    ax: AxesArgument = None,
) -> Figure:
    """Plot each agent's horizon against its release date, with the trend and its forecast.

    Parameters
    ----------
    horizon : Horizon
        The posterior; at least three agents need a release date.
    level : float, default 0.5
        Level of success of the horizons.
    agents : sequence of str, optional
        The agents; all with a release date where omitted.
    until : date or str, optional
        End of the forecast; a year after the last release where omitted.
    prob : float, default 0.9
        Probability of the intervals.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        Fewer than three agents have different release dates, or an argument is out of its range.
    """
    fitted = horizon.trend(level, agents, prob)
    end = fitted.last + AHEAD if until is None else float(read_dates("until", until)[-1])
    days = np.linspace(fitted.first, max(end, fitted.last), POINTS)
    forecast = fitted.forecast([date_text(day) for day in days])
    table = horizon.horizons(level, prob)
    rows = dict(zip(table[horizon.cells.agent_column], table.to_dict("records"), strict=True))
    with style.drawing():
        drawn = canvas(ax, [[0]], (7.4, 4.6))
        axes = drawn.panels[0]
        for name, opacity in (("agent", 0.10), ("trend", 0.22)):
            lower, upper = (forecast[f"{name}_{side}"].to_numpy() for side in ("lower", "upper"))
            axes.fill_between(days, lower, upper, color=style.colour(0), alpha=opacity, linewidth=0)
        axes.plot(days, forecast["trend_median"], color=style.colour(0))
        for agent in fitted.agents:
            _agent(axes, horizon, agent, rows[agent])
        _date_axis(axes)
        log_axes.human_times(axes, "y")
        axes.set_ylabel(f"time horizon at {wording.level(level)} success")
        axes.set_title(_title(fitted.table.iloc[0]))
        drawn.legend(_trend_legend(prob), columns=2)
    return drawn.figure


def _agent(axes: Axes, horizon: Horizon, agent: str, row: Mapping[Hashable, Any]) -> None:
    """Median and interval of one agent, with its name."""
    released = float(horizon.cells.released[horizon.cells.agents.index(agent)])
    median, lower, upper = (float(row[f"minutes_{name}"]) for name in ("median", "lower", "upper"))
    axes.plot([released] * 2, [lower, upper], color=style.SOFT, linewidth=1.2)
    axes.plot([released], [median], "o", **CIRCLE)
    beside: Any = {"xytext": (7, 0), "textcoords": "offset points"}
    axes.annotate(wording.plain(agent), (released, median), fontsize=8, va="center", color=style.INK, **beside)


def _date_axis(axes: Axes) -> None:
    """Days since 1970-01-01 as dates: matplotlib counts from the same day."""
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.set_xlabel("release date")


def _title(row: "pd.Series[Any]") -> str:
    """The doubling time in a sentence."""
    ends = [f"{row[f'doubling_days_{side}']:,.0f}" for side in ("median", "lower", "upper")]
    median, lower, upper = ("never" if end == "inf" else end for end in ends)
    return f"doubling time {median} days ({lower} to {upper})"


def _trend_legend(prob: float) -> list[Line2D | Patch]:
    interval = f"{wording.level(prob)} interval"
    return [
        Line2D([], [], color=style.colour(0), label="trend, median"),
        Patch(color=style.colour(0), alpha=0.22 + 0.1, linewidth=0, label=f"trend, {interval}"),
        Line2D([], [], marker="o", **{**CIRCLE, "color": style.SOFT}, label=f"agent, {interval}"),
        Patch(color=style.colour(0), alpha=0.10, linewidth=0, label=f"one agent released then, {interval}"),
    ]
