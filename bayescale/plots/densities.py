"""Prior against posterior, as densities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from scipy.stats import gaussian_kde, norm

from bayescale.errors import InputError, closest
from bayescale.fitted import Fit
from bayescale.inference.design import Design
from bayescale.laws.priors import Prior
from bayescale.plots import style
from bayescale.plots.parameters import design_of, heading, is_shared, prior_of_family

__all__ = ["plot_prior_posterior"]

type Array = NDArray[np.float64]

POINTS = 240
REACH = 3.2  # standard deviations of the prior that are drawn, at least
MOST_FAMILIES = 12
DASHES: tuple[object, ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)))


def plot_prior_posterior(fit: Fit, parameters: Sequence[str] | None = None) -> Figure:
    """Densities of parameters: the prior of one family's value (grey), and each family's posterior; a panel each.

    `parameters` are names of exponents, shape parameters or the floor; None draws all of them. A shared parameter has
    one posterior. The floor's prior is a fraction of the least training loss, here of its geometric mean over families.
    A curve like the grey one was not informed by the data. Beyond twelve families, the first twelve.
    Raises InputError for names that cannot be drawn, and for a stack: draw one of its `members`.
    """
    design = design_of(fit)
    names = _named(design, parameters)
    with style.drawing():
        figure, panels = _panels(len(names))
        for axes, name in zip(panels, names, strict=True):
            _panel(axes, fit, design, name)
            axes.set_title(heading(design.spec.law, name))
            axes.set_xlabel(_axis(design, name))
        panels[0].set_ylabel("density")
        several = any(not is_shared(design, name) for name in names)
        families = design.families[:MOST_FAMILIES] if several else ()
        style.legend_below(figure, _legend(families, any(is_shared(design, name) for name in names)), columns=4)
    return figure


@dataclass(frozen=True)
class Drawable:
    """A prior in the coordinate that it is normal in, of a parameter that is `unit` times what the prior is of."""

    prior: Prior
    unit: float

    def coordinate(self, natural: Array) -> Array:
        share = natural / self.unit
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.prior.scale == "log":
                return np.asarray(np.log(share))
            return np.asarray(np.log(share / (1 - share)) if self.prior.scale == "logit" else share)

    def natural(self, coordinate: Array) -> Array:
        return np.asarray(self.unit * self.prior.natural(coordinate))


def _named(design: Design, parameters: Sequence[str] | None) -> list[str]:
    law = design.spec.law
    floor = (law.expression.floor,) if law.expression.floor else ()
    known = [*floor, *law.exponents, *law.shapes]
    if parameters is None:
        return known
    if isinstance(parameters, str):
        raise InputError(f"parameters={parameters!r} must be a list of names, such as [{parameters!r}]")
    wrong = [
        f"{name!r} is no exponent, shape parameter or floor of law {law.name!r}.{closest(name, known)}"
        for name in parameters
        if name not in known
    ]
    if wrong or not parameters:
        raise InputError("parameters of a figure:", wrong or ["name at least one, or leave it out"])
    return list(dict.fromkeys(parameters))


def _drawable(design: Design, name: str) -> Drawable:
    floor = name == design.spec.law.expression.floor
    return Drawable(prior_of_family(design, name), float(np.exp(np.log(design.least).mean())) if floor else 1.0)


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    columns = min(3, count)
    lines = -(-count // columns)
    figure = style.Drawn(figsize=(max(5.6, 3.1 * columns), 2.3 * lines + 0.7), layout="constrained")
    flat: list[Axes] = list(figure.subplots(lines, columns, squeeze=False).flat)
    for axes in flat[count:]:
        axes.set_visible(False)
    return figure, flat[:count]


def _panel(axes: Axes, fit: Fit, design: Design, name: str) -> None:
    """The prior and every family's posterior, as densities of the parameter in its own unit."""
    scale = _drawable(design, name)
    draws = scale.coordinate(fit.tree["posterior"][name].to_numpy().reshape(-1, len(design.families)))
    own = draws[:, :1] if is_shared(design, name) else draws[:, :MOST_FAMILIES]
    mean, spread = scale.prior.location, scale.prior.spread
    low, high = min(mean - REACH * spread, own.min()), max(mean + REACH * spread, own.max())
    at = np.linspace(low, high, POINTS)
    x = scale.natural(at)
    per = np.gradient(at, x)  # densities are of the coordinate: change of variable
    axes.fill_between(x, norm.pdf(at, mean, spread) * per, color=style.LINE, linewidth=0)
    for index, values in enumerate(own.T):
        near = np.linspace(values.min() - 0.2 * values.std(), values.max() + 0.2 * values.std(), POINTS)
        natural = scale.natural(near)
        density = gaussian_kde(values)(near) * np.gradient(near, natural)
        shared = is_shared(design, name)
        shade, dash = (style.INK, "-") if shared else (style.colour(index), _dash(index))
        axes.plot(natural, density, color=shade, linewidth=1.4, linestyle=dash)
    axes.set_ylim(bottom=0)
    axes.set_yticks([])
    axes.grid(visible=False, axis="y")
    _trim(axes, scale)


def _trim(axes: Axes, scale: Drawable) -> None:
    """To where the prior or some posterior has its mass: a long tail of the prior would leave no room for the rest."""
    low, high = (scale.unit * scale.prior.quantile(level) for level in (0.005, 0.99))
    for line in axes.lines:
        x = np.asarray(line.get_xdata(), dtype=float)
        low, high = min(low, float(x.min())), max(high, float(x.max()))
    axes.set_xlim(low, high)


def _axis(design: Design, name: str) -> str:
    if name == design.spec.law.expression.floor:
        return style.response(design.spec.law.response)
    return "value (no unit)"


def _dash(index: int) -> object:
    return DASHES[index // len(style.COLOURS) % len(DASHES)]


def _legend(families: Sequence[str], shared: bool) -> list[Patch | Line2D]:
    out: list[Patch | Line2D] = [Patch(color=style.LINE, label="prior")]
    if shared:
        out.append(Line2D([], [], color=style.INK, linewidth=1.4, label="posterior"))
    for index, family in enumerate(families):
        label = f"posterior, {style.plain(family).strip()}"
        out.append(Line2D([], [], color=style.colour(index), linewidth=1.4, linestyle=_dash(index), label=label))
    return out
