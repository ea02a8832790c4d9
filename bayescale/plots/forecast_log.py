"""Figure of a log of forecasts: published forecasts, measurements, and coverage so far."""

import json
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, PercentFormatter

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.core.text import human_time
from bayescale.errors import InputError
from bayescale.horizon.release_dates import date_text
from bayescale.maintenance.forecast_scores import RELEASE, horizon_level
from bayescale.maintenance.store.forecast_log import COLUMNS, LEVELS
from bayescale.plots import style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas, layout_of
from bayescale.scaling.predict.forecast import NEW_FAMILY

__all__ = ["plot_ledger", "running_coverage"]

MOST_TARGETS = 9
TARGET = ["family", "run", "inputs", "response"]  # columns that identify the target of a forecast
CHANCE = 0.95  # probability of the band for the coverage of a calibrated model


@checked
def plot_ledger(ledger: pd.DataFrame, prob: float = 0.9, *, ax: AxesArgument = None) -> Figure:
    """Plot the published forecasts of a maintained model, the measurements since, and the coverage so far.

    One panel per target, over the versions of the model: interval and median of one new run and, from the version that
    has seen the run, its measurement (filled where it lies outside the last interval). At most nine targets are drawn:
    measured ones, newest first, then the others.

    The lower panel shows the share of measured runs inside their central `prob` interval after each run. A run counts
    once, with its last forecast. The band contains that share with 95 % probability for a calibrated model, at each
    run.

    Parameters
    ----------
    ledger : pandas.DataFrame
        The table of `Store.ledger(name)`.
    prob : float, default 0.9
        Probability of the interval whose coverage is drawn; at most 0.98, because a log keeps 99 quantiles.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per target and one for the coverage. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        The log has no forecast, or `prob` is out of its range.
    """
    require_prob(prob)
    most = float(1 - 2 * LEVELS[0])
    if prob > most + 1e-9:
        raise InputError(f"prob={prob!r} must be at most {most:.2f}: a log of forecasts keeps 99 quantiles of each")
    missing = [name for name in COLUMNS if name not in ledger or ledger.columns.tolist().count(name) > 1]
    if missing and not ledger.empty:
        raise InputError(
            f"ledger: columns {', '.join(missing[:6])} are missing; use the table that Store.ledger(name) returns"
        )
    if ledger.empty:
        raise InputError("the log has no forecast: refit a model whose spec has a [[forecast]]")
    targets = _targets(ledger)
    with style.drawing():
        columns = min(3, len(targets))
        grid = layout_of(len(targets), columns)
        size = (max(7.8, 3.3 * columns), 2.2 * len(grid) + 3.2)
        drawn = canvas(ax, [*grid, [len(targets)] * columns], size, heights=[1.0] * len(grid) + [1.1])
        *panels, coverage = drawn.panels
        for place, (axes, forecasts) in enumerate(zip(panels, targets, strict=True)):
            _target(axes, forecasts)
            axes.set_ylabel(wording.response(str(forecasts["response"].iloc[0])) if drawn.at_left(place) else "")
            axes.set_xlabel("version" if drawn.external or place + columns >= len(targets) else "")
        _running(coverage, running_coverage(ledger, prob), prob)
        drawn.legend(_legend(ledger, prob), columns=3)
    return drawn.figure


def running_coverage(ledger: pd.DataFrame, prob: float) -> pd.DataFrame:
    """Compute the coverage of a log of forecasts after each measured run.

    Parameters
    ----------
    ledger : pandas.DataFrame
        The table of `Store.ledger(name)`.
    prob : float
        Probability of the central interval.

    Returns
    -------
    pandas.DataFrame
        One row per measured run, oldest first: `inside` (the interval of its last forecast), `covered` (share so far),
        `lower` and `upper` (range of that share for a calibrated model).
    """
    from scipy.stats import binom

    scored = ledger[ledger["pit"].notna()].drop_duplicates(["family", "scored_run", "inputs"], keep="last")
    scored = scored.sort_values(["scored_version", "landed"], kind="stable")
    inside = (np.abs(scored["pit"].to_numpy() - 0.5) <= prob / 2 + 1e-12).astype(float)
    count = np.arange(1, len(inside) + 1)
    low, high = (binom.ppf(level, count, prob) / count for level in ((1 - CHANCE) / 2, (1 + CHANCE) / 2))
    return pd.DataFrame(
        {"run": count, "inside": inside > 0, "covered": inside.cumsum() / count, "lower": low, "upper": high}
    )


def _targets(ledger: pd.DataFrame) -> list[pd.DataFrame]:
    """Forecasts by target: measured targets, newest first, then the others."""
    groups = [
        forecasts.sort_values("version", kind="stable")
        for _, forecasts in ledger.groupby(TARGET, sort=False, dropna=False)
    ]
    landed = [forecasts for forecasts in groups if forecasts["observed"].notna().any()]
    landed.sort(key=lambda forecasts: -float(forecasts["scored_version"].max()))
    return [*landed, *(forecasts for forecasts in groups if forecasts["observed"].isna().all())][:MOST_TARGETS]


def _target(axes: Axes, forecasts: pd.DataFrame) -> None:
    shade = style.colour(0)
    axes.vlines(forecasts["version"], forecasts["run_lower"], forecasts["run_upper"], color=shade, linewidth=1.8)
    axes.plot(forecasts["version"], forecasts["run_median"], "_", color=shade, markersize=9, markeredgewidth=1.6)
    scored = forecasts[forecasts["observed"].notna()]
    if len(scored):
        last = scored.iloc[-1]
        face = style.PAPER if last["inside"] else style.INK
        axes.axhline(last["observed"], color=style.SOFT, linewidth=1, linestyle=(0, (1, 2)))
        axes.plot(
            last["scored_version"], last["observed"], "D", color=face, markeredgecolor=style.INK, markersize=6, zorder=5
        )
    versions = [*forecasts["version"], *scored["scored_version"]]
    axes.set_xlim(min(versions) - 0.6, max(versions) + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    if horizon_level(str(forecasts["response"].iloc[0])) is not None:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: human_time(value)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_title(_title(forecasts.iloc[0]), fontsize=9)


def _title(row: "pd.Series[Any]") -> str:
    """A target in words, in two lines."""
    inputs = {name: float(value) for name, value in json.loads(str(row["inputs"])).items()}
    short = {"n_params": "N", "n_tokens": "D", "flops": "C"}
    sizes = f"released {date_text(inputs.pop(RELEASE))}" if RELEASE in inputs else ""
    sizes += ", ".join(f"{short.get(name, name)} {wording.size_text(value)}" for name, value in inputs.items())
    family = "one agent" if horizon_level(str(row["response"])) is not None else NEW_FAMILY
    words = ", ".join(part for part in (str(row["family"]) or family, str(row["run"])) if part)
    return f"{wording.plain(words)}\n{wording.plain(sizes)}"


def _running(axes: Axes, table: pd.DataFrame, prob: float) -> None:
    axes.set_title("coverage so far")
    axes.set_ylabel("share of runs inside")
    axes.set_xlabel("measured runs")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol="\u00a0%"))
    axes.axhline(prob, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_ylim(-0.04, 1.06)
    if table.empty:
        axes.text(0.5, 0.5, "no run is measured yet", transform=axes.transAxes, ha="center", color=style.SOFT)
        axes.set_xticks([])
        return
    axes.fill_between(
        table["run"], table["lower"], table["upper"], color=style.LINE, alpha=0.7, linewidth=0, step="mid"
    )
    axes.plot(table["run"], table["covered"], color=style.colour(1), linewidth=1.6)
    for inside, face in ((True, style.PAPER), (False, style.INK)):
        forecasts = table[table["inside"] == inside]
        axes.plot(
            forecasts["run"], forecasts["covered"], "D", color=face, markeredgecolor=style.INK, markersize=5, zorder=5
        )
    axes.set_xlim(0.5, len(table) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _legend(ledger: pd.DataFrame, prob: float) -> list[Line2D | Patch]:
    probs = sorted({float(value) for value in ledger["prob"]})
    levels = " or ".join(map(wording.level, probs))
    diamond: Any = {"marker": "D", "linestyle": "", "markeredgecolor": style.INK, "markersize": 6}
    scored = ledger[ledger["observed"].notna()]
    inside = scored["inside"].astype(bool)
    out: list[Line2D | Patch] = [
        Line2D([], [], color=style.colour(0), marker="_", linewidth=1.8, label=f"forecast of one new run, {levels}")
    ]
    if inside.any():
        out.append(Line2D([], [], markerfacecolor=style.PAPER, label="measured, inside", **diamond))
    if not inside.all():
        out.append(Line2D([], [], markerfacecolor=style.INK, label="measured, outside", **diamond))
    if len(scored):
        out += [
            Line2D([], [], color=style.colour(1), linewidth=1.6, label=f"share inside {wording.level(prob)}"),
            Patch(color=style.LINE, alpha=0.7, label=f"range if calibrated, {100 * CHANCE:.0f} %"),
        ]
    return [*out, Line2D([], [], color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)), label="nominal")]
