"""From sampling coordinates to natural parameters: one definition for PyTensor (in the model) and NumPy (over draws).

Arrays may have leading dimensions (none in the graph; chain and draw in NumPy) and end in the dimension
that is listed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayescale.scaling.model.layout import Layout
from bayescale.scaling_laws.parametrization import natural, reducible_at_centre, term_names
from bayescale.scaling_laws.prior import natural_of

EDGE = 0.1  # floor fractions are continued linearly in logit beyond this distance from 0 and 1


@dataclass(frozen=True)
class FamilyParameters:
    """Natural parameters per family, with the quantities that the model needs beside them. Arrays end in family.

    Attributes
    ----------
    natural : dict of str to array
        Natural parameters by name.
    level : array or None
        The latent quantity at the centre of the data; without a floor, its power terms. None without power terms.
    reducible : array
        Everything above the floor, at the centre of the data.
    min_loss : array
        Least training value that floors and slopes are relative to.
    """

    natural: dict[str, Any]
    level: Any
    reducible: Any
    min_loss: Any


def natural_parameters(
    layout: Layout, coordinates: Mapping[str, Any], log_level: Any, min_loss: Any, centre: Mapping[str, Any], xp: Any
) -> FamilyParameters:
    """Compute natural parameters from sampling coordinates.

    Parameters
    ----------
    layout : Layout
        Law, and how its parameters vary over families.
    coordinates : mapping of str to array, each (..., family)
        Coordinates by parameter name.
    log_level : array (..., family) or None
        Log of the latent quantity at the centre; None where the anchor is shared and has a coordinate. With a floor it
        is the whole quantity, a formula's part included: that is what data determine, so that the floor gives way when
        the formula's part changes.
    min_loss : array (family,) or float
        Least training value of each family that floors and slopes are relative to.
    centre : mapping of str to array
        Every input at the centre of the data, in natural units.
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    FamilyParameters
        Natural parameters, with level and reducible part at the centre.
    """
    law = layout.law
    if not law.expression.powers:
        return _without_powers(layout, coordinates, min_loss, centre, xp)
    common = min_loss if np.ndim(min_loss) == 0 else xp.exp(xp.mean(xp.log(min_loss), axis=-1))
    scale = {name: common if name in layout.shared else min_loss for name in (layout.anchor, *term_names(law))}
    shapes = {name: natural_of(layout.scales[name], coordinates[name], xp) for name in (*law.exponents, *law.shapes)}
    terms = {name: natural_of(layout.scales[name], coordinates[name], xp) for name in term_names(law)}
    if law.expression.floor:
        terms = {name: value * scale[name] for name, value in terms.items()}
        reducible = reducible_at_centre(law, terms, shapes)
        level = _anchor(layout, coordinates, scale, xp) + reducible if log_level is None else xp.exp(log_level)
    else:
        level = _anchor(layout, coordinates, scale, xp) if log_level is None else xp.exp(log_level)
        reducible = level
    parameters = natural(law, level, terms, shapes, centre, xp)
    floor, extra = law.expression.floor, law.expression.extra
    if extra:
        added = extra.evaluate({**centre, **parameters}, xp)
        reducible = reducible + added
        if floor and floor not in extra.names:
            if log_level is None:
                level = level + added
            else:
                parameters[floor] = parameters[floor] - added
    return FamilyParameters(parameters, level, reducible, scale[layout.anchor])


def _without_powers(
    layout: Layout, coordinates: Mapping[str, Any], min_loss: Any, centre: Mapping[str, Any], xp: Any
) -> FamilyParameters:
    """Natural parameters of a law that is a formula, with a floor or without: each has its own coordinate."""
    law = layout.law
    parameters = {name: natural_of(layout.scales[name], coordinates[name], xp) for name in law.parameter_names}
    floor = law.expression.floor
    if floor and layout.scales[floor] == "logit":
        parameters[floor] = parameters[floor] * min_loss
    reducible = law.expression.reducible(centre, parameters, xp) + 0 * parameters[law.parameter_names[0]]
    return FamilyParameters(parameters, None, reducible, min_loss)


def _anchor(layout: Layout, coordinates: Mapping[str, Any], scale: Mapping[str, Any], xp: Any) -> Any:
    """The floor (or, without one, the level) from its own coordinate."""
    prior_scale = layout.scales[layout.anchor]
    absolute = bool(layout.law.expression.floor) and prior_scale == "log"  # a prior on the floor, not its fraction
    value = natural_of(prior_scale, coordinates[layout.anchor], xp)
    return value if absolute else value * scale[layout.anchor]


def with_family_level(
    layout: Layout, parameters: FamilyParameters, centre: Mapping[str, Any], family_centre: Mapping[str, Any], xp: Any
) -> FamilyParameters:
    """Move a level that stands for the latent quantity at each family's own centre to the common centre.

    Parameters
    ----------
    layout : Layout
        Law, whose `family_levels` holds.
    parameters : FamilyParameters
        Parameters with a level that was taken for the one at the common centre.
    centre : mapping of str to array
        Every input at the centre of the data, in natural units.
    family_centre : mapping of str to array, each (family,)
        Every input at the centre of each family.
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    FamilyParameters
        Those with this level at the families' own centres: the floor moves with the level.
    """
    shift = level_shift(layout, parameters.natural, centre, family_centre, xp)
    floor = layout.law.expression.floor or ""
    moved = {**parameters.natural, floor: parameters.natural[floor] + shift}
    return replace(parameters, natural=moved, level=parameters.level + shift)


def level_shift(
    layout: Layout, natural: Mapping[str, Any], centre: Mapping[str, Any], family_centre: Mapping[str, Any], xp: Any
) -> Any:
    """Compute by how much the latent quantity at the common centre exceeds that at each family's own.

    Parameters
    ----------
    layout, centre, family_centre, xp
        As in `with_family_level`.
    natural : mapping of str to array, each (..., family)
        Natural parameters.

    Returns
    -------
    array, shape (..., family)
        The difference.
    """
    reducible = layout.law.expression.reducible
    return reducible(centre, natural, xp) - reducible(family_centre, natural, xp)


def anchor_coordinate(layout: Layout, parameters: FamilyParameters, xp: Any) -> tuple[Any, Any]:
    """Compute the anchor's coordinate from the level, and the log derivative with respect to the log level.

    The floor's prior is on this coordinate. For impossible values (a floor below 0 or above the least loss) the
    coordinate is continued linearly, so that the density decreases smoothly (by about ten nats at zero) and has no
    discontinuity for the sampler.

    Parameters
    ----------
    layout : Layout
        Law, with an anchor that has a level.
    parameters : FamilyParameters
        Natural parameters at that level.
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    coordinate, log_derivative : array, shape (..., family)
        The coordinate, and log |d coordinate / d log level|.
    """
    log_level = xp.log(parameters.level)
    if not layout.law.expression.floor:
        return log_level - xp.log(parameters.min_loss), 0.0 * log_level
    prior_scale = layout.scales[layout.anchor]
    fraction = parameters.natural[layout.law.expression.floor] / parameters.min_loss
    high = 1 - EDGE if prior_scale == "logit" else np.inf
    inside = xp.clip(fraction, EDGE, high)
    if prior_scale == "logit":
        coordinate, slope = xp.log(inside) - xp.log1p(-inside), 1 / (inside * (1 - inside))
    else:
        coordinate, slope = xp.log(inside * parameters.min_loss), 1 / inside
    return coordinate + slope * (fraction - inside), xp.log(slope) - xp.log(parameters.min_loss) + log_level
