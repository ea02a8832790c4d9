"""Figures of a risk posterior.

plot_asr   share of prompts broken against attempts: these prompts, new prompts, and measured shares
plot_laws  sensitivity to the mixing law: median and interval under each law
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, PercentFormatter
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.plots import log_axes, style, wording
from bayescale.plots.panels.canvas import AxesArgument, Canvas, canvas, columns_of, layout_of
from bayescale.plots.plotted_data import MOST_PANELS
from bayescale.risk.estimators.exact import mean_pass_at_k
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.predict.asr_draws import read_budgets
from bayescale.risk.predict.forecast import ESTIMANDS
from bayescale.risk.problems import Problems
from bayescale.risk.result import Risk

__all__ = ["plot_asr", "plot_laws"]

type Whole = NDArray[np.int64]

MOST_BY_LAW = 6
POINTS = 41  # of a curve
MEASURED = 10  # points of the measured curve, at most
BEYOND = 100  # default end of a curve, as a multiple of the attempts made
THESE, NEW = 0.30, 0.13  # opacity of the bands


@checked
def plot_asr(
    risk: Risk, budgets: int | Sequence[int] | None = None, prob: float = 0.9, *, ax: AxesArgument = None
) -> Figure:
    """Plot the share of prompts broken (ASR@N) against attempts per prompt, one panel per group.

    Solid lines are these prompts: fresh attempts up to the number made, total attempts beyond. Dashed lines are new
    prompts. Circles are measured shares. With a fixed number of attempts they are the unbiased pass@k, up to the fewest
    attempts at a prompt of the group. Where sampling stopped at a success, they are the observed shares of broken
    prompts. Where attempts depended on outcomes in another way, only the final share is measured. At most twelve groups
    are drawn, those with the highest risk.

    Parameters
    ----------
    risk : Risk
        The posterior.
    budgets : int or sequence of int, optional
        Numbers of attempts to mark; curves end at the largest. Default: curves end at 100 times the attempts made.
    prob : float, default 0.9
        Probability of the intervals.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per group. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        A budget or `prob` is out of its range.
    """
    require_prob(prob)
    problems = risk.problems
    most = int(problems.attempts.max())
    marked = read_budgets([1000, BEYOND * most] if budgets is None else budgets)
    stop = max(int(marked.max()), 2)
    grid = np.unique(np.round(np.geomspace(1, stop, POINTS)).astype(np.int64))
    table = risk.at(grid.tolist(), prob).table
    values = table[
        [f"{name}_{statistic}" for name in ESTIMANDS for statistic in ("median", "lower", "upper")]
    ].to_numpy()
    curves = values.reshape(len(problems.groups), len(grid), -1)  # (group, N, median lower upper of these, of new)
    groups = _riskiest(curves[:, -1, 3])
    with style.drawing():
        drawn = _panels([label(problems, group) for group in groups], float(curves[groups].max()), ax)
        for axes, group in zip(drawn.panels, groups, strict=True):
            _curve(axes, grid, curves[group], style.colour(group), int(problems.most_attempts[group]))
            _measured(axes, problems, group)
            _attempts_axis(axes, stop, [] if budgets is None else marked.tolist())
        drawn.legend(_legend(prob), columns=3)
    return drawn.figure


def label(problems: Problems, group: int) -> str:
    """Return a title for a group: the values of its columns.

    Parameters
    ----------
    problems : Problems
        The problems.
    group : int
        Place of the group.

    Returns
    -------
    str
        The title.
    """
    return ", ".join(problems.groups[group]) or "all prompts"


def _riskiest(risk: NDArray[np.float64]) -> list[int]:
    """Groups to draw, in the order of the posterior; those with the highest risk where there are too many."""
    return sorted(np.argsort(-risk, kind="stable")[:MOST_PANELS].tolist())


def _panels(titles: Sequence[str], top: float, ax: AxesArgument) -> Canvas:
    layout = layout_of(len(titles), columns_of(len(titles)))
    size = (max(6.2, 3.4 * len(layout[0])), 2.9 * len(layout) + 0.7)
    drawn = canvas(ax, layout, size, share_x=True, share_y=True)
    for place, (axes, title) in enumerate(zip(drawn.panels, titles, strict=True)):
        axes.set_title(wording.plain(title))
        axes.set_ylim(0, min(1.03, 1.15 * max(top, 1e-6)))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None, symbol="\u00a0%"))
        axes.set_ylabel("prompts broken (ASR@N)" if drawn.at_left(place) else "")
        axes.set_xlabel("attempts per prompt" if drawn.at_bottom(place) else "")
    return drawn


def _curve(axes: Axes, grid: Whole, curve: NDArray[np.float64], shade: str, attempts: int) -> None:
    """A group's curves. These prompts have a gap at the attempts made: fresh and total attempts are two quantities."""
    axes.fill_between(grid, curve[:, 4], curve[:, 5], color=shade, alpha=NEW, linewidth=0)
    cut = [int(np.searchsorted(grid, attempts))]
    cut = [place for place in cut if 0 < place < len(grid)]
    parts, these = np.insert(grid.astype(float), cut, attempts), np.insert(curve[:, :3], cut, np.nan, axis=0)
    axes.fill_between(parts, these[:, 1], these[:, 2], color=shade, alpha=THESE, linewidth=0)
    axes.plot(parts, these[:, 0], color=shade, linewidth=1.6)
    axes.plot(grid, curve[:, 3], color=shade, linewidth=1.4, linestyle=(0, (4, 2)))


def _measured(axes: Axes, problems: Problems, group: int) -> None:
    """Measured shares of a group, as far as its sampling design allows, and a line at the most attempts."""
    in_group = (problems.group == group) & (problems.attempts > 0)
    if not in_group.any():
        return
    attempts, successes = problems.attempts[in_group], problems.successes[in_group]
    if problems.design.of("fixed")[in_group].all():
        k = np.unique(np.round(np.geomspace(1, attempts.min(), MEASURED)).astype(np.int64))
        share = mean_pass_at_k(attempts, successes, k, design="fixed").value
    else:
        k = np.unique(np.round(np.geomspace(1, attempts.max(), MEASURED)).astype(np.int64))
        share = problems.measured(k)[group]
    known = np.isfinite(share)
    if known.any():
        points: Any = {"markerfacecolor": style.PAPER, "markeredgecolor": style.INK, "markersize": 4.5, "zorder": 5}
        axes.plot(k[known], share[known], "o", **points)
    axes.axvline(attempts.max(), color=style.SOFT, linewidth=1, linestyle=(0, (1, 2)))


def _attempts_axis(axes: Axes, stop: int, budgets: Sequence[int]) -> None:
    label = axes.get_xlabel()
    log_axes.log_x(axes, "attempts", (1, stop))
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.size_text(value)))
    for budget in budgets:
        axes.axvline(budget, color=style.LINE, linewidth=1.6, zorder=0)


def _legend(prob: float) -> list[Any]:
    level = wording.level(prob)
    hollow: Any = {"markerfacecolor": style.PAPER, "markeredgecolor": style.INK, "markersize": 4.5}
    return [
        Line2D([], [], color=style.SOFT, linewidth=1.6, label="these prompts, median"),
        Patch(color=style.SOFT, alpha=THESE + 0.1, label=f"these prompts, {level}"),
        Line2D([], [], color=style.SOFT, linewidth=1.4, linestyle=(0, (4, 2)), label="new prompts, median"),
        Patch(color=style.SOFT, alpha=NEW + 0.05, label=f"new prompts, {level}"),
        Line2D([], [], marker="o", linestyle="", label="measured", **hollow),
        Line2D([], [], color=style.SOFT, linewidth=1, linestyle=(0, (1, 2)), label="most attempts made"),
    ]


@checked
def plot_laws(risk: Risk, budget: int, prob: float = 0.9, *, ax: AxesArgument = None) -> Figure:
    """Plot ASR@`budget` of new prompts under each mixing law alone and under their average, one panel per group.

    Lines are intervals, marks are medians; the size of a mark shows the weight of the law. At most six groups are
    drawn, those with the highest risk.

    Parameters
    ----------
    risk : Risk
        The posterior.
    budget : int
        Attempts per prompt.
    prob : float, default 0.9
        Probability of the intervals.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per group. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        `budget` or `prob` is out of its range.
    """
    return draw_laws(risk.problems, risk.at(budget, prob).table, risk.sensitivity(budget, prob), budget, ax=ax)


def draw_laws(
    problems: Problems, average: pd.DataFrame, table: pd.DataFrame, budget: int, *, ax: AxesArgument = None
) -> Figure:
    """Draw the figure of `plot_laws` from tables.

    Parameters
    ----------
    problems : Problems
        The problems.
    average : pandas.DataFrame
        The table of `Risk.at` at the budget.
    table : pandas.DataFrame
        The table of `Risk.sensitivity` at the budget.
    budget : int
        Attempts per prompt.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per group. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    groups = _riskiest(average["new_median"].to_numpy())[:MOST_BY_LAW]
    names = list(dict.fromkeys(table.sort_values("weight", ascending=False, kind="stable")["law"]))
    with style.drawing():
        layout = layout_of(len(groups), columns_of(len(groups)))
        size = (max(6.2, 3.4 * len(layout[0])), (0.25 * len(names) + 1.0) * len(layout) + 0.5)
        drawn = canvas(ax, layout, size, share_x=True, share_y=True)
        for axes, group in zip(drawn.panels, groups, strict=True):
            rows = table[_rows_of(table, problems, group)]
            _by_law(axes, rows, average.iloc[group], names, style.colour(group))
            axes.set_title(wording.plain(label(problems, group)))
        drawn.label_x(f"new prompts broken within {wording.size_text(budget)} attempts (%)")
    return drawn.figure


def _rows_of(table: pd.DataFrame, problems: Problems, group: int) -> "pd.Series[bool]":
    """Whether each row of a table belongs to a group."""
    in_group = pd.Series(data=True, index=table.index)
    for name, value in zip(problems.group_names, problems.groups[group], strict=True):
        in_group &= table[name].astype(str) == value
    return in_group


def _by_law(axes: Axes, rows: pd.DataFrame, average: "pd.Series[Any]", names: list[str], shade: str) -> None:
    heights = {name: len(names) - 1 - place for place, name in enumerate(names)}
    axes.axvspan(average["new_lower"], average["new_upper"], color=style.LINE, alpha=0.7, linewidth=0)
    axes.axvline(average["new_median"], color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
    columns = ["law", "weight", "new_median", "new_lower", "new_upper"]
    for law, weight, median, lower, upper in rows[columns].itertuples(index=False):
        axes.hlines(heights[law], lower, upper, color=shade, linewidth=1.4)
        axes.plot(
            median, heights[law], "o", color=shade, markersize=2 + 16 * np.sqrt(weight), alpha=0.85, clip_on=False
        )
    axes.set_yticks([*heights.values()], [wording.plain(MIXINGS[name].title) for name in heights])
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    axes.grid(visible=False, axis="y")
