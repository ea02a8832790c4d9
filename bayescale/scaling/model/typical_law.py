"""A law at the medians of its priors: what is expected of runs before the sampler has seen them."""

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.priors import anchor_of, inputs_at, prior_of
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.parametrization import natural, term_names

type Array = NDArray[np.float64]

#: Sum of squares of the log response, within families, that weighs as much as leaving the typical law unstretched.
RIDGE = 0.01
SLOPE_STEP = 1e-3  # along an axis, of the finite difference of the log reducible response


def typical_level(spec: Spec, least: float) -> float:
    """Compute the level at the centre of the data relative to the least training value, at the medians of the priors.

    Parameters
    ----------
    spec : Spec
        A law with power terms, and its priors.
    least : float
        Least training value.

    Returns
    -------
    float
        Level over `least`.
    """
    law = spec.law
    anchor = prior_of(spec, anchor_of(law))
    at = float(anchor.natural(anchor.location))
    if not law.expression.floor:
        return at
    slopes = {name: prior_of(spec, name).quantile(0.5) for name in term_names(law)}
    exponents = {name: prior_of(spec, name).quantile(0.5) for name in law.exponents}
    floor = at if anchor.scale == "logit" else at / least
    return floor + sum(slopes[power.amplitude] / exponents[power.exponent] for power in law.expression.powers)


def extrapolate_min_loss(spec: Spec, latent: Array, family: NDArray[np.int64], log_inputs: Array) -> Array:
    """Extrapolate the least training value of every family to the scale that the farthest family reached.

    Families whose runs end at different scales would otherwise have floors and slopes relative to different values: a
    share of the loss that small runs reached is not comparable to the same share of that of large runs. The response
    falls from run to run as in the law at the medians of its priors, stretched to fit the table within its families
    (ridge regression of the log response, towards no stretch); every family's least value is extrapolated along it to
    the farthest of the runs at which families have theirs. Laws without a floor or without power terms keep their
    least values: nothing bounds an extrapolation.

    Parameters
    ----------
    spec : Spec
        The law, and its priors.
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
    law = spec.law
    members = [np.flatnonzero(family == k) for k in range(family.max() + 1)]
    best = np.array([rows[latent[rows].argmin()] for rows in members])
    least: Array = latent[best]
    if len(members) == 1 or not (law.expression.floor and law.expression.powers):
        return least
    expected = _log_expected(spec, float(np.exp(np.log(least).mean())), log_inputs)
    if not np.isfinite(expected).all():
        return least  # an input at which the typical law cannot be
    x, y = (
        values - np.array([values[rows].mean() for rows in members])[family] for values in (expected, np.log(latent))
    )
    stretch = max(0.0, float(x @ y + RIDGE) / float(x @ x + RIDGE))
    return np.asarray(least * np.exp(stretch * (expected[best].min() - expected[best])))


def _log_expected(spec: Spec, least: float, log_inputs: Array) -> Array:
    """Log of the latent quantity at points (point,) by the law at the medians of its priors, around their centre."""
    law = spec.law
    with np.errstate(all="ignore"):
        parameters = _typical_parameters(spec, least, log_inputs.mean(axis=0))
        return np.asarray(np.log(law.expression.evaluate(inputs_at(law, log_inputs), parameters, np)))


def _typical_parameters(spec: Spec, least: float, centre: Array) -> dict[str, float]:
    """Natural parameters at the medians of the priors, around a centre (input, on the axes)."""
    law = spec.law
    at = {name: float(value[0]) for name, value in inputs_at(law, centre[None]).items()}
    terms = {name: prior_of(spec, name).quantile(0.5) * least for name in term_names(law)}
    shapes = {name: prior_of(spec, name).quantile(0.5) for name in (*law.exponents, *law.shapes)}
    return natural(law, least * typical_level(spec, least), terms, shapes, at, np)


def reducible_slopes(spec: Spec, least: float, centre: Array) -> Array:
    """Compute the slopes of the log reducible response along the inputs, at the medians of the priors.

    Parameters
    ----------
    spec : Spec
        The law, and its priors.
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
    law, expression = spec.law, spec.law.expression
    if law.scale.name != "log" or not (expression.floor and expression.powers):
        return np.zeros(len(centre))
    steps = SLOPE_STEP * np.eye(len(centre))
    with np.errstate(all="ignore"):
        parameters = _typical_parameters(spec, least, centre)
        above, below = (
            np.log(expression.reducible(inputs_at(law, centre + sign * steps), parameters, np)) for sign in (1, -1)
        )
        slopes = np.asarray((above - below) / (2 * SLOPE_STEP))
    return slopes if np.isfinite(slopes).all() else np.zeros(len(centre))


def typical_extra(spec: Spec, least: float, centre: Array) -> float:
    """Compute what a law's formula adds to floor and power terms, at the medians of the priors.

    Parameters
    ----------
    spec : Spec
        The law, and its priors.
    least : float
        Least training value.
    centre : array, shape (input,)
        Centre of the data, on the axes.

    Returns
    -------
    float
        0 without a formula or a floor, and where the formula has no finite value.
    """
    law, extra = spec.law, spec.law.expression.extra
    if extra is None or not law.expression.floor or law.expression.floor in extra.names:
        return 0.0
    with np.errstate(all="ignore"):
        at = {name: float(value[0]) for name, value in inputs_at(law, centre[None]).items()}
        added = float(extra.evaluate({**at, **_typical_parameters(spec, least, centre)}, np))
    return added if np.isfinite(added) else 0.0
