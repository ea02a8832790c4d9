"""Parameters by family.

plot_parameters  intervals of exponents and shape parameters, beside their priors
plot_exponents   intervals of exponents, with the row of a family never seen
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
from bayescale.plots import style
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
    """Exponents and shape parameters by family: median, 50 % (thick) and `prob` (thin) intervals.

    The grey band is the prior of one family's value, over the same probability; the dashed line is its median. A
    posterior as wide as the band was not informed by the data. A shared parameter is one row.
    Raises InputError for a `prob` that cannot be used, and for a stack: draw one of its `members`.
    """
    return _forest(fit, (*fit.law.exponents, *fit.law.shapes), prob, {})


@checked
def plot_exponents(fit: Fit, prob: float = 0.9) -> Figure:
    """Exponents by family as `plot_parameters` has them, and below them what a family never seen would have.

    The last row (diamond) is one draw of the population per posterior draw: its centre's uncertainty and the spread of
    families together, which forecasts of a new family rest on. Of a single family the spread is that of the prior.
    Raises InputError for a law without exponents or a `prob` that cannot be used, and for a stack: draw one of its
    `members`.
    """
    names = fit.law.exponents
    if not names:
        raise InputError(f"law {fit.law.name!r} has no exponents: draw its parameters with plot_parameters")
    functions = fit.posterior.functions
    return _forest(fit, names, prob, {name: functions.natural[name][..., NEW].ravel() for name in names})


def design_of(fit: Fit) -> Design:
    """What a fit of one law was made of. Raises InputError for a stack, which has several."""
    return fit.posteriors[fit.law.name].design


def heading(law: Law, name: str) -> str:
    """A parameter's symbol, and what it is."""
    return f"${symbol(name)}$ · {MEANINGS.get(law.role(name), law.role(name))}"


def prior_of_family(design: Design, name: str) -> Prior:
    """Prior of one family's value: with partial pooling, population and spread together."""
    partial = design.spec.pooling_of(name) == "partial"
    return single_family_prior(design.spec.law, name) if partial else prior_of(design.spec.law, name)


def is_shared(design: Design, name: str) -> bool:
    """Whether a parameter is one value for all families there are."""
    return design.spec.pooling_of(name) == "shared" or len(design.families) == 1


def row(axes: Axes, place: float, draws: Array, prob: float, shade: str, mark: str = "o") -> None:
    """Median, 50 % (thick) and `prob` (thin) interval of draws, lying at a height."""
    levels = [(1 - prob) / 2, 0.25, 0.5, 0.75, (1 + prob) / 2]
    outer_low, low, middle, high, outer_high = np.quantile(draws, levels)
    axes.hlines(place, outer_low, outer_high, color=shade, linewidth=1.4)
    axes.hlines(place, low, high, color=shade, linewidth=4)
    axes.plot(middle, place, mark, color=style.PAPER, markeredgecolor=shade, markersize=5.5)


def room(labels: Sequence[str]) -> float:
    """Inches that long names of rows take beside what a figure leaves them anyway."""
    return 0.075 * max(0, max(map(len, labels)) - 12)


def name_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Rows from the top down, by name."""
    axes.set_yticks(range(len(labels))[::-1], [style.plain(label) for label in labels])
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.grid(visible=False, axis="y")


def _forest(fit: Fit, names: Sequence[str], prob: float, new: Mapping[str, Array]) -> Figure:
    """A panel per parameter, a row per family, and a last one for draws of a new family where there are any."""
    require_prob(prob)
    design = design_of(fit)
    rows = {name: _rows(fit, design, name, new.get(name)) for name in names}
    most, labels = max(map(len, rows.values())), [label for own in rows.values() for label in own]
    with style.drawing():
        size = (max(5.6, 3.1 * len(names)) + room(labels), max(1.9, 1.1 + 0.28 * most) + 0.8)
        figure = style.Drawn(figsize=size, layout="constrained")
        panels = figure.subplots(1, len(names), squeeze=False)[0]
        for axes, (name, own) in zip(panels, rows.items(), strict=True):
            _prior(axes, prior_of_family(design, name), prob)
            for place, (label, draws) in enumerate(own.items()):
                alone = label == NEW_FAMILY or len(own) == 1 or is_shared(design, name)
                shade, mark = style.INK if alone else style.colour(place), "D" if label == NEW_FAMILY else "o"
                row(axes, len(own) - 1 - place, draws, prob, shade, mark)
            if NEW_FAMILY in own:
                axes.axhline(0.5, color=style.SOFT, linewidth=0.8)
            name_rows(axes, list(own))
            axes.tick_params(labelleft=axes is panels[0] or list(own) != list(rows[names[0]]))
            axes.set_title(heading(design.spec.law, name))
            axes.set_xlabel(value_label(design.spec.law, name))
        style.legend_below(figure, _legend(prob), columns=4)
    return figure


def _rows(fit: Fit, design: Design, name: str, new: Array | None) -> dict[str, Array]:
    """Draws by the name of their row."""
    draws = fit.tree["posterior"][name].to_numpy().reshape(-1, len(design.families))
    if design.families == UNNAMED or (is_shared(design, name) and len(design.families) > 1):
        return {"all families" if len(design.families) > 1 else "all runs": draws[:, 0]}
    own = dict(zip(design.families[:MOST_FAMILIES], draws.T, strict=False))
    return own if new is None else own | {NEW_FAMILY: new}


def _legend(prob: float) -> list[Line2D | Patch]:
    level = style.level(prob)
    return [
        Line2D([], [], color=style.SOFT, linewidth=4, label="50 %"),
        Line2D([], [], color=style.SOFT, linewidth=1.4, label=level),
        Patch(color=style.LINE, alpha=0.7, label=f"prior, {level}"),
        Line2D([], [], color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)), label="prior, median"),
    ]


def value_label(law: Law, name: str) -> str:
    """A parameter's values with their unit; what formulas call a shape may have any, which only its author knows."""
    if name == law.expression.floor and law.link.name == "identity":
        return style.response(law.response)
    return "value (no unit)" if law.role(name) in ("exponent", "q") else "value"


def _prior(axes: Axes, prior: Prior, prob: float) -> None:
    low, middle, high = (prior.quantile(level) for level in ((1 - prob) / 2, 0.5, (1 + prob) / 2))
    axes.axvspan(low, high, color=style.LINE, alpha=0.7, linewidth=0)
    axes.axvline(middle, color=style.SOFT, linewidth=1, linestyle=(0, (4, 3)))
