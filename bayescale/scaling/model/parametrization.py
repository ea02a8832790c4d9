"""From sampling coordinates to natural parameters: one definition for PyTensor (in the model) and NumPy (over draws).

Arrays carry leading dims of their own (none in the graph; chain and draw over draws) and end in the dim they are
listed with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayescale.scaling.model.design import Layout
from bayescale.scaling.model.priors import prior_of
from bayescale.scaling_laws.parametrization import natural, reducible_at_centre, term_names

LEAST_REDUCIBLE = 1e-3  # relative to the centre: noise does not vanish, nor grow from what a formula takes away
EDGE = 0.1  # floor fractions are continued linearly in logit beyond this distance from 0 and 1


@dataclass(frozen=True)
class Families:
    """Natural parameters per family, with the quantities the model needs beside them. Arrays end in family."""

    natural: dict[str, Any]
    level: Any  # of the latent quantity at the centre; of its power terms without a floor; None without power terms
    reducible: Any  # all above the floor, at the centre
    least: Any


def partially_centred(member: Any, mean: Any, spread: Any, centring: Any) -> Any:
    """Family values from the coordinate sampled: centring 1 samples the value itself, 0 its distance from the mean.

    Papaspiliopoulos, Roberts and Sköld 2007; the coordinate's prior is Normal(centring·mean, spread^centring).
    """
    return mean + spread ** (1 - centring) * (member - centring * mean)


def families(
    layout: Layout, coordinates: Mapping[str, Any], log_level: Any, least: Any, centre: Mapping[str, Any], xp: Any
) -> Families:
    """Natural parameters from coordinates by name (each ending in family).

    `log_level` is the log of the latent quantity at the centre, or None where the anchor is shared and has a
    coordinate. With a floor it is the whole quantity, a formula's part included: that is what data pin down, so that
    the floor gives way when the formula's part changes.
    """
    law = layout.law
    if not law.expression.powers:
        return _without_powers(layout, coordinates, least, centre, xp)
    common = least if np.ndim(least) == 0 else xp.exp(xp.mean(xp.log(least), axis=-1))
    scale = {name: common if name in layout.shared else least for name in (layout.anchor, *term_names(law))}
    shapes = {name: prior_of(law, name).natural(coordinates[name], xp) for name in (*law.exponents, *law.shapes)}
    terms = {name: prior_of(law, name).natural(coordinates[name], xp) for name in term_names(law)}
    if law.expression.floor:
        terms = {name: value * scale[name] for name, value in terms.items()}
        reducible = reducible_at_centre(law, terms, shapes)
        level = _anchor(layout, coordinates, scale, xp) + reducible if log_level is None else xp.exp(log_level)
    else:
        level = _anchor(layout, coordinates, scale, xp) if log_level is None else xp.exp(log_level)
        reducible = level
    found = natural(law, level, terms, shapes, centre, xp)
    floor, extra = law.expression.floor, law.expression.extra
    if extra:
        added = extra.evaluate({**centre, **found}, xp)
        reducible = reducible + added
        if floor and floor not in extra.names:
            if log_level is None:
                level = level + added
            else:
                found[floor] = found[floor] - added
    return Families(found, level, reducible, scale[layout.anchor])


def _without_powers(
    layout: Layout, coordinates: Mapping[str, Any], least: Any, centre: Mapping[str, Any], xp: Any
) -> Families:
    """Natural parameters of a law that is a formula, with a floor or without: each has a coordinate of its own."""
    law = layout.law
    found = {name: prior_of(law, name).natural(coordinates[name], xp) for name in law.parameter_names}
    floor = law.expression.floor
    if floor and prior_of(law, floor).scale == "logit":
        found[floor] = found[floor] * least
    reducible = law.expression.reducible(centre, found, xp) + 0 * found[law.parameter_names[0]]
    return Families(found, None, reducible, least)


def _anchor(layout: Layout, coordinates: Mapping[str, Any], scale: Mapping[str, Any], xp: Any) -> Any:
    """The floor (or, without one, the level) from its own coordinate."""
    prior = prior_of(layout.law, layout.anchor)
    absolute = (
        bool(layout.law.expression.floor) and prior.scale == "log"
    )  # a prior on the floor itself, not its fraction
    value = prior.natural(coordinates[layout.anchor], xp)
    return value if absolute else value * scale[layout.anchor]


def anchor_coordinate(layout: Layout, fitted: Families, xp: Any) -> tuple[Any, Any]:
    """The anchor's coordinate at a level, and the log derivative of it with respect to the log level.

    The floor's prior stands on this. Beyond the edges of what is possible (a floor below 0 or above the least loss) the
    coordinate is continued linearly, so that the density falls off smoothly, some ten nats by zero, and the sampler
    meets no wall.
    """
    log_level = xp.log(fitted.level)
    if not layout.law.expression.floor:
        return log_level - xp.log(fitted.least), 0.0 * log_level
    prior = prior_of(layout.law, layout.anchor)
    fraction = fitted.natural[layout.law.expression.floor] / fitted.least
    high = 1 - EDGE if prior.scale == "logit" else np.inf
    inside = xp.clip(fraction, EDGE, high)
    if prior.scale == "logit":
        coordinate, slope = xp.log(inside) - xp.log1p(-inside), 1 / (inside * (1 - inside))
    else:
        coordinate, slope = xp.log(inside * fitted.least), 1 / inside
    return coordinate + slope * (fraction - inside), xp.log(slope) - xp.log(fitted.least) + log_level


def noise_values(layout: Layout, log_noise: Any, xp: Any) -> dict[str, Any]:
    """Noise parameters in natural units from their logs (…, noise parameter).

    Degrees of freedom start at 2: below, the likelihood has spikes at single rows and the noise no variance.
    """
    out = {name: xp.exp(log_noise[..., i]) for i, name in enumerate(layout.noise_names)}
    return {**out, "noise_df": 2 + out["noise_df"]}


@dataclass(frozen=True)
class Whitened:
    """Rows as they would be if those of a run did not resemble their neighbours. Arrays end in obs.

    `fresh` is what each residual adds to what the row before it told, in units of its own scale; `share` is that for an
    effect of size one that all rows of a run have; `log_scale` is twice the log of the scale of what is fresh.
    """

    fresh: Any
    share: Any
    log_scale: Any


def whitened(residual: Any, variance: Any, noise: Mapping[str, Any], step: Any, xp: Any) -> Whitened:
    """Residuals made independent given their run's effect.

    Along a run's course noise is an Ornstein-Uhlenbeck process in units of its scale: neighbours at distance `step`
    (obs,) correlate by exp(-step / noise_length), so that what each adds to the one before it is independent of all
    before. Without `noise_length` rows are independent as they are.
    """
    scale = xp.sqrt(variance)
    fresh, share, log_scale = residual / scale, 1 / scale, xp.log(variance)
    if "noise_length" not in noise:
        return Whitened(fresh, share, log_scale)
    kept = xp.exp(-step / noise["noise_length"])
    left = -xp.expm1(-2 * step / noise["noise_length"])
    fresh, share = ((value - kept * _before(value, xp)) / xp.sqrt(left) for value in (fresh, share))
    return Whitened(fresh, share, log_scale + xp.log(left))


def _before(value: Any, xp: Any) -> Any:
    """Each row's predecessor; the first stands for its own, where nothing is kept of it."""
    return xp.concatenate([value[..., :1], value[..., :-1]], axis=-1)


def noise_scale(layout: Layout, noise: Mapping[str, Any], relative_reducible: Any, xp: Any) -> Any:
    """Variance (squared scale) of one measurement's Student-t noise on log loss; R/R_centre as given."""
    variance = noise["noise_floor"] ** 2
    if layout.noise == "growing":
        relative = xp.maximum(relative_reducible, LEAST_REDUCIBLE)
        variance = variance + (noise["noise_slope"] * relative ** noise["noise_growth"]) ** 2
    return variance + 0 * relative_reducible
