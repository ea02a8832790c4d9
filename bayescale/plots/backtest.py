"""Figure of a backtest: error and coverage of forecasts of runs that are already measured."""

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
from bayescale.scaling.evaluation.backtest import Backtest

__all__ = ["plot_backtest"]

type Array = NDArray[np.float64]

HALF = 0.5  # the second level whose coverage is drawn
BAND = 0.95  # probability of the band for the histogram of a calibrated forecast
BINS = (4, 10)
APART = 1.04  # factor between laws at the same distance, so that their bars do not hide one another


@checked
def plot_backtest(backtest: Backtest, *, ax: AxesArgument = None) -> Figure:
    """Plot error, coverage and calibration of the forecasts of a backtest.

    Left: mean of |median/measured − 1| over the rows above each cut, against their distance beyond the training data
    (geometric mean of factors). Middle: share of measurements inside their intervals; dashed lines are the nominal
    levels. Bars span two standard errors on either side, with runs as the unit; for coverage they are binomial errors
    of a calibrated forecast. Right: histogram of probability integral transforms over all cuts, relative to uniform.
    The band contains 95 of 100 bins of a calibrated forecast if rows are independent. Rows of runs that the fit has
    seen below the cut are left out where there are others.

    Parameters
    ----------
    backtest : Backtest
        The answer of `bs.backtest`.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, three panels: error, coverage and histogram. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    laws = list(dict.fromkeys(backtest.points["law"]))
    rows = {law: _fresh(backtest.points[backtest.points["law"] == law]) for law in laws}
    cuts = [_by_cut(points, backtest.prob) for points in rows.values()]
    with style.drawing():
        drawn = canvas(ax, layout_of(3, 3), (9.8, 3.9))
        error, coverage, pit = drawn.panels
        for index, (points, by_cut) in enumerate(zip(rows.values(), cuts, strict=True)):
            by_cut["x"] *= APART ** (index - (len(laws) - 1) / 2)
            _error(error, by_cut, index)
            _coverage(coverage, by_cut, backtest.prob, index)
            _histogram(pit, points["pit"].to_numpy(), style.colour(index))
        _uniform(pit, max(map(len, rows.values())))
        _name(error, coverage, pit)
        for axes in (error, coverage):
            log_axes.log_x(axes, "times beyond the training data", pd.concat(cuts)["x"])
        drawn.legend(_legend(laws, backtest.prob), columns=3)
    return drawn.figure


def _fresh(points: pd.DataFrame) -> pd.DataFrame:
    new = points[~points["continues"].astype(bool)]
    return new if len(new) else points


def _by_cut(points: pd.DataFrame, prob: float) -> pd.DataFrame:
    """Means over the rows above each cut, and their standard errors."""
    rows = []
    for _, above in points.groupby("cut", sort=True):
        by_run = above.assign(size=above["error"].abs()).groupby(["family", "run"])["size"].mean()
        runs = len(by_run)
        rows.append(
            {
                "x": float(np.exp(np.log(above["extrapolation"]).mean())),
                "error": float(above["error"].abs().mean()),
                "error_se": float(by_run.std(ddof=1) / np.sqrt(runs)) if runs > 1 else 0.0,
                "held": float(above["inside"].mean()),
                "held_se": float(np.sqrt(prob * (1 - prob) / runs)),
                "half": float((np.abs(above["pit"] - 0.5) <= HALF / 2).mean()),
                "half_se": float(np.sqrt(HALF * (1 - HALF) / runs)),
            }
        )
    return pd.DataFrame(rows)


def _error(axes: Axes, table: pd.DataFrame, index: int) -> None:
    shade = style.colour(index)
    low, high = ((table["error"] + side * 2 * table["error_se"]).clip(lower=0) for side in (-1, 1))
    axes.vlines(table["x"], low, high, color=shade, linewidth=1.3)
    axes.plot(
        table["x"], table["error"], style.marker(index), color=shade, linestyle="-", linewidth=1.2, markersize=5.5
    )


def _coverage(axes: Axes, table: pd.DataFrame, prob: float, index: int) -> None:
    shade = style.colour(index)
    for name, level, face in (("held", prob, shade), ("half", HALF, style.PAPER)):
        axes.axhline(level, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        low, high = ((table[name] + side * 2 * table[f"{name}_se"]).clip(0, 1) for side in (-1, 1))
        axes.vlines(table["x"], low, high, color=shade, linewidth=1.3, alpha=0.8)
        mark: Any = {"color": shade, "markerfacecolor": face, "markeredgecolor": shade, "markersize": 5.5}
        axes.plot(table["x"], table[name], style.marker(index), linestyle="-", linewidth=1.2, **mark)


def _bins(count: int) -> int:
    return int(np.clip(count // 8, *BINS))


def _histogram(axes: Axes, pit: Array, shade: str) -> None:
    bins = _bins(len(pit))
    counts, edges = np.histogram(pit, bins=bins, range=(0, 1))
    axes.stairs(counts * bins / len(pit), edges, color=shade, linewidth=1.6)


def _uniform(axes: Axes, count: int) -> None:
    from scipy.stats import binom

    bins = _bins(count)
    low, high = (binom.ppf(level, count, 1 / bins) * bins / count for level in ((1 - BAND) / 2, (1 + BAND) / 2))
    axes.axhspan(low, high, color=style.LINE, alpha=0.7, linewidth=0, zorder=0)
    axes.axhline(1, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)


def _name(error: Axes, coverage: Axes, pit: Axes) -> None:
    for axes, title in ((error, "error"), (coverage, "coverage"), (pit, "position of measurements")):
        axes.set_title(title)
    error.set_ylabel("mean |median / measured − 1|")
    coverage.set_ylabel("share of rows inside their interval")
    coverage.set_ylim(-0.03, 1.05)
    for axes in (error, coverage):
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None, symbol="\u00a0%"))
    error.set_ylim(bottom=0)
    pit.set_ylabel("rows, relative to uniform")
    pit.set_xlabel("probability of a smaller value (%)")
    pit.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    pit.set_xlim(0, 1)
    pit.set_ylim(bottom=0)


def _legend(laws: list[str], prob: float) -> list[Line2D | Patch]:
    marks: list[Line2D | Patch] = [
        Line2D([], [], color=style.colour(i), marker=style.marker(i), linewidth=1.4, label=wording.plain(law))
        for i, law in enumerate(laws)
    ]
    hollow = Line2D(
        [], [], color=style.SOFT, marker="o", markerfacecolor=style.PAPER, linestyle="", label="50 % interval"
    )
    filled = Line2D([], [], color=style.SOFT, marker="o", linestyle="", label=f"{wording.level(prob)} interval")
    nominal = Line2D([], [], color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)), label="nominal")
    return [
        *marks,
        filled,
        hollow,
        nominal,
        Patch(color=style.LINE, alpha=0.7, label=f"{100 * BAND:.0f} % of bins if calibrated"),
    ]
