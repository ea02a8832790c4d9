"""Figures of a law with the data.

plot_fit       data and law by family: along the rows, or in slices of a grid or isoFLOP table with the frontier
plot_forecast  the same against compute and beyond the training data, with targets and known measurements
plot_preview   the same of a preview, marked as approximate

Bands and bars are equal-tailed intervals. `law` is the mean of repeated runs of a family, `run` is one new run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayescale.core.arguments import checked
from bayescale.core.gate import MOST_PARETO_K
from bayescale.core.serialization import MARK
from bayescale.errors import InputError
from bayescale.plots import log_axes, style, wording
from bayescale.plots.panels import law as law_panels
from bayescale.plots.panels.canvas import AxesArgument, Canvas, canvas, columns_of, layout_of
from bayescale.plots.panels.slices import Slices, frontier, slices_of
from bayescale.plots.plotted_data import (
    MOST_PANELS,
    along,
    axis_name,
    bands,
    continuation,
    measured,
    path,
    quantity,
)
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.preview import Preview
from bayescale.scaling.result import Fit

__all__ = ["plot_fit", "plot_forecast", "plot_preview"]

type Lines = dict[tuple[str, str, int], pd.DataFrame]  # by family, kind and slice


@checked
def plot_fit(fit: Fit, prob: float = 0.9, *, ax: AxesArgument = None) -> Figure:
    """Plot the data and the law of each family, with the intervals of the law and of one new run.

    The law is drawn along the rows of a family where all inputs grow together. Rows of a grid or an isoFLOP table are
    drawn in slices: against size at each budget of compute, or against compute at each size, with the interval of the
    law. The dashed line and its band are the law at the compute-optimal runs; where the horizontal axis is size, marks
    and bars are median and interval of the optimal size at each budget. Elsewhere bars are intervals at single rows.

    One panel per family; at most twelve families, those with most rows.

    Parameters
    ----------
    fit : Fit
        The posterior.
    prob : float, default 0.9
        Probability of the intervals.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per family. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    rows = measured(fit)
    slices = slices_of(rows, fit.inputs)
    axis = "n_params" if slices.held == "flops" else axis_name(fit.inputs)
    content = _Content(fit, rows.assign(x=quantity(rows, axis), slice=slices.place), slices, axis)
    families = _most(rows["family"])
    lines: Lines = {}
    for family in families:
        lines |= _lines(content, family, prob)
    laws = _drawable(fit, lines, axis, prob)
    with style.drawing():
        drawn = _panels(families, content.rows["x"], axis, wording.response(fit.response), ax)
        for family, axes in zip(families, drawn.panels, strict=True):
            law_panels.others(axes, content.rows[rows["family"] != family])
            _draw_family(axes, content, family, laws)
        entries = _legend_entries(laws, axis) | ({"others"} if len(fit.families) > 1 else set())
        drawn.legend(law_panels.legend(entries, prob, slices), columns=3)
    return drawn.figure


@checked
def plot_forecast(
    fit: Fit, forecast: Forecast, actual: Sequence[float] | None = None, *, ax: AxesArgument = None
) -> Figure:
    """Plot a forecast with the data: where training ends, and the intervals of the law and of one new run beyond.

    The law is drawn along the rows of a family and from its last row to the targets. Where rows are a grid or an
    isoFLOP table, the law is drawn at each size and at the compute-optimal runs (dashed) up to the compute of the
    targets; a target that is not compute-optimal lies off that line.

    One panel per family of the targets.

    Parameters
    ----------
    fit : Fit
        The posterior.
    forecast : Forecast
        A forecast of this posterior.
    actual : sequence of float, optional
        The measured response of each target; NaN where it is unknown.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per family of the targets. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        `actual` does not hold one number per target.
    """
    return _draw_forecast(fit, forecast, actual, ax).figure


@checked
def plot_preview(preview: Preview, actual: Sequence[float] | None = None, *, ax: AxesArgument = None) -> Figure:
    """Plot a preview as `plot_forecast` plots a forecast, with its mark and Pareto k̂ above.

    Parameters
    ----------
    preview : Preview
        The preview.
    actual : sequence of float, optional
        The measured response of each target; NaN where it is unknown.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per family of the targets. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        `actual` does not hold one number per target.
    """
    drawn = _draw_forecast(preview.laws, preview.forecast, actual, ax)
    with style.drawing():
        title = f"Preview: {MARK}. Pareto k\u0302 {preview.pareto_k:.2g} (reliable below {MOST_PARETO_K})"
        drawn.title(title)
    return drawn.figure


@dataclass(frozen=True, eq=False)
class _Content:
    """The training rows of a figure with `x` and `slice`, and what is needed to draw a law along them."""

    laws: FittedLaws
    rows: pd.DataFrame
    slices: Slices
    axis: str

    def of(self, family: str) -> pd.DataFrame:
        """The rows of a family."""
        return self.rows[self.rows["family"] == family]


def _draw_forecast(laws: FittedLaws, forecast: Forecast, actual: Sequence[float] | None, ax: AxesArgument) -> Canvas:
    """Data, bands and targets of a forecast; one panel per family of the targets."""
    targets, rows, axis = _with_actual(laws, forecast, actual), measured(laws), axis_name(laws.inputs)
    families = _most(targets["family"])
    slices = slices_of(rows[rows["family"].isin(families)], laws.inputs)
    place = pd.Series(-1, index=rows.index)
    place[rows["family"].isin(families)] = slices.place
    content = _Content(laws, rows.assign(slice=place), slices, axis)
    lines: Lines = {}
    for family in families:
        points = targets[targets["family"] == family]
        lines |= _lines(content, family, forecast.prob, float(points["x"].max()))
        if (family, "frontier", 0) not in lines:
            lines[family, "bands", 1] = continuation(content.of(family), points, laws.inputs)
    drawable = _drawable(laws, lines, axis, forecast.prob)
    with style.drawing():
        x = pd.concat([rows.loc[rows["family"].isin(families), "x"], targets["x"]])
        drawn = _panels(families, x, axis, wording.response(laws.response), ax)
        for family, axes in zip(families, drawn.panels, strict=True):
            law_panels.edge(axes, content.of(family))
            _draw_family(axes, content, family, drawable)
            law_panels.targets(axes, targets[targets["family"] == family], style.colour(_place(laws, family)))
        known = {"measured"} if np.isfinite(targets["actual"]).any() else set()
        entries = _legend_entries(drawable, axis) | {"targets"} | known
        drawn.legend(law_panels.legend(entries, forecast.prob, slices), columns=3)
    return drawn


def _lines(content: _Content, family: str, prob: float, end: float = 0.0) -> Lines:
    """Where to draw the law of a family: along its path, or in slices, at the frontier and at the other rows.

    The frontier ends at the compute `end` where that is more than the compute of the rows.
    """
    rows, slices, inputs = content.of(family), content.slices, content.laws.inputs
    line = path(rows.assign(x=along(rows, inputs)), inputs)
    if line is not None or rows.empty:
        return {} if line is None else {(family, "bands", 0): line}
    lines: Lines = {}
    if slices.held != content.axis:
        for place in sorted({*rows["slice"]} - {-1}):
            line = slices.line(rows[rows["slice"] == place], inputs)
            if line is not None:
                lines[family, "slices", place] = line
    optimal = frontier(content.laws, rows, _budgets(content, rows, end), prob)
    if optimal is not None:
        lines[family, "frontier", 0] = optimal
    single = rows[~rows["slice"].isin([place for _, kind, place in lines if kind == "slices"])]
    if optimal is None or slices.held != "flops":
        lines[family, "bars", 0] = single
    return lines


def _budgets(content: _Content, rows: pd.DataFrame, end: float) -> list[float]:
    """Compute of the slices of a family, or the least and most of its rows; and the end of a forecast."""
    if not {"n_params", "n_tokens"} <= {*content.laws.inputs}:
        return []
    compute = pd.Series(quantity(rows, "flops"), index=rows.index)
    if content.slices.held == "flops":
        in_slices = rows["slice"] >= 0
        budgets = [
            float(np.exp(np.log(part).mean())) for _, part in compute[in_slices].groupby(rows.loc[in_slices, "slice"])
        ]
    else:
        budgets = [float(compute.min()), float(compute.max())]
    return [*budgets, *([end] if end > compute.max() else [])]


def _drawable(laws: FittedLaws, lines: Lines, axis: str, prob: float) -> Lines:
    """The forecast along lines, with the quantity on the horizontal axis."""
    return {key: line.assign(x=quantity(line, axis)) for key, line in bands(laws, lines, prob).items()}


def _draw_family(axes: Axes, content: _Content, family: str, laws: Lines) -> None:
    """The law of a family, and its training runs."""
    rows, index = content.of(family), _place(content.laws, family)
    shade, shades = style.colour(index), style.ramp(len(content.slices.levels))
    in_slice = set()
    for (_, kind, place), line in ((key, line) for key, line in laws.items() if key[0] == family):
        if kind == "slices":
            law_panels.slice_band(axes, line, shades[place])
            in_slice.add(place)
        elif kind == "frontier":
            law_panels.frontier_band(axes, line, sizes=content.axis == "n_params")
        else:
            {"bands": law_panels.bands, "bars": law_panels.bars}[kind](axes, line, shade)
    for place, part in rows.groupby(rows["slice"].where(rows["slice"].isin(in_slice), -1)):
        face = shades[place] if place >= 0 else shade
        law_panels.runs(axes, part, index, content.laws.inputs, content.laws.response, face)


def _legend_entries(laws: Lines, axis: str) -> set[str]:
    """What the legend must name."""
    kinds = {kind for _, kind, _ in laws}
    return {"runs", *kinds, *(["minima"] if "frontier" in kinds and axis == "n_params" else [])}


def _place(laws: FittedLaws, family: str) -> int:
    return laws.families.index(family) if family in laws.families else len(laws.families)


def _most(families: "pd.Series[str]") -> list[str]:
    """The families to draw, in the order of the table; those with most rows where there are too many."""
    largest = set(families.value_counts().index[:MOST_PANELS])
    return [name for name in dict.fromkeys(families) if name in largest]


def _panels(families: Sequence[str], x: "pd.Series[float]", axis: str, label: str, ax: AxesArgument) -> Canvas:
    layout = layout_of(len(families), columns_of(len(families)))
    size = (max(6.4, 3.3 * len(layout[0])), 2.75 * len(layout) + 0.6)
    drawn = canvas(ax, layout, size, share_x=True, share_y=True)
    for place, (axes, family) in enumerate(zip(drawn.panels, families, strict=True)):
        log_axes.log_x(axes, axis, x)
        log_axes.log_y(axes, label if drawn.at_left(place) else "")
        axes.set_title("all runs" if families == ["all"] else wording.plain(family))
        if not drawn.at_bottom(place):
            axes.set_xlabel("")
    return drawn


def _with_actual(laws: FittedLaws, forecast: Forecast, actual: Sequence[float] | None) -> pd.DataFrame:
    table = forecast.table
    values = np.full(len(table), np.nan) if actual is None else np.asarray(actual, dtype=float)
    if values.shape != (len(table),):
        raise InputError(
            f"actual has {values.size} values for {len(table)} targets; give one value per target, NaN where unknown"
        )
    return table.assign(actual=values, family=forecast.blocks.families, x=along(table, laws.inputs))
