"""What was forecast over time, and what landed."""

import json
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter
from scipy.stats import binom

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.errors import InputError
from bayescale.maintenance.store.forecast_log import COLUMNS, LEVELS
from bayescale.plots import style
from bayescale.scaling.predict.forecast import NEW_FAMILY

__all__ = ["plot_ledger", "running_coverage"]

MOST_TARGETS = 9
TARGET = ["family", "run", "inputs", "response"]  # what makes a forecast one of the same thing
CHANCE = 0.95  # of a calibrated model's running coverage


@checked
def plot_ledger(ledger: pd.DataFrame, prob: float = 0.9) -> Figure:
    """Forecasts of a maintained model as they were published, what landed, and how often intervals held so far.

    `ledger` is what `Store.ledger(name)` returns. A panel for each target, over the model's versions: interval and
    median of one new run, and from the version on that had seen the run, what it measured (filled where it fell outside
    its last interval). At most nine targets: those that landed, the last first, then those still awaited.

    Below, the share of landed runs inside their central `prob` interval, after each of them; a run counts once, by its
    last forecast. The band is where that share of a calibrated model lies with 95 % probability, run by run. `prob` is
    at most 0.98, since 99 quantiles are kept.
    Raises InputError for a ledger without forecasts or a `prob` that cannot be used.
    """
    require_prob(prob)
    most = float(1 - 2 * LEVELS[0])
    if prob > most + 1e-9:
        raise InputError(f"prob={prob!r} must be at most {most:.2f}: a ledger keeps 99 quantiles of each forecast")
    missing = [name for name in COLUMNS if name not in ledger or ledger.columns.tolist().count(name) > 1]
    if missing and not ledger.empty:
        raise InputError(f"ledger: columns {', '.join(missing[:6])} are missing; give what Store.ledger(name) returns")
    if ledger.empty:
        raise InputError("the ledger holds no forecast yet: refit a model whose spec asks for one")
    targets = _targets(ledger)
    with style.drawing():
        columns = min(3, len(targets))
        lines = -(-len(targets) // columns)
        figure = style.Drawn(figsize=(max(7.8, 3.3 * columns), 2.2 * lines + 3.2), layout="constrained")
        grid = figure.add_gridspec(lines + 1, columns, height_ratios=[1] * lines + [1.1])
        for place, own in enumerate(targets):
            axes = figure.add_subplot(grid[divmod(place, columns)])
            _target(axes, own)
            axes.set_ylabel(style.response(str(own["response"].iloc[0])) if place % columns == 0 else "")
            axes.set_xlabel("version" if place + columns >= len(targets) else "")
        _running(figure.add_subplot(grid[lines, :]), running_coverage(ledger, prob), prob)
        style.legend_below(figure, _legend(ledger, prob), columns=3)
    return figure


def running_coverage(ledger: pd.DataFrame, prob: float) -> pd.DataFrame:
    """One row per landed run, in the order in which they landed: `inside` its last forecast's central `prob` interval,
    the share `covered` up to it, and `lower`, `upper` of that share were the model calibrated."""
    scored = ledger[ledger["pit"].notna()].drop_duplicates(["family", "scored_run", "inputs"], keep="last")
    scored = scored.sort_values(["scored_version", "landed"], kind="stable")
    inside = (np.abs(scored["pit"].to_numpy() - 0.5) <= prob / 2 + 1e-12).astype(float)
    count = np.arange(1, len(inside) + 1)
    low, high = (binom.ppf(level, count, prob) / count for level in ((1 - CHANCE) / 2, (1 + CHANCE) / 2))
    return pd.DataFrame(
        {"run": count, "inside": inside > 0, "covered": inside.cumsum() / count, "lower": low, "upper": high}
    )


def _targets(ledger: pd.DataFrame) -> list[pd.DataFrame]:
    """Forecasts by target: what landed, the last first, then what is awaited."""
    groups = [own.sort_values("version", kind="stable") for _, own in ledger.groupby(TARGET, sort=False, dropna=False)]
    landed = [own for own in groups if own["observed"].notna().any()]
    landed.sort(key=lambda own: -float(own["scored_version"].max()))
    return [*landed, *(own for own in groups if own["observed"].isna().all())][:MOST_TARGETS]


def _target(axes: Axes, own: pd.DataFrame) -> None:
    shade = style.colour(0)
    axes.vlines(own["version"], own["run_lower"], own["run_upper"], color=shade, linewidth=1.8)
    axes.plot(own["version"], own["run_median"], "_", color=shade, markersize=9, markeredgewidth=1.6)
    scored = own[own["observed"].notna()]
    if len(scored):
        last = scored.iloc[-1]
        face = style.PAPER if last["inside"] else style.INK
        axes.axhline(last["observed"], color=style.SOFT, linewidth=1, linestyle=(0, (1, 2)))
        axes.plot(
            last["scored_version"], last["observed"], "D", color=face, markeredgecolor=style.INK, markersize=6, zorder=5
        )
    versions = [*own["version"], *scored["scored_version"]]
    axes.set_xlim(min(versions) - 0.6, max(versions) + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    axes.set_title(_title(own.iloc[0]), fontsize=9)


def _title(row: "pd.Series[Any]") -> str:
    """A target in words, in two lines."""
    given = {name: float(value) for name, value in json.loads(str(row["inputs"])).items()}
    short = {"n_params": "N", "n_tokens": "D", "flops": "C"}
    sizes = ", ".join(f"{short.get(name, name)} {style.size_text(value)}" for name, value in given.items())
    words = ", ".join(part for part in (str(row["family"]) or NEW_FAMILY, str(row["run"])) if part)
    return f"{style.plain(words)}\n{style.plain(sizes)}"


def _running(axes: Axes, table: pd.DataFrame, prob: float) -> None:
    axes.set_title("how often intervals held")
    axes.set_ylabel("runs inside so far")
    axes.set_xlabel("runs that landed")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol="\u00a0%"))
    axes.axhline(prob, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_ylim(-0.04, 1.06)
    if table.empty:
        axes.text(0.5, 0.5, "no run has landed yet", transform=axes.transAxes, ha="center", color=style.SOFT)
        axes.set_xticks([])
        return
    axes.fill_between(
        table["run"], table["lower"], table["upper"], color=style.LINE, alpha=0.7, linewidth=0, step="mid"
    )
    axes.plot(table["run"], table["covered"], color=style.colour(1), linewidth=1.6)
    for inside, face in ((True, style.PAPER), (False, style.INK)):
        own = table[table["inside"] == inside]
        axes.plot(own["run"], own["covered"], "D", color=face, markeredgecolor=style.INK, markersize=5, zorder=5)
    axes.set_xlim(0.5, len(table) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _legend(ledger: pd.DataFrame, prob: float) -> list[Line2D | Patch]:
    own = sorted({float(one) for one in ledger["prob"]})
    said = " or ".join(map(style.level, own))
    diamond: Any = {"marker": "D", "linestyle": "", "markeredgecolor": style.INK, "markersize": 6}
    return [
        Line2D([], [], color=style.colour(0), marker="_", linewidth=1.8, label=f"forecast of one new run, {said}"),
        Line2D([], [], markerfacecolor=style.PAPER, label="measured, inside", **diamond),
        Line2D([], [], markerfacecolor=style.INK, label="measured, outside", **diamond),
        Line2D([], [], color=style.colour(1), linewidth=1.6, label=f"share inside {style.level(prob)}"),
        Line2D([], [], color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)), label="as it should be"),
        Patch(color=style.LINE, alpha=0.7, label=f"a calibrated model, {100 * CHANCE:.0f} %"),
    ]
