"""Figures of compute allocation.

plot_isoflop     loss against model size at fixed budgets of training compute, with the interval of each optimum
plot_allocation  compute-optimal size, tokens and their ratio against budgets
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayescale.core.arguments import checked
from bayescale.plots import log_axes, style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas, layout_of
from bayescale.scaling.decisions.allocation import Allocation
from bayescale.scaling.decisions.isoflop import IsoFlop

__all__ = ["plot_allocation", "plot_isoflop"]

BAND = 0.22  # opacity
CROSS: Mapping[str, Any] = {"linestyle": "none", "marker": "x", "markersize": 4.5, "markeredgewidth": 1.2}


@checked
def plot_isoflop(isoflop: IsoFlop, *, ax: AxesArgument = None) -> Figure:
    """Plot IsoFLOP curves: loss against model size, one curve per budget of training compute.

    Line and band are median and interval of the mean loss of repeated runs. The mark and its bar are median and
    interval of the compute-optimal size of the law. A curve is dashed where it lies farther beyond the data than
    forecasts are tested. Crosses are training rows whose compute is within a tenth of the budget.

    Parameters
    ----------
    isoflop : IsoFlop
        The answer of `Fit.isoflop`.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one panel. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    budgets = isoflop.optimum["flops"].tolist()
    shades = dict(zip(sorted(budgets), style.ramp(len(budgets)), strict=True))
    with style.drawing():
        drawn = canvas(ax, [[0]], (6.4, 4.2))
        axes = drawn.panels[0]
        for budget, (_, best) in zip(budgets, isoflop.optimum.iterrows(), strict=True):
            _curve(axes, isoflop.table[isoflop.table["flops"] == budget], shades[budget])
            _optimum(axes, best, shades[budget])
            _runs(axes, isoflop.measured[isoflop.measured["flops"] == budget], shades[budget])
        log_axes.log_x(axes, "n_params", isoflop.table["n_params"])
        log_axes.log_y(axes, wording.response(isoflop.dataset.attrs["response"]))
        family = _family(isoflop.optimum)
        axes.set_title(wording.plain(family) if family else "")
        handles = _isoflop_legend(shades, isoflop.prob, far=bool((isoflop.table["flag"] != "").any()))
        measured = Line2D([], [], color=style.SOFT, label="measured run, budget ± 10 %", **CROSS)
        drawn.legend([*handles, *([measured] if len(isoflop.measured) else [])], columns=3)
    return drawn.figure


def _curve(axes: Axes, line: pd.DataFrame, shade: str) -> None:
    x, far = line["n_params"].to_numpy(), (line["flag"] != "").to_numpy()
    axes.fill_between(x, line["loss_lower"], line["loss_upper"], color=shade, alpha=BAND, linewidth=0)
    near = ~far
    near[1:] |= ~far[:-1]  # one point more at each end, so that dashes begin where the line ends
    near[:-1] |= ~far[1:]
    for part, dash in ((near, "-"), (far, (0, (3, 2)))):
        axes.plot(x, np.where(part, line["loss_median"], np.nan), color=shade, linewidth=1.5, linestyle=dash)


def _runs(axes: Axes, rows: pd.DataFrame, shade: str) -> None:
    axes.plot(rows["n_params"], rows["loss"], color=shade, zorder=4, **CROSS)


def _optimum(axes: Axes, best: "pd.Series[Any]", shade: str) -> None:
    axes.hlines(best["loss_median"], best["n_params_lower"], best["n_params_upper"], color=style.INK, linewidth=1.6)
    axes.plot(
        best["n_params_median"],
        best["loss_median"],
        "o",
        color=shade,
        markeredgecolor=style.INK,
        markersize=6,
        zorder=5,
    )


def _isoflop_legend(shades: dict[float, str], prob: float, *, far: bool) -> list[Line2D | Patch]:
    level = wording.level(prob)
    ink: Any = {"markerfacecolor": style.PAPER, "markeredgecolor": style.INK, "markersize": 6}
    dashed = Line2D([], [], color=style.SOFT, linewidth=1.5, linestyle=(0, (3, 2)), label="beyond the tested distance")
    return [
        *(
            Line2D([], [], color=shade, linewidth=1.8, label=f"{budget:.3g} FLOP (6·N·D)".replace("e+", "e"))
            for budget, shade in shades.items()
        ),
        Patch(color=style.SOFT, alpha=BAND + 0.1, label=f"mean loss, {level}"),
        Line2D([], [], color=style.INK, marker="o", linewidth=1.6, label=f"optimal size, {level}", **ink),
        *([dashed] if far else []),
    ]


@checked
def plot_allocation(allocation: Allocation, *, ax: AxesArgument = None) -> Figure:
    """Plot compute-optimal parameters, training tokens and their ratio against budgets of compute.

    Line and band are median and interval. Each budget has a mark. A hollow mark is flagged: the optimum lies farther
    beyond the data than forecasts are tested, or at the edge of the search range.

    Parameters
    ----------
    allocation : Allocation
        The answer of `Fit.allocate`.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per quantity: size, data and their ratio. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    table = allocation.table.sort_values("flops", kind="stable")
    served = "tokens_served" in table
    with style.drawing():
        drawn = canvas(ax, layout_of(len(allocation.quantities), len(allocation.quantities)), (9.4, 3.5))
        for index, (axes, (name, title)) in enumerate(zip(drawn.panels, allocation.quantities.items(), strict=True)):
            _along(axes, table, name, style.colour(index))
            log_axes.log_x(axes, "flops", table["flops"])
            axes.set_xlabel("training and serving compute (FLOP)" if served else wording.AXES["flops"])
            log_axes.log_sizes(axes, name)
            axes.set_title(title)
        if _family(table):
            drawn.title(wording.plain(_family(table)))
        drawn.legend(_allocation_legend(allocation.prob, bool((table["flag"] != "").any())), columns=4)
    return drawn.figure


def _family(table: pd.DataFrame) -> str:
    return str(table["family"].iloc[0]) if "family" in table else ""


def _along(axes: Axes, table: pd.DataFrame, name: str, shade: str) -> None:
    x, lower, upper = (table[column].to_numpy() for column in ("flops", f"{name}_lower", f"{name}_upper"))
    axes.fill_between(x, lower, upper, color=shade, alpha=BAND, linewidth=0)
    axes.vlines(x, lower, upper, color=shade, linewidth=1.4)
    axes.plot(x, table[f"{name}_median"], color=shade, linewidth=1.5)
    far = (table["flag"] != "").to_numpy()
    for part, face in ((~far, shade), (far, style.PAPER)):
        axes.plot(x[part], table.loc[part, f"{name}_median"], "o", color=face, markeredgecolor=shade, markersize=5.5)


def _allocation_legend(prob: float, far: bool) -> list[Line2D | Patch]:
    hollow: Any = {"markerfacecolor": style.PAPER, "markersize": 5.5, "linestyle": ""}
    out: list[Line2D | Patch] = [
        Line2D([], [], color=style.SOFT, marker="o", markersize=5.5, linewidth=1.5, label="optimum, median"),
        Patch(color=style.SOFT, alpha=BAND + 0.1, label=f"optimum, {wording.level(prob)}"),
    ]
    flagged = Line2D([], [], color=style.SOFT, marker="o", label="flagged: see the table", **hollow)
    return [*out, flagged] if far else out
