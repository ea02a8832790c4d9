"""The coordinate that is sampled for each parameter of a law, and its prior, for one family and over families."""

import numpy as np
from numpy.typing import NDArray

from bayescale.data.quantities import from_axis
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.parametrization import natural, term_names
from bayescale.scaling_laws.prior import Prior

type Array = NDArray[np.float64]

#: Sum of squares of the log response, within families, that weighs as much as leaving the typical law unstretched.
RIDGE = 0.01
SLOPE_STEP = 1e-3  # along an axis, of the finite difference of the log reducible response

#: Priors of the noise on log loss: Student-t with scale² = floor² + (slope·(R/R_centre)^growth)², R reducible loss.
NOISE_PRIORS = {
    "noise_floor": Prior("log", float(np.log(0.01)), 1.0),
    "noise_slope": Prior("log", float(np.log(0.01)), 1.0),
    "noise_growth": Prior("log", float(np.log(1.5)), 0.4),
    "noise_df": Prior("log", float(np.log(4.0)), 0.8),  # of what exceeds two degrees of freedom
    "noise_run": Prior("log", float(np.log(0.01)), 1.0),
    "noise_length": Prior("log", float(np.log(0.1)), 1.0),  # of correlation along a run: in e-folds of its inputs
}
#: Spread over families of a pooled parameter, in the coordinate of its prior (log or logit). Bounded away from zero:
#: at zero the hierarchy is a funnel, and families that do not differ at all do not occur.
SPREAD_PRIORS = {
    "exponent": Prior("log", float(np.log(0.1)), 0.5),
    "floor": Prior("log", float(np.log(0.3)), 0.5),
    "amplitude": Prior("log", float(np.log(0.3)), 0.5),
    "q": Prior("log", float(np.log(0.1)), 0.5),
}
SHAPE_SPREAD = Prior("log", float(np.log(0.3)), 0.5)  # relative to the spread of the parameter's own prior


def spread_prior(law: Law, name: str) -> Prior:
    """Look up the prior of a pooled parameter's spread over families.

    Parameters
    ----------
    law : Law
        The law.
    name : str
        One of its parameters.

    Returns
    -------
    Prior
        On the log scale.
    """
    role = law.role(name)
    if role in SPREAD_PRIORS:
        return SPREAD_PRIORS[role]
    return Prior("log", SHAPE_SPREAD.location + float(np.log(law.prior(name).spread)), SHAPE_SPREAD.spread)


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


def prior_of(law: Law, name: str) -> Prior:
    """Look up the prior of a parameter's coordinate.

    Parameters
    ----------
    law : Law
        The law.
    name : str
        One of its parameters.

    Returns
    -------
    Prior
        Of a floor fraction, relative level, relative slope, share, exponent or shape.
    """
    if law.expression.floor:
        return law.prior(name)
    if name == anchor_of(law):
        return law.prior(name, "level")
    return law.prior(name, "share" if law.role(name) == "amplitude" else None)


def single_family_prior(law: Law, name: str) -> Prior:
    """Compute the prior of a pooled parameter of a single family.

    Parameters
    ----------
    law : Law
        The law.
    name : str
        One of its parameters.

    Returns
    -------
    Prior
        Population and spread over families together, the spread at its median.
    """
    prior = prior_of(law, name)
    between = float(np.exp(spread_prior(law, name).location))
    return Prior(prior.scale, prior.location, float(np.hypot(prior.spread, between)))


def typical_level(law: Law, least: float) -> float:
    """Compute the level at the centre of the data relative to the least training value, at the medians of the priors.

    Parameters
    ----------
    law : Law
        A law with power terms.
    least : float
        Least training value.

    Returns
    -------
    float
        Level over `least`.
    """
    anchor = prior_of(law, anchor_of(law))
    at = float(anchor.natural(anchor.location))
    if not law.expression.floor:
        return at
    slopes = {name: prior_of(law, name).quantile(0.5) for name in term_names(law)}
    exponents = {name: prior_of(law, name).quantile(0.5) for name in law.exponents}
    floor = at if anchor.scale == "logit" else at / least
    return floor + sum(slopes[power.amplitude] / exponents[power.exponent] for power in law.expression.powers)


def extrapolate_min_loss(law: Law, latent: Array, family: NDArray[np.int64], log_inputs: Array) -> Array:
    """Extrapolate the least training value of every family to the scale that the farthest family reached.

    Families whose runs end at different scales would otherwise have floors and slopes relative to different values: a
    share of the loss that small runs reached is not comparable to the same share of that of large runs. The response
    falls from run to run as in the law at the medians of its priors, stretched to fit the table within its families
    (ridge regression of the log response, towards no stretch); every family's least value is extrapolated along it to
    the farthest of the runs at which families have theirs. Laws without a floor or without power terms keep their
    least values: nothing bounds an extrapolation.

    Parameters
    ----------
    law : Law
        The law.
    latent : array, shape (obs,)
        The quantity that floor and terms add up to.
    family : array of int, shape (obs,)
        Index of each row's family.
    log_inputs : array, shape (obs, input)
        Inputs on their axes.

    Returns
    -------
    array, shape (family,)
        Least values, had all families come equally far.
    """
    members = [np.flatnonzero(family == k) for k in range(family.max() + 1)]
    best = np.array([rows[latent[rows].argmin()] for rows in members])
    least: Array = latent[best]
    if len(members) == 1 or not (law.expression.floor and law.expression.powers):
        return least
    expected = _log_expected(law, float(np.exp(np.log(least).mean())), log_inputs)
    if not np.isfinite(expected).all():
        return least  # an input at which the typical law cannot be
    x, y = (
        values - np.array([values[rows].mean() for rows in members])[family] for values in (expected, np.log(latent))
    )
    stretch = max(0.0, float(x @ y + RIDGE) / float(x @ x + RIDGE))
    return np.asarray(least * np.exp(stretch * (expected[best].min() - expected[best])))


def _log_expected(law: Law, least: float, log_inputs: Array) -> Array:
    """Log of the latent quantity at points (point,) by the law at the medians of its priors, around their centre."""
    with np.errstate(all="ignore"):
        parameters = _typical_parameters(law, least, log_inputs.mean(axis=0))
        return np.asarray(np.log(law.expression.evaluate(inputs_at(law, log_inputs), parameters, np)))


def _typical_parameters(law: Law, least: float, centre: Array) -> dict[str, float]:
    """Natural parameters at the medians of the priors, around a centre (input, on the axes)."""
    at = {name: float(value[0]) for name, value in inputs_at(law, centre[None]).items()}
    terms = {name: prior_of(law, name).quantile(0.5) * least for name in term_names(law)}
    shapes = {name: prior_of(law, name).quantile(0.5) for name in (*law.exponents, *law.shapes)}
    return natural(law, least * typical_level(law, least), terms, shapes, at, np)


def reducible_slopes(law: Law, least: float, centre: Array) -> Array:
    """Compute the slopes of the log reducible response along the inputs, at the medians of the priors.

    Parameters
    ----------
    law : Law
        The law.
    least : float
        Least training value.
    centre : array, shape (input,)
        Centre of the data, on the axes.

    Returns
    -------
    array, shape (input,)
        Slopes at the centre; zeros off the log scale, for laws without a floor or without power terms, and where the
        law has no finite value.
    """
    expression = law.expression
    if law.scale.name != "log" or not (expression.floor and expression.powers):
        return np.zeros(len(centre))
    steps = SLOPE_STEP * np.eye(len(centre))
    with np.errstate(all="ignore"):
        parameters = _typical_parameters(law, least, centre)
        above, below = (
            np.log(expression.reducible(inputs_at(law, centre + sign * steps), parameters, np)) for sign in (1, -1)
        )
        slopes = np.asarray((above - below) / (2 * SLOPE_STEP))
    return slopes if np.isfinite(slopes).all() else np.zeros(len(centre))


def typical_extra(law: Law, least: float, centre: Array) -> float:
    """Compute what a law's formula adds to floor and power terms, at the medians of the priors.

    Parameters
    ----------
    law : Law
        The law.
    least : float
        Least training value.
    centre : array, shape (input,)
        Centre of the data, on the axes.

    Returns
    -------
    float
        0 without a formula or a floor, and where the formula has no finite value.
    """
    extra = law.expression.extra
    if extra is None or not law.expression.floor or law.expression.floor in extra.names:
        return 0.0
    with np.errstate(all="ignore"):
        at = {name: float(value[0]) for name, value in inputs_at(law, centre[None]).items()}
        added = float(extra.evaluate({**at, **_typical_parameters(law, least, centre)}, np))
    return added if np.isfinite(added) else 0.0
