"""Which is better, and what to do next.

plot_compare    differences of pairs of targets, and how probable it is that the one comes out lower
plot_crossover  the difference of two families along scale, and where they change places
plot_next_run   what candidate runs would teach, and for what price
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
from bayescale.plots import style
from bayescale.plots.parameters import name_rows, room
from bayescale.scaling.decisions.compare import Comparison
from bayescale.scaling.decisions.crossover import Crossover
from bayescale.scaling.decisions.next_run import Plan
from bayescale.scaling.predict.forecast import NEW_FAMILY

__all__ = ["plot_compare", "plot_crossover", "plot_next_run"]

type Array = NDArray[np.float64]

BAND = 0.22  # opacity
LEAST = 0.05  # probability of a crossing whose interval is worth drawing
MOST_ROWS = 24

#: Columns of a plan's table that are not inputs of a candidate.
OURS = ("cost", "rank", "effective_draws", "extrapolation", "flag")
WIDTHS = ("width_", "percent_", "shrinkage")


@checked
def plot_compare(found: Comparison) -> Figure:
    """Differences a − b from `fit.compare`, a row for each pair: average over repeated runs, and one new run each.

    Bars are intervals, marks medians; left of zero a comes out lower. At the right, the probability of that with its
    Monte Carlo standard error. Beyond 24 pairs, the first 24.
    """
    table = found.table.head(MOST_ROWS)
    labels = [f"{_side(row, 'a_')}\n− {_side(row, 'b_')}" for row in table.to_dict("records")]
    with style.drawing():
        size = (6.8 + room([part for label in labels for part in label.split("\n")]), 0.55 * len(table) + 1.5)
        figure = style.Drawn(figsize=size, layout="constrained")
        axes = figure.subplots()
        axes.axvline(0, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
        for place, row in enumerate(table.to_dict("records")):
            _pair(axes, row, len(table) - 1 - place)
        name_rows(axes, labels)
        unit = style.response(found.dataset.attrs["response"])
        axes.set_xlabel(f"difference a − b of {unit}")
        axes.set_title("← a lower · b lower →", loc="center")
        style.legend_below(figure, _pair_legend(found.prob), columns=2)
    return figure


def _pair(axes: Axes, row: dict[Any, Any], height: float) -> None:
    for kind, off, shade, mark in (("law", 0.14, style.colour(0), "o"), ("run", -0.14, style.colour(1), "s")):
        lower, median, upper = (row[f"{kind}_difference_{what}"] for what in ("lower", "median", "upper"))
        axes.hlines(height + off, lower, upper, color=shade, linewidth=2.4 if kind == "law" else 1.4)
        axes.plot(median, height + off, mark, color=style.PAPER, markeredgecolor=shade, markersize=5.5)
        below = f"{100 * row[f'{kind}_below']:.1f} ± {100 * row[f'{kind}_below_mcse']:.1f} %"
        where: Any = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": 8.5, "color": shade}
        axes.annotate(below, (1.01, height + off), **where)


def _pair_legend(prob: float) -> list[Line2D]:
    level = style.level(prob)
    kinds = (("law", "average over runs", 2.4, "o"), ("run", "one new run each", 1.4, "s"))
    hollow: Any = {"markerfacecolor": style.PAPER, "markersize": 5.5}
    out = [
        Line2D([], [], color=style.colour(i), linewidth=width, marker=mark, label=f"{said}: median, {level}", **hollow)
        for i, (_, said, width, mark) in enumerate(kinds)
    ]
    return [*out, Line2D([], [], linestyle="", label="right of a row: P(a below b) ± Monte Carlo error")]


def _side(row: dict[Any, Any], prefix: str) -> str:
    """A side's target in words: its name or family, and sizes."""
    own = {str(name).removeprefix(prefix): value for name, value in row.items() if str(name).startswith(prefix)}
    named = next((own[one] for one in ("name", "run", "family") if one in own and not pd.isna(own[one])), None)
    family = NEW_FAMILY if named is None and "family" in own else "" if named is None else str(named)
    return ", ".join(part for part in (family, _sizes(own)) if part)


def _sizes(given: dict[str, Any]) -> str:
    """Numbers of a target as people say them: "N 7B, D 140B", and other inputs by name."""
    short = {"n_params": "N", "n_tokens": "D", "flops": "C"}
    numbers = {name: value for name, value in given.items() if isinstance(value, int | float) and value == value}
    return ", ".join(f"{short.get(name, name)} {style.size_text(float(value))}" for name, value in numbers.items())


@checked
def plot_crossover(found: Crossover) -> Figure:
    """Where two families change places, from `fit.crossover`.

    Above, the difference of what they average, a − b, with its interval along the range; the mark and its bar at zero
    are median and interval of the first crossing, given that there is one. Below, the probability that a is the lower
    one at each point. The legend says how probable it is that nothing crosses within the range; a crossing less
    probable than 5 % has no mark.
    """
    row, curve = found.table.iloc[0], found.curve
    along = str(row["along"])
    names = [NEW_FAMILY if pd.isna(row[one]) else str(row[one]) for one in ("family_a", "family_b")]
    a, b = map(style.plain, names)
    with style.drawing():
        figure = style.Drawn(figsize=(6.4, 4.8), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _difference(above, curve, curve[along].to_numpy(), row)
        above.set_title(f"a: {a}\nb: {b}")
        above.set_ylabel(f"a − b,\n{style.response(found.dataset.attrs['response'])}")
        below.plot(curve[along], curve["a_below"], color=style.colour(0), linewidth=1.6)
        below.axhline(0.5, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
        below.set_ylim(-0.03, 1.03)
        below.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol="\u00a0%"))
        below.set_ylabel("P(a below b)")
        _scale(below, along, curve[along].to_numpy())
        above.tick_params(labelbottom=False)
        style.legend_below(figure, _crossover_legend(found.prob, float(row["none"])), columns=2)
    return figure


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
        style.log_x(axes, along, x)
    else:
        axes.set_xlabel(style.AXES.get(along, style.plain(along)))


def _crossover_legend(prob: float, none: float) -> list[Line2D | Patch]:
    level = style.level(prob)
    out: list[Line2D | Patch] = [
        Line2D([], [], color=style.colour(0), linewidth=1.6, label="median"),
        Patch(color=style.colour(0), alpha=BAND + 0.1, label=f"difference of averages, {level}"),
    ]
    diamond: Any = {"marker": "D", "markerfacecolor": style.PAPER, "markersize": 6.5}
    crossing = Line2D([], [], color=style.colour(1), linewidth=3, label=f"first crossing, {level}", **diamond)
    nothing = Line2D([], [], linestyle="", label=f"no crossing within the range: {100 * none:.0f} %")
    return [*out, crossing, nothing] if none <= 1 - LEAST else [*out, nothing]


@checked
def plot_next_run(found: Plan) -> Figure:
    """What candidate runs would teach, from `fit.plan`: a row for each candidate by rank, the first at the top.

    Left, the expected shrinkage of the targets' interval in per cent of its width, bars being two Monte Carlo standard
    errors either way; right, the same for its cost, of candidates whose shrinkage can be told from none. Hollow rows
    are flagged: see the plan's table. Beyond 24 candidates, the first 24.
    """
    table = found.table.sort_values("rank", ignore_index=True).head(MOST_ROWS)
    per = next(str(name) for name in table if str(name).startswith("shrinkage_per_"))
    labels = _candidates(table, per)
    with style.drawing():
        size = (8.0 + room(labels), 0.3 * len(table) + 1.6)
        figure = style.Drawn(figsize=size, layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        heights = np.arange(len(table))[::-1]
        left.axvline(0, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
        _candidate_rows(left, table, heights, np.ones(len(table)))
        told = (table["shrinkage"] > 2 * table["shrinkage_se"]).to_numpy()
        scale = (table[per] / table["shrinkage"]).to_numpy()  # what one per cent counts for the cost
        _candidate_rows(right, table[told], heights[told], scale[told])
        name_rows(left, labels)
        right.tick_params(labelleft=False)
        right.grid(visible=False, axis="y")
        left.set_xlabel("interval narrower by (% of its width)")
        cost = per.removeprefix("shrinkage_per_")
        if told.any():
            gain = table.loc[told, ["shrinkage", "shrinkage_se"]].to_numpy()
            ends = [scale[told] * (gain[:, 0] + side * 2 * gain[:, 1]) for side in (-1, 1)]
            style.log_x(right, "gain", np.concatenate(ends))
        right.set_xlabel(f"% per {'1e21 FLOP' if cost == '1e21_flops' else style.plain(cost)}")
        style.legend_below(figure, _plan_legend(bool((table["flag"] != "").any())), columns=2)
    return figure


def _candidate_rows(axes: Axes, table: pd.DataFrame, heights: NDArray[np.int64], factor: Array) -> None:
    shade = style.colour(0)
    rows = zip(table[["shrinkage", "shrinkage_se", "flag"]].itertuples(index=False), heights, factor, strict=True)
    for (shrinkage, error, flag), height, one in rows:
        axes.hlines(height, one * (shrinkage - 2 * error), one * (shrinkage + 2 * error), color=shade, linewidth=1.6)
        face = style.PAPER if flag else shade
        axes.plot(one * shrinkage, height, "o", color=face, markeredgecolor=shade, markersize=6)


def _candidates(table: pd.DataFrame, per: str) -> list[str]:
    """What tells candidates apart, after their rank."""
    ours = {*OURS, per, *(name for name in table if str(name).startswith(WIDTHS))}
    rows: Sequence[dict[Any, Any]] = table[[name for name in table if name not in ours]].to_dict("records")
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
