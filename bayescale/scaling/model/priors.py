"""The coordinate that is sampled for each parameter of a law, and its prior, for one family and over families."""

import numpy as np
from numpy.typing import NDArray

from bayescale.data.quantities import from_axis
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.parametrization import term_names
from bayescale.scaling_laws.prior import Prior, Scale

type Array = NDArray[np.float64]

#: Quantity of the spread over families, by role.
SPREADS = {"exponent": "spread_exponent", "floor": "spread_floor", "amplitude": "spread_slope", "q": "spread_q"}


#: Prior of the scale of a family's noise over that of all families: a factor of two either way at one deviation.
FAMILY_NOISE = Prior("log", 0.0, 0.7)


def spread_prior(spec: Spec, name: str) -> Prior:
    """Look up the prior of a pooled parameter's spread over families.

    Spreads are bounded away from zero: at zero the hierarchy is a funnel, and families that do not differ at all do not
    occur.

    Parameters
    ----------
    spec : Spec
        The law, and its priors.
    name : str
        One of the law's parameters.

    Returns
    -------
    Prior
        On the log scale, of the spread of the parameter's coordinate.
    """
    role = spec.law.role(name)
    if role in SPREADS:
        return spec.priors[SPREADS[role]]
    relative = spec.priors["spread_shape"]
    return Prior("log", relative.location + float(np.log(spec.law.prior(name).spread)), relative.spread)


def coordinate_names(law: Law) -> tuple[str, ...]:
    """List the parameters that have a coordinate of their own.

    Parameters
    ----------
    law : Law
        The law.

    Returns
    -------
    tuple of str
        All parameters, the anchor first.
    """
    floor = law.expression.floor
    if not law.expression.powers:
        return ((floor,) if floor else ()) + law.shapes
    return (floor or law.expression.powers[-1].amplitude, *term_names(law), *law.exponents, *law.shapes)


def anchor_of(law: Law) -> str:
    """Look up the parameter that the level at the centre of the data stands for.

    Parameters
    ----------
    law : Law
        The law.

    Returns
    -------
    str
        The floor, or without one the last amplitude; empty without power terms.
    """
    return coordinate_names(law)[0] if law.expression.powers else ""


def inputs_at(law: Law, log_inputs: Array) -> dict[str, Array]:
    """Convert inputs from their axes to natural units.

    Parameters
    ----------
    law : Law
        Its inputs are the columns.
    log_inputs : array, shape (point, input)
        Inputs on their axes.

    Returns
    -------
    dict of str to array, each (point,)
        Inputs by name.
    """
    return {name: from_axis(name, log_inputs[:, j]) for j, name in enumerate(law.inputs)}


def coordinate_role(law: Law, name: str) -> str:
    """Look up what the coordinate of a parameter stands for.

    Parameters
    ----------
    law : Law
        The law.
    name : str
        One of its parameters.

    Returns
    -------
    str
        "floor", "amplitude" (a slope), "exponent", "q" or "shape"; without a floor also "level" and "share".
    """
    role = law.role(name)
    if law.expression.floor:
        return role
    if name == anchor_of(law):
        return "level"
    return "share" if role == "amplitude" else role


def prior_of(spec: Spec, name: str) -> Prior:
    """Look up the prior of a parameter's coordinate.

    Parameters
    ----------
    spec : Spec
        The law, and its priors.
    name : str
        One of the law's parameters.

    Returns
    -------
    Prior
        Of a floor fraction, relative level, relative slope, share, exponent or shape.
    """
    return spec.law.prior(name, coordinate_role(spec.law, name), spec.priors)


def scale_of(law: Law, name: str) -> Scale:
    """Look up the scale on which a parameter's coordinate has a normal prior; no table of priors changes it.

    Parameters
    ----------
    law : Law
        The law.
    name : str
        One of its parameters.

    Returns
    -------
    {"log", "logit", "identity"}
        The scale.
    """
    return law.prior(name, coordinate_role(law, name)).scale


def single_family_prior(spec: Spec, name: str) -> Prior:
    """Compute the prior of a pooled parameter of a single family.

    Parameters
    ----------
    spec : Spec
        The law, and its priors.
    name : str
        One of the law's parameters.

    Returns
    -------
    Prior
        Population and spread over families together, the spread at its median.
    """
    prior = prior_of(spec, name)
    between = float(np.exp(spread_prior(spec, name).location))
    return Prior(prior.scale, prior.location, float(np.hypot(prior.spread, between)))
