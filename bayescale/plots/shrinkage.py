"""Figure of shrinkage: how much families borrow from one another."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.core.summary import require_prob
from bayescale.errors import InputError
from bayescale.plots import style, wording
from bayescale.plots.parameters import design_of, heading, name_rows, room
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import prior_of
from bayescale.scaling.result import Fit

__all__ = ["plot_shrinkage", "pooling_factor"]

type Array = NDArray[np.float64]

MOST_FAMILIES = 30
APART, POOLED = -0.17, 0.12  # heights of the two estimates about their row


@checked
def plot_shrinkage(fit: Fit, apart: Fit | None = None, prob: float = 0.9) -> Figure:
    """Plot how far the exponents of each family are pulled towards the population; one panel per pooled exponent.

    Rows are families, those with fewest training rows first. Each has its pooled estimate (posterior median and `prob`
    interval) and its pooling factor. Line and band are median and `prob` interval of the centre of the population.

    The pooling factor is var(θ_j − μ)/E(σ²) over the posterior, in the coordinate in which families are normal (log for
    exponents). It is 0 % if the family's own rows determine its exponent, and 100 % if they say no more than the
    population.

    Parameters
    ----------
    fit : Fit
        A fit of one law; of a stack, draw one of its `members`.
    apart : Fit, optional
        A fit of the same law to the same rows in which these exponents are not pooled, from
        `bs.fit(..., pooling={"alpha": "free", ...})`. Hollow marks are then its estimates, and arrows lead from these
        to the pooled estimates.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        No exponent is partially pooled, `apart` does not match, or the fit is a stack.

    References
    ----------
    Gelman and Pardoe (2006), Technometrics 48, 241-251.
    """
    require_prob(prob)
    design = design_of(fit)
    names = [name for name in fit.law.exponents if name in design.layout.pooled]
    if not names:
        raise InputError("no exponent of this fit is partially pooled over families, so there is no shrinkage to draw")
    if apart is not None:
        _require_apart(design, apart, names)
    rows = np.bincount(design.family, minlength=len(design.families))
    order = np.argsort(rows, kind="stable")[:MOST_FAMILIES]
    labels = [f"{design.families[place]} ({rows[place]} rows)" for place in order]
    with style.drawing():
        size = (max(6.4, 3.6 * len(names)) + room(labels), max(1.9, 1.1 + 0.36 * len(order)) + 0.7)
        figure = style.Drawn(figsize=size, layout="constrained")
        panels = figure.subplots(1, len(names), squeeze=False)[0]
        for axes, name in zip(panels, names, strict=True):
            _centre(axes, fit, design, name, prob)
            _families(axes, fit, apart, name, order, prob)
            name_rows(axes, labels)
            axes.tick_params(labelleft=axes is panels[0])
            axes.set_title(heading(design.spec.law, name))
            axes.set_xlabel("value (no unit)")
        style.legend_below(figure, _legend(prob, apart is not None), columns=2)
    return figure


def pooling_factor(fit: Fit, name: str) -> Array:
    """Return the pooling factor of each family for a pooled parameter.

    Parameters
    ----------
    fit : Fit
        The posterior.
    name : str
        The parameter.

    Returns
    -------
    numpy.ndarray
        Factors from 0 (no pooling) to 1 (complete pooling), shape (family,).
    """
    posterior = fit.tree["posterior"]
    coordinate = posterior["coordinate"].sel(parameter=name)
    deviation = coordinate - posterior["population"].sel(population_parameter=name)
    spread = posterior["spread"].sel(pooled_parameter=name)
    factor = deviation.var(("chain", "draw")) / (spread**2).mean()
    return np.asarray(np.minimum(factor.to_numpy(), 1.0))


def _require_apart(design: Design, apart: Fit, names: list[str]) -> None:
    other = design_of(apart)
    problems = []
    if other.spec.law.name != design.spec.law.name:
        problems.append(f"it is of law {other.spec.law.name!r}, not {design.spec.law.name!r}")
    if other.families != design.families:
        problems.append("its families are not the same")
    pooled = [name for name in names if name not in other.layout.free]
    problems += [f"its {name!r} is pooled too: fit it with pooling={{{name!r}: 'free'}}" for name in pooled]
    if problems:
        raise InputError("apart cannot be compared with the pooled fit:", problems)


def _centre(axes: Axes, fit: Fit, design: Design, name: str, prob: float) -> None:
    """The centre of the population from which families are drawn; it is not their mean."""
    draws = fit.tree["posterior"]["population"].sel(population_parameter=name).to_numpy()
    low, middle, high = prior_of(design.spec, name).natural(_quantiles(draws, prob))
    axes.axvspan(low, high, color=style.LINE, alpha=0.7, linewidth=0)
    axes.axvline(middle, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))


def _families(axes: Axes, fit: Fit, apart: Fit | None, name: str, order: NDArray[np.int64], prob: float) -> None:
    factor = pooling_factor(fit, name)
    pooled, separate = (_by_family(part, name, prob) if part is not None else None for part in (fit, apart))
    assert pooled is not None
    for place, family in enumerate(order):
        height, shade = len(order) - 1 - place, style.colour(int(family))
        low, middle, high = pooled[:, family]
        axes.hlines(height + POOLED, low, high, color=shade, linewidth=2)
        axes.plot(middle, height + POOLED, "o", color=shade, markersize=5.5)
        if separate is not None:
            _arrow(axes, separate[:, family], middle, height, shade)
        axes.annotate(
            f"{100 * factor[family]:.0f} %",
            (1.01, height),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8.5,
            color=style.SOFT,
        )


def _arrow(axes: Axes, separate: Array, pooled: float, height: float, shade: str) -> None:
    """The separate estimate, and an arrow from it to the pooled estimate."""
    low, middle, high = separate
    axes.hlines(height + APART, low, high, color=shade, linewidth=1, alpha=0.55)
    axes.plot(middle, height + APART, "o", color=style.PAPER, markeredgecolor=shade, markersize=5)
    arrow: Any = {"arrowstyle": "->", "color": style.INK, "linewidth": 0.9, "shrinkA": 3, "shrinkB": 3}
    axes.annotate("", (pooled, height + POOLED), (middle, height + APART), arrowprops=arrow)


def _by_family(fit: Fit, name: str, prob: float) -> Array:
    """Lower, median and upper by family: (3, family)."""
    draws = fit.tree["posterior"][name].to_numpy()
    return np.asarray(np.quantile(draws, [(1 - prob) / 2, 0.5, (1 + prob) / 2], axis=(0, 1)))


def _quantiles(draws: Array, prob: float) -> Array:
    return np.asarray(np.quantile(draws, [(1 - prob) / 2, 0.5, (1 + prob) / 2]))


def _legend(prob: float, apart: bool) -> list[Line2D | Patch]:
    level = wording.level(prob)
    out: list[Line2D | Patch] = [
        Line2D([], [], color=style.SOFT, marker="o", linewidth=2, label=f"pooled: median, {level}"),
        Line2D([], [], color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)), label="centre of the population, median"),
        Patch(color=style.LINE, alpha=0.7, label=f"centre of the population, {level}"),
    ]
    if apart:
        hollow: Any = {"markerfacecolor": style.PAPER, "markersize": 5, "linewidth": 1}
        out.append(Line2D([], [], color=style.SOFT, marker="o", label=f"separate: median, {level}", **hollow))
    return [*out, Line2D([], [], linestyle="", label="right of a row: pooling factor")]
