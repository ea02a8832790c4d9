"""Figure of prior and posterior densities."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from scipy.special import logit, ndtri

from bayescale.core.arguments import checked
from bayescale.errors import InputError, closest
from bayescale.plots import style, wording
from bayescale.plots.panels.canvas import AxesArgument, canvas, layout_of
from bayescale.plots.parameters import design_of, heading, is_shared, prior_of_family, value_label
from bayescale.scaling.model.design import Design
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.prior import Prior, Scale

__all__ = ["plot_prior_posterior"]

type Array = NDArray[np.float64]

POINTS = 240
MIDDLE = (0.005, 0.99)  # quantiles of the prior that are drawn; a long tail would compress the rest
MOST_FAMILIES = 12
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)))


@checked
def plot_prior_posterior(fit: Fit, parameters: Sequence[str] | None = None, *, ax: AxesArgument = None) -> Figure:
    """Plot prior (grey) and posterior densities of one family's value; one panel per parameter.

    A shared parameter has one posterior. The prior of the floor is a fraction of the smallest training loss, drawn for
    its geometric mean over families, unless the law has a prior in the unit of the response. Where a posterior equals
    the grey prior, the data say nothing about the parameter. At most twelve families are drawn.

    Parameters
    ----------
    fit : Fit
        A fit of one law; of a stack, draw one of its `members`.
    parameters : sequence of str, optional
        Exponents, shape parameters or the floor. Default: all of them.
    ax : matplotlib.axes.Axes or sequence of Axes, optional
        Axes to draw on, one per parameter. Default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    InputError
        A name cannot be drawn, or the fit is a stack.
    """
    design = design_of(fit)
    names = _named(design, parameters)
    with style.drawing():
        layout = layout_of(len(names), min(3, len(names)))
        drawn = canvas(ax, layout, (max(5.6, 3.1 * len(layout[0])), 2.3 * len(layout) + 0.7))
        for axes, name in zip(drawn.panels, names, strict=True):
            _panel(axes, fit, design, name)
            axes.set_title(heading(design.spec.law, name))
            axes.set_xlabel(value_label(design.spec.law, name))
        drawn.panels[0].set_ylabel("density")
        several = any(not is_shared(design, name) for name in names)
        families = design.families[:MOST_FAMILIES] if several else ()
        drawn.legend(_legend(families, any(is_shared(design, name) for name in names)), columns=4)
    return drawn.figure


def _named(design: Design, parameters: Sequence[str] | None) -> list[str]:
    law = design.spec.law
    floor = (law.expression.floor,) if law.expression.floor else ()
    known = [*floor, *law.exponents, *law.shapes]
    if parameters is None:
        return known
    if isinstance(parameters, str):
        raise InputError(f"parameters={parameters!r} must be a list of names, such as [{parameters!r}]")
    wrong = [
        f"{name!r} is not an exponent, a shape parameter or the floor of law {law.name!r}.{closest(name, known)}"
        for name in parameters
        if name not in known
    ]
    if wrong or not len(parameters):
        raise InputError("parameters of a figure:", wrong or ["name at least one, or omit the argument"])
    return list(dict.fromkeys(parameters))


def _panel(axes: Axes, fit: Fit, design: Design, name: str) -> None:
    """The prior and every family's posterior, as densities of the parameter in its own unit."""
    floor, shared = name == design.spec.law.expression.floor, is_shared(design, name)
    prior = prior_of_family(design, name)
    of_least = floor and prior.scale == "logit"  # a fraction; a prior on another scale is of the floor itself
    x, density = _of_prior(prior, float(np.exp(np.log(design.min_loss).mean())) if of_least else 1.0)
    axes.fill_between(x, density, color=style.LINE, linewidth=0)
    low, high = x[0], x[-1]
    draws = fit.tree["posterior"][name].to_numpy().reshape(-1, len(design.families))
    for index, values in enumerate((draws[:, :1] if shared else draws[:, :MOST_FAMILIES]).T):
        # no coordinate of the floor suits all families: the prior is drawn for the mean of their smallest losses
        x, density = _of_draws(values, "identity" if floor else prior.scale)
        shade, dash = (style.INK, "-") if shared else (style.colour(index), _dash(index))
        axes.plot(x, density, color=shade, linewidth=1.4, linestyle=dash)
        low, high = min(low, x[0]), max(high, x[-1])
    axes.set_xlim(low, high)
    axes.set_ylim(bottom=0)
    axes.set_yticks([])
    axes.grid(visible=False, axis="y")


def _of_prior(prior: Prior, unit: float) -> tuple[Array, Array]:
    """Values and density of a parameter that is `unit` times the quantity of the prior, over its central 98.5 %."""
    low, high = (float(ndtri(level)) for level in MIDDLE)
    coordinate = prior.location + prior.spread * np.linspace(low, high, POINTS)
    x = np.asarray(unit * prior.natural(coordinate))
    z = (coordinate - prior.location) / prior.spread
    density = np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * prior.spread)
    return x, density * np.gradient(coordinate, x)


def _of_draws(draws: Array, scale: Scale) -> tuple[Array, Array]:
    """Values and density of draws, smoothed in the coordinate in which they are nearly normal."""
    from scipy.stats import gaussian_kde

    values = np.log(draws) if scale == "log" else logit(draws) if scale == "logit" else draws
    reach = 0.3 * values.std()
    coordinate = np.linspace(values.min() - reach, values.max() + reach, POINTS)
    x = np.asarray(Prior(scale, 0.0, 1.0).natural(coordinate))
    return x, gaussian_kde(values)(coordinate) * np.gradient(coordinate, x)


def _dash(index: int) -> Any:
    return DASHES[index // len(style.COLOURS) % len(DASHES)]


def _legend(families: Sequence[str], shared: bool) -> list[Patch | Line2D]:
    out: list[Patch | Line2D] = [Patch(color=style.LINE, label="prior")]
    if shared:
        out.append(Line2D([], [], color=style.INK, linewidth=1.4, label="posterior"))
    for index, family in enumerate(families):
        label = f"posterior, {wording.plain(family).strip()}"
        out.append(Line2D([], [], color=style.colour(index), linewidth=1.4, linestyle=_dash(index), label=label))
    return out
