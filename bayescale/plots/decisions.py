"""Figures of decisions.

plot_compare    differences of pairs of targets, and the probability that the first is lower
plot_crossover  difference of two families against scale, and where they cross
plot_next_run   expected information of candidate runs, and their cost
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.plots import log_axes, style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas, layout_of
from bayescale.plots.parameters import name_rows, room
from bayescale.scaling.decisions.compare import Comparison
from bayescale.scaling.decisions.crossover import Crossover
from bayescale.scaling.decisions.next_run import Plan
from bayescale.scaling.predict.forecast import NEW_FAMILY

__all__ = ["plot_compare", "plot_crossover", "plot_next_run"]

type Array = NDArray[np.float64]

BAND = 0.22  # opacity
LEAST = 0.05  # probability below which a crossing is not drawn
MOST_ROWS = 24

#: Columns of a plan's table that are not inputs of a candidate.
RESULTS = ("cost", "rank", "effective_draws", "extrapolation", "flag")
WIDTHS = ("width_", "percent_", "shrinkage")


@checked
def plot_compare(comparison: Comparison, *, ax: AxesArgument = None) -> Figure:
    """Plot differences a − b of pairs of targets: of means of repeated runs, and of one new run each.

    Bars are intervals, marks are medians. Left of zero, a is lower. The text on the right is the probability of that
    with its Monte Carlo standard error. At most 24 pairs are drawn.

    Parameters
    ----------
    comparison : Comparison
        The answer of `Fit.compare`.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one panel. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    table = comparison.table.head(MOST_ROWS)
    labels = [f"{_side(row, 'a_')}\n− {_side(row, 'b_')}" for row in table.to_dict("records")]
    with style.drawing():
        size = (6.8 + room([part for label in labels for part in label.split("\n")]), 0.55 * len(table) + 1.5)
        drawn = canvas(ax, [[0]], size)
        axes = drawn.panels[0]
        axes.axvline(0, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
        for place, row in enumerate(table.to_dict("records")):
            _pair(axes, row, len(table) - 1 - place)
        name_rows(axes, labels)
        unit = wording.response(comparison.dataset.attrs["response"])
        axes.set_xlabel(f"difference a − b of {unit}")
        axes.set_title("← a lower · b lower →", loc="center")
        drawn.legend(_pair_legend(comparison.prob), columns=2)
    return drawn.figure


def _pair(axes: Axes, row: dict[Any, Any], height: float) -> None:
    for kind, off, shade, mark in (("law", 0.14, style.colour(0), "o"), ("run", -0.14, style.colour(1), "s")):
        lower, median, upper = (row[f"{kind}_difference_{statistic}"] for statistic in ("lower", "median", "upper"))
        axes.hlines(height + off, lower, upper, color=shade, linewidth=2.4 if kind == "law" else 1.4)
        axes.plot(median, height + off, mark, color=style.PAPER, markeredgecolor=shade, markersize=5.5)
        below = f"{100 * row[f'{kind}_below']:.1f} ± {100 * row[f'{kind}_below_mcse']:.1f} %"
        where: Any = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": 8.5, "color": shade}
        axes.annotate(below, (1.01, height + off), **where)


def _pair_legend(prob: float) -> list[Line2D]:
    level = wording.level(prob)
    kinds = (("law", "mean of repeated runs", 2.4, "o"), ("run", "one new run each", 1.4, "s"))
    hollow: Any = {"markerfacecolor": style.PAPER, "markersize": 5.5}
    out = [
        Line2D([], [], color=style.colour(i), linewidth=width, marker=mark, label=f"{text}: median, {level}", **hollow)
        for i, (_, text, width, mark) in enumerate(kinds)
    ]
    return [*out, Line2D([], [], linestyle="", label="right of a row: P(a below b) ± Monte Carlo error")]


def _side(row: dict[Any, Any], prefix: str) -> str:
    """The target on one side: its name or family, and sizes."""
    target = {str(name).removeprefix(prefix): value for name, value in row.items() if str(name).startswith(prefix)}
    label = next((target[key] for key in ("name", "run", "family") if key in target and not pd.isna(target[key])), None)
    family = NEW_FAMILY if label is None and "family" in target else "" if label is None else str(label)
    return ", ".join(part for part in (family, _sizes(target)) if part)


def _sizes(target: dict[str, Any]) -> str:
    """The numbers of a target: "N 7B, D 140B", and other inputs by name."""
    short = {"n_params": "N", "n_tokens": "D", "flops": "C"}
    numbers = {name: value for name, value in target.items() if isinstance(value, int | float) and value == value}
    return ", ".join(f"{short.get(name, name)} {wording.size_text(float(value))}" for name, value in numbers.items())


@checked
def plot_crossover(crossover: Crossover, *, ax: AxesArgument = None) -> Figure:
    """Plot where two families cross.

    Top: difference a − b of the means of repeated runs, with its interval. The mark and its bar at zero are median and
    interval of the first crossing, given that there is one; a crossing with a probability below 5 % has no mark.
    Bottom: probability that a is lower. The legend states the probability that the families do not cross within the
    range.

    Parameters
    ----------
    crossover : Crossover
        The answer of `Fit.crossover`.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, two panels: difference and probability. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    row, curve = crossover.table.iloc[0], crossover.curve
    along = str(row["along"])
    names = [NEW_FAMILY if pd.isna(row[column]) else str(row[column]) for column in ("family_a", "family_b")]
    a, b = map(wording.plain, names)
    with style.drawing():
        drawn = canvas(ax, [[0], [1]], (6.4, 4.8), share_x=True, heights=(3, 2))
        above, below = drawn.panels
        _difference(above, curve, curve[along].to_numpy(), row)
        above.set_title(f"a: {a}\nb: {b}")
        above.set_ylabel(f"a − b,\n{wording.response(crossover.dataset.attrs['response'])}")
        below.plot(curve[along], curve["a_below"], color=style.colour(0), linewidth=1.6)
        below.axhline(0.5, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
        below.set_ylim(-0.03, 1.03)
        below.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol="\u00a0%"))
        below.set_ylabel("P(a below b)")
        _scale(below, along, curve[along].to_numpy())
        if drawn.external:
            _scale(above, along, curve[along].to_numpy())
        drawn.legend(_crossover_legend(crossover.prob, float(row["none"])), columns=2)
    return drawn.figure


def _difference(axes: Axes, curve: pd.DataFrame, x: Array, row: "pd.Series[Any]") -> None:
    axes.axhline(0, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
    shade = style.colour(0)
    axes.fill_between(x, curve["difference_lower"], curve["difference_upper"], color=shade, alpha=BAND, linewidth=0)
    axes.plot(x, curve["difference_median"], color=shade, linewidth=1.6)
    if row["none"] <= 1 - LEAST:
        axes.hlines(0, row["crossing_lower"], row["crossing_upper"], color=style.colour(1), linewidth=3)
        axes.plot(row["crossing_median"], 0, "D", color=style.PAPER, markeredgecolor=style.colour(1), markersize=6.5)


def _scale(axes: Axes, along: str, x: Array) -> None:
    if x.min() > 0:
        log_axes.log_x(axes, along, x)
    else:
        axes.set_xlabel(wording.AXES.get(along, wording.plain(along)))


def _crossover_legend(prob: float, none: float) -> list[Line2D | Patch]:
    level = wording.level(prob)
    out: list[Line2D | Patch] = [
        Line2D([], [], color=style.colour(0), linewidth=1.6, label="median"),
        Patch(color=style.colour(0), alpha=BAND + 0.1, label=f"difference of means, {level}"),
    ]
    diamond: Any = {"marker": "D", "markerfacecolor": style.PAPER, "markersize": 6.5}
    crossing = Line2D([], [], color=style.colour(1), linewidth=3, label=f"first crossing, {level}", **diamond)
    nothing = Line2D([], [], linestyle="", label=f"no crossing within the range: {100 * none:.0f} %")
    return [*out, crossing, nothing] if none <= 1 - LEAST else [*out, nothing]


@checked
def plot_next_run(plan: Plan, *, ax: AxesArgument = None) -> Figure:
    """Plot the expected reduction of a forecast's interval by candidate runs, best rank at the top.

    Left: expected reduction of the width of the interval, in percent; bars span two Monte Carlo standard errors on
    either side. Right: the same divided by the cost, for candidates whose reduction differs from zero by two standard
    errors. Hollow marks are flagged; see the table of the plan. At most 24 candidates are drawn.

    Parameters
    ----------
    plan : Plan
        The answer of `Fit.plan`.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, two panels: reduction, and reduction divided by cost. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    table = plan.table.sort_values("rank", ignore_index=True).head(MOST_ROWS)
    per = next(str(name) for name in table if str(name).startswith("shrinkage_per_"))
    labels = _candidates(table, per)
    with style.drawing():
        size = (8.0 + room(labels), 0.3 * len(table) + 1.6)
        drawn = canvas(ax, layout_of(2, 2), size, share_y=True)
        left, right = drawn.panels
        heights = np.arange(len(table))[::-1]
        left.axvline(0, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
        _candidate_rows(left, table, heights, np.ones(len(table)))
        resolved = (table["shrinkage"] > 2 * table["shrinkage_se"]).to_numpy()
        scale = (table[per] / table["shrinkage"]).to_numpy()  # one percent divided by the cost
        _candidate_rows(right, table[resolved], heights[resolved], scale[resolved])
        name_rows(left, labels)
        right.set_ylim(left.get_ylim())
        right.tick_params(labelleft=False)
        right.grid(visible=False, axis="y")
        left.set_xlabel("expected reduction of the interval (% of its width)")
        cost = per.removeprefix("shrinkage_per_")
        if resolved.any():
            gain = table.loc[resolved, ["shrinkage", "shrinkage_se"]].to_numpy()
            ends = [scale[resolved] * (gain[:, 0] + side * 2 * gain[:, 1]) for side in (-1, 1)]
            log_axes.log_x(right, "gain", np.concatenate(ends))
        right.set_xlabel(f"% per {'1e21 FLOP' if cost == '1e21_flops' else wording.plain(cost)}")
        drawn.legend(_plan_legend(bool((table["flag"] != "").any())), columns=2)
    return drawn.figure


def _candidate_rows(axes: Axes, table: pd.DataFrame, heights: NDArray[np.int64], factor: Array) -> None:
    shade = style.colour(0)
    rows = zip(table[["shrinkage", "shrinkage_se", "flag"]].itertuples(index=False), heights, factor, strict=True)
    for (shrinkage, error, flag), height, scale in rows:
        axes.hlines(
            height, scale * (shrinkage - 2 * error), scale * (shrinkage + 2 * error), color=shade, linewidth=1.6
        )
        face = style.PAPER if flag else shade
        axes.plot(scale * shrinkage, height, "o", color=face, markeredgecolor=shade, markersize=6)


def _candidates(table: pd.DataFrame, per: str) -> list[str]:
    """Labels of candidates: rank, name and inputs."""
    results = {*RESULTS, per, *(name for name in table if str(name).startswith(WIDTHS))}
    rows: Sequence[dict[Any, Any]] = table[[name for name in table if name not in results]].to_dict("records")
    out = []
    for place, row in enumerate(rows):
        words = [str(row[name]) for name in ("name", "run", "family") if isinstance(row.get(name), str)]
        out.append(f"{place + 1}. " + ", ".join([*words, _sizes({str(name): value for name, value in row.items()})]))
    return out


def _plan_legend(flagged: bool) -> list[Line2D]:
    shade = style.colour(0)
    out = [Line2D([], [], color=shade, marker="o", markersize=6, label="expected, ± 2 Monte Carlo errors")]
    hollow: Any = {"markerfacecolor": style.PAPER, "markersize": 6, "linestyle": ""}
    return [*out, Line2D([], [], color=shade, marker="o", label="flagged", **hollow)] if flagged else out
