"""What a panel of a law shows: training runs, the law along them, compute-optimal runs, targets, and the legend.

Colours of families are those of the palette; shades from dark to light are values of the quantity that a slice holds
fixed. The frontier is drawn in ink.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayescale.plots import style, wording
from bayescale.plots.panels.canvas import add_hover
from bayescale.plots.panels.slices import Slices

LAW, RUN = 0.34, 0.13  # opacity of the two bands
SLICE = 0.2  # opacity of the band of a slice
MOST_NAMED = 6  # slices in the legend


def bands(axes: Axes, line: pd.DataFrame, shade: str) -> None:
    """Draw the law and the intervals of law and of one new run along a line.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    line : pandas.DataFrame
        Points with `x`, `law_*` and `run_*`.
    shade : str
        The colour.
    """
    for name, alpha in (("run", RUN), ("law", LAW)):
        axes.fill_between(
            line["x"], line[f"{name}_lower"], line[f"{name}_upper"], color=shade, alpha=alpha, linewidth=0
        )
    axes.plot(line["x"], line["law_median"], color=shade, linewidth=1.4)


def bars(axes: Axes, rows: pd.DataFrame, shade: str) -> None:
    """Draw the intervals of law and of one new run at single rows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    rows : pandas.DataFrame
        Rows with `x`, `law_*` and `run_*`.
    shade : str
        The colour.
    """
    axes.vlines(rows["x"], rows["run_lower"], rows["run_upper"], color=shade, linewidth=1, alpha=2 * RUN)
    axes.vlines(rows["x"], rows["law_lower"], rows["law_upper"], color=shade, linewidth=3, alpha=LAW)


def slice_band(axes: Axes, line: pd.DataFrame, shade: str) -> None:
    """Draw the law and its interval along a slice.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    line : pandas.DataFrame
        Points with `x` and `law_*`.
    shade : str
        The colour.
    """
    axes.fill_between(line["x"], line["law_lower"], line["law_upper"], color=shade, alpha=SLICE, linewidth=0)
    axes.plot(line["x"], line["law_median"], color=shade, linewidth=1.3)


def frontier_band(axes: Axes, line: pd.DataFrame, *, sizes: bool) -> None:
    """Draw the law at the compute-optimal runs, and where `x` is their size also its interval at the marked budgets.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    line : pandas.DataFrame
        Points of `slices.frontier` with `x` and `law_*`.
    sizes : bool
        Whether `x` is the size.
    """
    axes.fill_between(line["x"], line["law_lower"], line["law_upper"], color=style.INK, alpha=SLICE, linewidth=0)
    axes.plot(line["x"], line["law_median"], color=style.INK, linewidth=1.6, linestyle=(0, (4, 1.5)), zorder=3)
    if sizes:
        at = line[line["marked"]]
        axes.hlines(at["law_median"], at["n_params_lower"], at["n_params_upper"], color=style.INK, linewidth=1.4)
        axes.plot(at["x"], at["law_median"], "x", color=style.INK, markersize=5.5, markeredgewidth=1.5, zorder=4)


def runs(axes: Axes, rows: pd.DataFrame, index: int, inputs: Sequence[str], response: str, shade: str) -> None:
    """Draw training runs of a family, with their names, inputs and response as hover texts.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    rows : pandas.DataFrame
        Rows with `x`, `value`, `family`, `run` and the inputs.
    index : int
        Place of the family, which decides its marker.
    inputs : sequence of str
        Inputs of the law.
    response : str
        Name of the response.
    shade : str
        The colour.
    """
    edge: Any = {"markeredgecolor": style.PAPER, "markeredgewidth": 0.6}
    (line,) = axes.plot(
        rows["x"], rows["value"], style.marker(index), color=shade, linestyle="", markersize=5, zorder=2.5, **edge
    )
    add_hover(line, hover_texts(rows, inputs, response))


def hover_texts(rows: pd.DataFrame, inputs: Sequence[str], response: str) -> list[str]:
    """Return a text for each training row: its run, inputs and response.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows with `family`, `run`, the inputs and `value`.
    inputs : sequence of str
        Inputs of the law.
    response : str
        Name of the response.

    Returns
    -------
    list of str
        The texts, of one line for each kind of fact.
    """
    out = []
    for row in rows.to_dict("records"):
        sizes = ", ".join(f"{name} {wording.size_text(float(row[name]))}" for name in inputs)
        out.append(f"{row['run']} ({row['family']})\n{sizes}\n{response} {row['value']:.4g}")
    return out


def others(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the training runs of other families as small grey points.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    rows : pandas.DataFrame
        Rows with `x` and `value`.
    """
    axes.plot(rows["x"], rows["value"], ".", color=style.SOFT, alpha=0.3, markersize=3.5)


def edge(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw a line where the training data end.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    rows : pandas.DataFrame
        Training rows with `x`; nothing is drawn without any.
    """
    if not len(rows):
        return
    axes.axvline(rows["x"].max(), color=style.SOFT, linewidth=1, linestyle=(0, (1, 2)))
    axes.annotate(
        "training ends",
        (rows["x"].max(), 1),
        xycoords=("data", "axes fraction"),
        xytext=(-4, -3),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=8.5,
        color=style.SOFT,
    )


def targets(axes: Axes, points: pd.DataFrame, shade: str) -> None:
    """Draw the interval of one new run at targets, and their measured response where it is known.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    points : pandas.DataFrame
        Targets with `x`, `run_*` and `actual`.
    shade : str
        The colour.
    """
    axes.vlines(points["x"], points["run_lower"], points["run_upper"], color=shade, linewidth=1.6)
    axes.plot(points["x"], points["run_median"], "_", color=shade, markersize=9, markeredgewidth=1.6)
    inside = points["actual"].between(points["run_lower"], points["run_upper"])
    for part, face in ((inside, style.PAPER), (~inside, style.INK)):
        measured = points.loc[part, ["x", "actual"]]
        look: Any = {"color": style.INK, "markerfacecolor": face, "markersize": 5.5, "zorder": 5}
        axes.plot(measured["x"], measured["actual"], "D", **look)


def legend(kinds: Collection[str], prob: float, slices: Slices) -> list[Any]:
    """Return the handles_by_kind of what is drawn.

    Parameters
    ----------
    kinds : collection of str
        Those that are drawn of "runs", "others", "bands", "bars", "slices", "frontier", "minima", "targets" and
        "measured".
    prob : float
        Probability of the intervals.
    slices : Slices
        The slices.

    Returns
    -------
    list of Artist
        Handles with labels.
    """
    level = wording.level(prob)
    soft: Any = {"color": style.SOFT}
    ink: Any = {"color": style.INK}
    dashed: Any = {"linewidth": 1.6, "linestyle": (0, (4, 1.5))}
    hollow: Any = {"markerfacecolor": style.PAPER, "markeredgecolor": style.INK, "markersize": 5.5}
    handles_by_kind: list[tuple[str, Any]] = [
        ("runs", Line2D([], [], marker="o", linestyle="", markersize=5, label="training run", **soft)),
        ("others", Line2D([], [], marker=".", linestyle="", alpha=0.5, label="run of another family", **soft)),
        ("bands", Line2D([], [], linewidth=1.4, label="law, median", **soft)),
        ("bands", Patch(alpha=LAW + 0.1, label=f"law, {level}", **soft)),
        ("bands", Patch(alpha=RUN + 0.05, label=f"one new run, {level}", **soft)),
        ("bars", Line2D([], [], linewidth=3, alpha=LAW + 0.1, label=f"at a run: law, {level}", **soft)),
        ("bars", Line2D([], [], linewidth=1, alpha=0.5, label=f"at a run: one new run, {level}", **soft)),
        *(("slices", handle) for handle in _slice_handles(slices, level)),
        (
            "frontier",
            Line2D([], [], label="compute-optimal runs, median", **dashed, **ink),
        ),
        ("frontier", Patch(alpha=SLICE, label=f"law at compute-optimal runs, {level}", **ink)),
        ("minima", Line2D([], [], linewidth=1.4, marker="x", label=f"compute-optimal size, {level}", **ink)),
        ("targets", Line2D([], [], marker="_", linewidth=1.6, label=f"target, one new run, {level}", **soft)),
        ("measured", Line2D([], [], marker="D", linestyle="", label="measured (filled: outside)", **hollow)),
    ]
    return [handle for name, handle in handles_by_kind if name in kinds]


def _slice_handles(slices: Slices, level: str) -> list[Any]:
    """Lines of the smallest, the largest and some slices between, and the band of all."""
    count = len(slices.levels)
    shades = style.ramp(count) if count else []
    named = [round(place) for place in np.linspace(0, count - 1, min(count, MOST_NAMED)).tolist()]
    out: list[Any] = [
        Line2D([], [], color=shades[place], linewidth=1.8, label=_slice_label(slices, place)) for place in named
    ]
    return [*out, Patch(color=style.SOFT, alpha=SLICE + 0.1, label=f"law in a slice, {level}")] if out else []


def _slice_label(slices: Slices, place: int) -> str:
    value = slices.levels[place]
    if slices.held == "flops":
        return f"{value:.2g} FLOP".replace("e+", "e")
    return f"{wording.AXES.get(slices.held, wording.plain(slices.held))} {wording.size_text(value)}"
