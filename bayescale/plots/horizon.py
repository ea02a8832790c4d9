"""Figures of a horizon posterior.

plot_horizons  horizons against release date, with the trend
plot_success   success against human time, one panel per agent, with measured shares
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.core.text import human_time
from bayescale.horizon.release_dates import date_text, read_dates
from bayescale.horizon.result import Horizon
from bayescale.plots import style, wording
from bayescale.plots.plotted_data import MOST_PANELS

__all__ = ["plot_horizons", "plot_success"]

POINTS = 61  # of a curve
AHEAD = 365.0  # days that the trend goes on beyond the last release by default
BAND = 0.18  # opacity
CIRCLE: Any = {"color": style.INK, "markerfacecolor": style.PAPER, "markersize": 5}
TICKS = (1e-3 / 6, 1 / 60, 1 / 6, 1.0, 10.0, 60.0, 480.0, 4800.0, 48_000.0, 480_000.0)  # minutes


@checked
def plot_horizons(
    horizon: Horizon,
    level: float = 0.5,
    agents: Sequence[str] | None = None,
    until: object = None,
    prob: float = 0.9,
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
        figure = style.Drawn(figsize=(7.4, 4.6), layout="constrained")
        axes = figure.subplots()
        for name, opacity in (("agent", 0.10), ("trend", 0.22)):
            lower, upper = (forecast[f"{name}_{side}"].to_numpy() for side in ("lower", "upper"))
            axes.fill_between(days, lower, upper, color=style.colour(0), alpha=opacity, linewidth=0)
        axes.plot(days, forecast["trend_median"], color=style.colour(0))
        for agent in fitted.agents:
            _agent(axes, horizon, agent, rows[agent])
        _date_axis(axes)
        _minutes_axis(axes, "y")
        axes.set_ylabel(f"time horizon at {wording.level(level)} success")
        axes.set_title(_title(fitted.table.iloc[0]))
        style.legend_below(figure, _trend_legend(prob), columns=2)
    return figure


@checked
def plot_success(horizon: Horizon, agents: str | Sequence[str] | None = None, prob: float = 0.9) -> Figure:
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
        figure, panels, columns = style.panels(len(names), 3.4, 2.7, least=6.2, below=0.6)
        for place, (axes, name) in enumerate(zip(panels, names, strict=True)):
            curve, points = curves[curves[column] == name], shares[shares[column] == name]
            colour = style.colour(place)
            lower, upper = (curve[f"success_{side}"].to_numpy() for side in ("lower", "upper"))
            axes.fill_between(grid, lower, upper, color=colour, alpha=BAND, linewidth=0)
            axes.plot(grid, curve["success_median"], color=colour)
            axes.plot(points["minutes"], points["share"], "o", **CIRCLE)
            axes.set_title(wording.plain(name))
            axes.set_ylim(-0.03, 1.03)
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
            axes.set_ylabel("success" if place % columns == 0 else "")
            _minutes_axis(axes, "x")
            axes.set_xlabel("human time" if place + columns >= len(names) else "")
        style.legend_below(figure, _success_legend(prob), columns=3)
    return figure


def _agent(axes: Axes, horizon: Horizon, agent: str, row: Mapping[Hashable, Any]) -> None:
    """Median and interval of one agent, with its name."""
    released = float(horizon.cells.released[horizon.cells.agents.index(agent)])
    median, lower, upper = (float(row[f"minutes_{name}"]) for name in ("median", "lower", "upper"))
    axes.plot([released] * 2, [lower, upper], color=style.SOFT, linewidth=1.2)
    axes.plot([released], [median], "o", **CIRCLE)
    axes.annotate(f"  {wording.plain(agent)}", (released, median), fontsize=8, va="center", color=style.INK)


def _minutes_axis(axes: Axes, side: str) -> None:
    """A log axis of human time with round times as ticks."""
    (axes.set_xscale if side == "x" else axes.set_yscale)("log")
    low, high = axes.get_xlim() if side == "x" else axes.get_ylim()
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator([tick for tick in TICKS if low <= tick <= high]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: human_time(value)))


def _date_axis(axes: Axes) -> None:
    """Days since 1970-01-01 as dates: matplotlib counts from the same day."""
    locator = AutoDateLocator(maxticks=8)  # type: ignore[no-untyped-call]
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


def _success_legend(prob: float) -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=style.SOFT, label="average task, median"),
        Patch(color=style.SOFT, alpha=BAND, linewidth=0, label=f"{wording.level(prob)} interval"),
        Line2D([], [], marker="o", linestyle="none", **CIRCLE, label="measured share, sixth of the tasks"),
    ]
