"""Figures of a law with the data.

plot_fit       response against training compute by family: data, law, interval of one new run
plot_forecast  the same beyond the training data, with targets and known measurements
plot_preview   the same of a preview, marked as approximate

Bands and bars are equal-tailed intervals. `law` is the mean of repeated runs of a family, `run` is one new run.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayescale.core.arguments import checked
from bayescale.core.gate import MOST_PARETO_K
from bayescale.core.serialization import MARK
from bayescale.errors import InputError
from bayescale.plots import log_axes, style, wording
from bayescale.plots.plotted_data import MOST_PANELS, along, axis_name, bands, continuation, course, measured
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.preview import Preview
from bayescale.scaling.result import Fit

__all__ = ["plot_fit", "plot_forecast", "plot_preview"]

LAW, RUN = 0.34, 0.13  # opacity of the two bands


@checked
def plot_fit(fit: Fit, prob: float = 0.9) -> Figure:
    """Plot the data and the law along the rows of each family, with the intervals of the law and of one new run.

    One panel per family; at most twelve families, those with most rows.

    Parameters
    ----------
    fit : Fit
        The posterior.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    rows, inputs = measured(fit), fit.inputs
    by_family = {name: rows[rows["family"] == name] for name in _most(rows["family"])}
    laws = bands(fit, {name: course(rows_of_family, inputs) for name, rows_of_family in by_family.items()}, prob)
    with style.drawing():
        figure, panels = _panels(list(by_family), rows["x"], inputs, wording.response(fit.response))
        for family, axes in panels.items():
            index = fit.families.index(family)
            _others(axes, rows[rows["family"] != family])
            _law(axes, laws[family], style.colour(index))
            _data(axes, by_family[family], index)
        style.legend_below(figure, _legend(prob), columns=4)
    return figure


@checked
def plot_forecast(fit: Fit, forecast: Forecast, actual: Sequence[float] | None = None) -> Figure:
    """Plot a forecast with the data: where training ends, and the intervals of the law and of one new run beyond.

    One panel per family of the targets.

    Parameters
    ----------
    fit : Fit
        The posterior.
    forecast : Forecast
        A forecast of this posterior.
    actual : sequence of float, optional
        The measured response of each target; NaN where it is unknown.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        `actual` does not hold one number per target.
    """
    return _forecast_figure(fit, forecast, actual)


@checked
def plot_preview(preview: Preview, actual: Sequence[float] | None = None) -> Figure:
    """Plot a preview as `plot_forecast` plots a forecast, with its mark and Pareto k̂ above.

    Parameters
    ----------
    preview : Preview
        The preview.
    actual : sequence of float, optional
        The measured response of each target; NaN where it is unknown.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        `actual` does not hold one number per target.
    """
    figure = _forecast_figure(preview.laws, preview.forecast, actual)
    with style.drawing():
        title = f"Preview: {MARK}. Pareto k\u0302 {preview.pareto_k:.2g} (reliable below {MOST_PARETO_K})"
        figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    return figure


def _forecast_figure(laws: FittedLaws, forecast: Forecast, actual: Sequence[float] | None) -> Figure:
    """Data, bands and targets of a forecast; one panel per family of the targets."""
    inputs = laws.inputs
    targets = _with_actual(laws, forecast, actual)
    rows = measured(laws)
    families = _most(targets["family"])
    by_family = {name: (rows[rows["family"] == name], targets[targets["family"] == name]) for name in families}
    lines = {(name, "law"): course(rows_of_family, inputs) for name, (rows_of_family, _) in by_family.items()}
    lines |= {
        (name, "beyond"): continuation(rows_of_family, points, inputs)
        for name, (rows_of_family, points) in by_family.items()
    }
    drawn = bands(laws, lines, forecast.prob)
    with style.drawing():
        x = pd.concat([rows.loc[rows["family"].isin(families), "x"], targets["x"]])
        figure, panels = _panels(families, x, inputs, wording.response(laws.response))
        for family, axes in panels.items():
            index = laws.families.index(family) if family in laws.families else len(laws.families)
            rows_of_family, points = by_family[family]
            _edge(axes, rows_of_family)
            if (family, "law") in drawn:
                _law(axes, drawn[family, "law"], style.colour(index))
            if (family, "beyond") in drawn:
                _bands(axes, drawn[family, "beyond"], style.colour(index))
            _data(axes, rows_of_family, index)
            _targets(axes, points, style.colour(index))
        known = bool(np.isfinite(targets["actual"]).any())
        style.legend_below(figure, _legend(forecast.prob, targets=True, actual=known), columns=3)
    return figure


def _most(families: "pd.Series[str]") -> list[str]:
    """The families to draw, in the order of the table; those with most rows where there are too many."""
    largest = set(families.value_counts().index[:MOST_PANELS])
    return [name for name in dict.fromkeys(families) if name in largest]


def _panels(
    families: Sequence[str], x: "pd.Series[float]", inputs: Sequence[str], label: str
) -> tuple[Figure, dict[str, Axes]]:
    figure, flat, columns = style.panels(len(families), 3.3, 2.75, least=6.4, below=0.6)
    for position, (axes, family) in enumerate(zip(flat, families, strict=True)):
        log_axes.log_x(axes, axis_name(inputs), x)
        log_axes.log_y(axes, label if position % columns == 0 else "")
        axes.set_title("all runs" if families == ["all"] else wording.plain(family))
        if position + columns < len(families):
            axes.set_xlabel("")
    return figure, dict(zip(families, flat, strict=True))


def _others(axes: Axes, rows: pd.DataFrame) -> None:
    axes.plot(rows["x"], rows["value"], ".", color=style.SOFT, alpha=0.3, markersize=3.5)


def _law(axes: Axes, line: pd.DataFrame, shade: str) -> None:
    """The law along a path; bars at the rows where they do not lie on a path."""
    if line["on_path"].all():
        _bands(axes, line, shade)
        return
    axes.vlines(line["x"], line["run_lower"], line["run_upper"], color=shade, linewidth=1, alpha=2 * RUN)
    axes.vlines(line["x"], line["law_lower"], line["law_upper"], color=shade, linewidth=3, alpha=LAW)


def _bands(axes: Axes, line: pd.DataFrame, shade: str) -> None:
    x = line["x"].to_numpy()
    for name, alpha in (("run", RUN), ("law", LAW)):
        axes.fill_between(x, line[f"{name}_lower"], line[f"{name}_upper"], color=shade, alpha=alpha, linewidth=0)
    axes.plot(x, line["law_median"], color=shade, linewidth=1.4)


def _data(axes: Axes, rows: pd.DataFrame, index: int) -> None:
    edge: Any = {"markeredgecolor": style.PAPER, "markeredgewidth": 0.6}
    axes.plot(rows["x"], rows["value"], style.marker(index), color=style.colour(index), markersize=5, **edge)


def _edge(axes: Axes, rows: pd.DataFrame) -> None:
    """A line where the training data end."""
    if not len(rows):
        return
    axes.axvline(rows["x"].max(), color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
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


def _targets(axes: Axes, targets: pd.DataFrame, shade: str) -> None:
    axes.vlines(targets["x"], targets["run_lower"], targets["run_upper"], color=shade, linewidth=1.6)
    axes.plot(targets["x"], targets["run_median"], "_", color=shade, markersize=9, markeredgewidth=1.6)
    inside = targets["actual"].between(targets["run_lower"], targets["run_upper"])
    for part, face in ((inside, style.PAPER), (~inside, style.INK)):
        axes.plot(
            *(targets.loc[part, name] for name in ("x", "actual")),
            "D",
            markersize=5.5,
            color=style.INK,
            markerfacecolor=face,
            zorder=5,
        )


def _with_actual(laws: FittedLaws, forecast: Forecast, actual: Sequence[float] | None) -> pd.DataFrame:
    table = forecast.table
    values = np.full(len(table), np.nan) if actual is None else np.asarray(actual, dtype=float)
    if values.shape != (len(table),):
        raise InputError(
            f"actual has {values.size} values for {len(table)} targets; give one value per target, NaN where unknown"
        )
    return table.assign(actual=values, family=forecast.blocks.families, x=along(table, laws.inputs))


def _legend(prob: float, *, targets: bool = False, actual: bool = False) -> list[Any]:
    level = wording.level(prob)
    out: list[Any] = [
        Line2D([], [], marker="o", linestyle="", color=style.SOFT, markersize=5, label="training run"),
        Line2D([], [], color=style.SOFT, linewidth=1.4, label="law, median"),
        Patch(color=style.SOFT, alpha=LAW + 0.1, label=f"law, {level}"),
        Patch(color=style.SOFT, alpha=RUN + 0.05, label=f"one new run, {level}"),
    ]
    if targets:
        out.append(Line2D([], [], marker="_", color=style.SOFT, linewidth=1.6, label=f"target, one new run, {level}"))
    if actual:
        hollow: Any = {"markerfacecolor": style.PAPER, "markeredgecolor": style.INK, "markersize": 5.5}
        out.append(Line2D([], [], marker="D", linestyle="", label="measured (filled: outside)", **hollow))
    return out
