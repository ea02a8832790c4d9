"""Draws from the joint prior of a model, and data simulated from its noise.

The prior is that of `scaling/model/pymc_model.py`, number by number: what a design holds fixed (centre, least
response, unit, basis) is fixed here too. The prior of the anchor is of the coordinate of the floor, while the level is
what is sampled: so the coordinate is drawn and converted to a level. Parameters at which
the model's density is zero (a latent quantity below zero, a share above one, at some row) are not part of the prior and
are drawn again.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayescale.errors import LawError
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.noise import step_correlation
from bayescale.scaling.model.parametrization import FamilyParameters, anchor_coordinate
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling_laws.law import Law

type Array = NDArray[np.float64]
type Values = dict[str, Array]

AT_ONCE = 64
MOST_TRIES = 20_000  # draws of the prior for one that makes data
FLOORS, HALVINGS = (-1e3, 1e4), 80  # floors over the least response among which a level's is found, and how finely


def prior_draws(design: Design, count: int, rng: np.random.Generator) -> Values:
    """Draw the model's variables from their joint prior.

    Parameters
    ----------
    design : Design
        The model and the numbers it holds fixed.
    count : int
        Number of draws.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    dict of str to ndarray
        Variables (1, count, ...) as in `Draws.values`; levels as logarithms, NaN where the anchor's coordinate gives a
        level below zero.
    """
    from bayescale.scaling.model.centring import default_centring
    from bayescale.scaling.model.model_data import constants

    layout, const = design.layout, constants(design, default_centring(design))

    def normal(pairs: Array, *more: int) -> Array:
        mean, spread = pairs.reshape(*pairs.shape, *(1 for _ in more)).swapaxes(0, 1)
        return np.asarray(mean + spread * rng.standard_normal((1, count, len(pairs), *more)))

    out = {"noise": normal(const["noise"])}
    if layout.family_noise:
        out["noise_scale"] = normal(const["noise_scale"], layout.n_families)
    if layout.population:
        out["population"] = normal(const["population"])
    if layout.pooled:
        out["log_spread"] = normal(const["spread"])
    if layout.members:
        rows = [layout.pooled.index(name) for name in layout.members]
        out["member"] = _around(out, rows, layout.n_families, rng)
    if layout.sampled_free:
        out["free"] = normal(
            const["free"][[layout.free.index(name) for name in layout.sampled_free]], layout.n_families
        )
    if layout.n_basis:
        out["log_discrepancy"] = normal(const["discrepancy"][None])[..., 0]
        scale = np.exp(out["log_discrepancy"])[..., None]
        out["weight"] = scale * rng.standard_normal((1, count, layout.n_basis))
    if layout.has_level:
        if layout.anchor in layout.pooled:
            anchor = _around(out, [layout.pooled.index(layout.anchor)], layout.n_families, rng)
        else:
            anchor = normal(const["free"][[layout.free.index(layout.anchor)]], layout.n_families)
        out["level"] = _levels(design, out, anchor[..., 0, :])
    return out


def _around(values: Values, pooled: list[int], families: int, rng: np.random.Generator) -> Array:
    """Draw families' coordinates of some pooled parameters around their populations: (1, draw, parameter, family)."""
    mean, spread = values["population"][..., pooled, None], np.exp(values["log_spread"][..., pooled, None])
    return np.asarray(mean + spread * rng.standard_normal((*mean.shape[:-1], families)))


def _levels(design: Design, values: Mapping[str, Array], coordinate: Array) -> Array:
    """Invert `anchor_coordinate`: log levels at which the anchor has these coordinates (1, draw, family).

    With a floor by bisection, since the coordinate rises with the floor.
    """
    layout, floor = design.layout, design.spec.law.expression.floor
    if not floor:
        return np.asarray(np.log(design.min_loss) + coordinate)
    at_one, _ = from_draws(design, {**values, "level": np.zeros(coordinate.shape)})
    above = 1.0 - at_one.natural[floor]  # what power terms add at the centre, whatever the level
    low, high = (np.full(coordinate.shape, end) for end in FLOORS)
    with np.errstate(invalid="ignore"):  # on the way, levels may lie below zero
        for _ in range(HALVINGS):
            fraction = (low + high) / 2
            at = fraction * design.min_loss
            families = FamilyParameters({floor: at}, at + above, above, design.min_loss)
            attained, _ = anchor_coordinate(layout, families, np)
            low, high = np.where(attained < coordinate, fraction, low), np.where(attained < coordinate, high, fraction)
    level = low * design.min_loss + above
    return np.asarray(np.log(np.where(level > 0, level, np.nan)))


def possible(design: Design, values: Values) -> NDArray[np.bool_]:
    """Check whether the density of the model is above zero.

    Parameters
    ----------
    design : Design
        The model.
    values : mapping of str to ndarray
        Draws of its variables (1, draw, ...).

    Returns
    -------
    ndarray of bool
        Whether it is, for each draw (draw,).
    """
    law, layout = design.spec.law, design.layout
    with np.errstate(all="ignore"):
        functions, _ = from_draws(design, values)
        parameters = {name: value[..., design.family] for name, value in functions.natural.items()}
        response = law.evaluate(inputs_at(law, design.log_inputs), parameters)
        fine = np.isfinite(law.scale.forward(response, np)).all(axis=-1)
        variance = functions.noise_variance(design.log_inputs, design.family)
        fine &= (np.isfinite(variance) & (variance > 0)).all(axis=-1)
        if layout.has_level:
            fine &= np.isfinite(values["level"]).all(axis=-1)
    return np.asarray(fine[0])


def possible_draw(design: Design, rng: np.random.Generator) -> tuple[Values, int]:
    """Draw from the joint prior until data are possible.

    Parameters
    ----------
    design : Design
        The model.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    tuple of (dict of str to ndarray, int)
        One draw of the variables (1, 1, ...), and the number of draws that it took.

    Raises
    ------
    LawError
        If data are possible at none of `MOST_TRIES` draws.
    """
    for start in range(0, MOST_TRIES, AT_ONCE):
        values = prior_draws(design, AT_ONCE, rng)
        fine = np.flatnonzero(possible(design, values))
        if len(fine):
            return {name: value[:, fine[:1]] for name, value in values.items()}, start + int(fine[0]) + 1
    raise LawError(_impossible_prior(design.spec.law))


def _impossible_prior(law: Law) -> str:
    return (
        f"law {law.name!r}: none of {MOST_TRIES} draws from its priors gives a response on its {law.scale.name} "
        "scale at every row; give firmer priors: priors={...}"
    )


def simulated(design: Design, values: Values, rng: np.random.Generator) -> Array:
    """Simulate a response at the rows of a design.

    The noise is Student-t: normal given one scale factor a run, whose rows share an effect (multivariate t).

    Parameters
    ----------
    design : Design
        The model and its rows.
    values : mapping of str to ndarray
        One draw of its variables (1, 1, ...).
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    ndarray
        Response on the model's scale (obs,).
    """
    functions, _ = from_draws(design, values)
    at = design.log_inputs, design.family
    mean = (functions.law_response(*at) + functions.spanned(*at))[0, 0]
    return np.asarray(mean + _noise(functions, design, rng))


def _noise(functions: Functions, design: Design, rng: np.random.Generator) -> Array:
    noise = {name: float(value[0, 0]) for name, value in functions.noise.items()}
    variance = functions.noise_variance(design.log_inputs, design.family)[0, 0]
    stretch = np.sqrt(noise["noise_df"] / rng.chisquare(noise["noise_df"], len(design.runs)))
    effect = noise.get("noise_run", 0.0) * rng.standard_normal(len(design.runs))
    loading = np.broadcast_to(functions.noise_loading(design.family)[0, 0], design.family.shape)
    within = np.sqrt(variance) * _along_runs(design, noise.get("noise_length"), rng)
    return np.asarray(stretch[design.run] * (loading * effect[design.run] + within))


def _along_runs(design: Design, length: float | None, rng: np.random.Generator) -> Array:
    """Standard normal noise of every row, correlated along a run where the noise has a length."""
    out = rng.standard_normal(len(design.row))
    if length is None:
        return out
    correlation = step_correlation(design.step, length, np)
    for row in np.flatnonzero(correlation > 0):
        out[row] = correlation[row] * out[row - 1] + np.sqrt(1 - correlation[row] ** 2) * out[row]
    return out
