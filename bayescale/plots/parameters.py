"""Figures of parameters by family.

plot_parameters  intervals of exponents and shape parameters, with their priors
plot_exponents   intervals of exponents, with a row for a new family
"""

from collections.abc import Mapping, Sequence

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
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import prior_of, single_family_prior
from bayescale.scaling.predict.forecast import NEW_FAMILY
from bayescale.scaling.predict.new_family import NEW
from bayescale.scaling.predict.targets import UNNAMED
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.formulas.latex import symbol
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import Prior

__all__ = ["plot_exponents", "plot_parameters"]

type Array = NDArray[np.float64]

MOST_FAMILIES = 30
MEANINGS = {"exponent": "exponent", "floor": "floor", "q": "how terms join", "decay": "repetitions", "gain": "gain"}


@checked
def plot_parameters(fit: Fit, prob: float = 0.9) -> Figure:
    """Plot exponents and shape parameters by family: median, 50 % (thick) and `prob` (thin) intervals.

    The grey band is the `prob` interval of the prior of one family's value; the dashed line is its median. Where a
    posterior is as wide as the band, the data say little. A shared parameter has one row.

    Parameters
    ----------
    fit : Fit
        A fit of one law; of a stack, draw one of its `members`.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        `prob` is out of its range, or the fit is a stack.
    """
    return _forest(fit, (*fit.law.exponents, *fit.law.shapes), prob, {})


@checked
def plot_exponents(fit: Fit, prob: float = 0.9) -> Figure:
    """Plot exponents by family, and of a new family.

    The last row (diamond) holds one draw of the population per posterior draw. It contains the uncertainty of the
    population's centre and the spread of families, on which forecasts of a new family depend. With a single family, the
    spread comes from the prior.

    Parameters
    ----------
    fit : Fit
        A fit of one law; of a stack, draw one of its `members`.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        The law has no exponents, `prob` is out of its range, or the fit is a stack.
    """
    names = fit.law.exponents
    if not names:
        raise InputError(f"law {fit.law.name!r} has no exponents: draw its parameters with plot_parameters")
    functions = fit.posterior.functions
    return _forest(fit, names, prob, {name: functions.natural[name][..., NEW].ravel() for name in names})


def design_of(fit: Fit) -> Design:
    """Return the design of a fit of one law.

    Parameters
    ----------
    fit : Fit
        The posterior.

    Returns
    -------
    Design
        The design.

    Raises
    ------
    InputError
        The fit is a stack.
    """
    return fit.posteriors[fit.law.name].design


def heading(law: Law, name: str) -> str:
    """Return a title for a parameter: its symbol and its role.

    Parameters
    ----------
    law : Law
        The law.
    name : str
        The parameter.

    Returns
    -------
    str
        The title, with mathematics.
    """
    return f"${symbol(name)}$ · {MEANINGS.get(law.role(name), law.role(name))}"


def prior_of_family(design: Design, name: str) -> Prior:
    """Return the prior of one family's value of a parameter.

    Parameters
    ----------
    design : Design
        The design.
    name : str
        The parameter.

    Returns
    -------
    Prior
        With partial pooling, the prior of population and spread together.
    """
    partial = design.spec.pooling_of(name) == "partial"
    return single_family_prior(design.spec, name) if partial else prior_of(design.spec, name)


def is_shared(design: Design, name: str) -> bool:
    """Tell whether all families have the same value of a parameter.

    Parameters
    ----------
    design : Design
        The design.
    name : str
        The parameter.

    Returns
    -------
    bool
        True if they do.
    """
    return design.spec.pooling_of(name) == "shared" or len(design.families) == 1


def row(axes: Axes, place: float, draws: Array, prob: float, shade: str, mark: str = "o") -> None:
    """Draw median, 50 % (thick) and `prob` (thin) interval of draws as a horizontal row.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    place : float
        Height of the row.
    draws : numpy.ndarray
        The draws.
    prob : float
        Probability of the thin interval.
    shade : str
        The colour.
    mark : str, default "o"
        The marker of the median.
    """
    levels = [(1 - prob) / 2, 0.25, 0.5, 0.75, (1 + prob) / 2]
    outer_low, low, middle, high, outer_high = np.quantile(draws, levels)
    axes.hlines(place, outer_low, outer_high, color=shade, linewidth=1.4)
    axes.hlines(place, low, high, color=shade, linewidth=4)
    axes.plot(middle, place, mark, color=style.PAPER, markeredgecolor=shade, markersize=5.5)


def room(labels: Sequence[str]) -> float:
    """Return the extra width that long labels of rows need.

    Parameters
    ----------
    labels : sequence of str
        The labels.

    Returns
    -------
    float
        Inches.
    """
    return 0.075 * max(0, max(map(len, labels)) - 12)


def name_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Label rows from the top down.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The panel.
    labels : sequence of str
        The labels.
    """
    axes.set_yticks(range(len(labels))[::-1], [wording.plain(label) for label in labels])
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.grid(visible=False, axis="y")


def _forest(fit: Fit, names: Sequence[str], prob: float, new: Mapping[str, Array]) -> Figure:
    """A panel per parameter and a row per family, with a last row for draws of a new family."""
    require_prob(prob)
    design = design_of(fit)
    rows = {name: _rows(fit, design, name, new.get(name)) for name in names}
    most, labels = max(map(len, rows.values())), [label for draws_by_row in rows.values() for label in draws_by_row]
    with style.drawing():
        size = (max(5.6, 3.1 * len(names)) + room(labels), max(1.9, 1.1 + 0.28 * most) + 0.8)
        figure = style.Drawn(figsize=size, layout="constrained")
        panels = figure.subplots(1, len(names), squeeze=False)[0]
        for axes, (name, draws_by_row) in zip(panels, rows.items(), strict=True):
            _prior(axes, prior_of_family(design, name), prob)
            for place, (label, draws) in enumerate(draws_by_row.items()):
                alone = label == NEW_FAMILY or len(draws_by_row) == 1 or is_shared(design, name)
                shade, mark = style.INK if alone else style.colour(place), "D" if label == NEW_FAMILY else "o"
                row(axes, len(draws_by_row) - 1 - place, draws, prob, shade, mark)
            if NEW_FAMILY in draws_by_row:
                axes.axhline(0.5, color=style.SOFT, linewidth=0.8)
            name_rows(axes, list(draws_by_row))
            axes.tick_params(labelleft=axes is panels[0] or list(draws_by_row) != list(rows[names[0]]))
            axes.set_title(heading(design.spec.law, name))
            axes.set_xlabel(value_label(design.spec.law, name))
        style.legend_below(figure, _legend(prob), columns=4)
    return figure


def _rows(fit: Fit, design: Design, name: str, new: Array | None) -> dict[str, Array]:
    """Draws by the name of their row."""
    draws = fit.tree["posterior"][name].to_numpy().reshape(-1, len(design.families))
    if design.families == UNNAMED or (is_shared(design, name) and len(design.families) > 1):
        return {"all families" if len(design.families) > 1 else "all runs": draws[:, 0]}
    draws_by_row = dict(zip(design.families[:MOST_FAMILIES], draws.T, strict=False))
    return draws_by_row if new is None else draws_by_row | {NEW_FAMILY: new}


def _legend(prob: float) -> list[Line2D | Patch]:
    level = wording.level(prob)
    return [
        Line2D([], [], color=style.SOFT, linewidth=4, label="50 %"),
        Line2D([], [], color=style.SOFT, linewidth=1.4, label=level),
        Patch(color=style.LINE, alpha=0.7, label=f"prior, {level}"),
        Line2D([], [], color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)), label="prior, median"),
    ]


def value_label(law: Law, name: str) -> str:
    """Return an axis label for the values of a parameter.

    Parameters
    ----------
    law : Law
        The law.
    name : str
        The parameter.

    Returns
    -------
    str
        The label, with a unit where it is known.
    """
    if name == law.expression.floor and law.link.name == "identity":
        return wording.response(law.response)
    return "value (no unit)" if law.role(name) in ("exponent", "q") else "value"


def _prior(axes: Axes, prior: Prior, prob: float) -> None:
    low, middle, high = (prior.quantile(level) for level in ((1 - prob) / 2, 0.5, (1 + prob) / 2))
    axes.axvspan(low, high, color=style.LINE, alpha=0.7, linewidth=0)
    axes.axvline(middle, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
