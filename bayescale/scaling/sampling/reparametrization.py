"""Between the variables that are sampled and the values they stand for: family values, discrepancy coefficients.

`forward` turns values into what is sampled, `inverse` turns it back. Which is which for a single value is defined in
`scaling/model/centring.py`, for the compiled model too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.centring import (
    Centring,
    from_centred,
    from_joined,
    from_joined_noise,
    to_centred,
    to_joined,
    to_joined_noise,
)
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.parametrization import level_shift
from bayescale.scaling.model.priors import inputs_at
from bayescale.scaling.predict.draws import centre_of, from_draws
from bayescale.scaling.sampling.compilation import Density

type Array = NDArray[np.float64]
type Change = Callable[[Sequence[Any], Sequence[str], Sequence[str], Sequence[Any], Any], list[Any]]


def forward(design: Design, values: Mapping[str, Array], centring: Centring) -> dict[str, Array]:
    """Compute the variables that are sampled from the values they stand for.

    Parameters
    ----------
    design : Design
        Layout, and data that the discrepancy is centred on.
    values : mapping of str to array, each (chain, draw, ...)
        Values, as `Draws` holds them.
    centring : Centring
        Degree of centring.

    Returns
    -------
    dict of str to array
        Variables of the compiled model; `inverse` gives `values` back.
    """
    out = family_variables(design, values, centring)
    if "weight" in values:
        stretch = np.exp((1 - centring.weights) * values["log_discrepancy"][..., None])
        projection = law_projection(design, values, centring)
        out["weight"] = to_centred(values["weight"] @ centring.turn, projection, stretch, centring.weights)
    return out


def family_variables(design: Design, values: Mapping[str, Array], centring: Centring) -> dict[str, Array]:
    """Compute the variables that are sampled for all but the discrepancy; the inverse of `with_family_values`.

    Parameters
    ----------
    design, values, centring
        As in `forward`.

    Returns
    -------
    dict of str to array
        `values` with `population`, `member`, `level` and `noise` as they are sampled.
    """
    out = dict(values)
    layout = design.layout
    terms = layout.joined_terms
    out["noise"] = _noise(design, values["noise"], to_joined_noise)
    if "member" in values:
        mean, stretch = _mean_and_stretch(design, values, centring)
        joined = joined_values(design, values, centring)
        out["member"] = to_centred(joined - mean, mean, stretch, centring.members)
    if "population" in values:
        out["population"] = _along(
            values["population"], -1, layout.population, terms, centring.population_weights, to_joined
        )
    if layout.family_levels:
        out["level"] = np.log(np.exp(values["level"]) - _level_shift(design, values))
    return out


def inverse(design: Design, variables: Mapping[str, Array], centring: Centring) -> dict[str, Array]:
    """Compute the values that sampled variables stand for.

    Parameters
    ----------
    design : Design
        Layout, and data that the discrepancy is centred on.
    variables : mapping of str to array, each (chain, draw, ...)
        Variables of the compiled model.
    centring : Centring
        Degree of centring.

    Returns
    -------
    dict of str to array
        Values: `member` (..., parameter, family) and `weight` (..., basis) are families' values and coefficients of
        the discrepancy's functions.
    """
    values = with_family_values(design, variables, centring)
    if "weight" in values:
        stretch = np.exp(values["log_discrepancy"])[..., None] ** (1 - centring.weights)
        projection = law_projection(design, values, centring)
        total = from_centred(values["weight"], projection, stretch, centring.weights)
        values["weight"] = np.asarray((total - projection) @ centring.turn.T)
    return values


def with_family_values(design: Design, variables: Mapping[str, Array], centring: Centring) -> dict[str, Array]:
    """Compute the values of all but the discrepancy, which is all that a law and its noise need.

    Parameters
    ----------
    design, variables, centring
        As in `inverse`.

    Returns
    -------
    dict of str to array
        `variables` with the values of population, families, levels and noise.
    """
    out = dict(variables)
    layout = design.layout
    terms = layout.joined_terms
    out["noise"] = _noise(design, variables["noise"], from_joined_noise)
    if "population" in variables:
        out["population"] = _along(
            variables["population"], -1, layout.population, terms, centring.population_weights, from_joined
        )
    if "member" in variables:
        mean, stretch = _mean_and_stretch(design, out, centring)
        joined = from_centred(variables["member"], mean, stretch, centring.members)
        out["member"] = _along(joined, -2, layout.members, terms, centring.term_weights, from_joined)
    if layout.family_levels:
        out["level"] = np.log(np.exp(variables["level"]) + _level_shift(design, out))
    return out


def law_projection(design: Design, values: Mapping[str, Array], centring: Centring) -> Array:
    """Project the law's log prediction at the data on the discrepancy's functions.

    Parameters
    ----------
    design : Design
        Law and data.
    values : mapping of str to array, each (chain, draw, ...)
        Values, of families at least.
    centring : Centring
        Its `projector`.

    Returns
    -------
    array, shape (chain, draw, basis)
        Coefficients, which the discrepancy's own are centred on.
    """
    functions, _ = from_draws(replace(design, basis=None), values)
    return np.concatenate(
        [chain.law_response(design.log_inputs, design.family) @ centring.projector for chain in functions.by_chain()]
    )


def recentre_weights(design: Design, density: Density, point: Array, centring: Centring) -> Array:
    """Move a point from uncentred weights to those of a centring.

    Parameters
    ----------
    design : Design
        Law and data.
    density : Density
        Its layout of points.
    point : array, shape (coordinate,)
        Point whose weights have centring 0 and are not rotated.
    centring : Centring
        New centring; that of the families is the one that `point` has.

    Returns
    -------
    array, shape (coordinate,)
        The same values in the new coordinates.
    """
    variables = density.unpack(point)
    scale = np.exp(variables["log_discrepancy"])
    values = with_family_values(design, density.unpack(point[None, None]), centring)
    projection = law_projection(design, values, centring)[0, 0]
    coefficients = centring.turn.T @ (scale * variables["weight"])
    out = point.copy()
    stretch = scale ** (1 - centring.weights)
    out[density.blocks["weight"][0]] = to_centred(coefficients, projection, stretch, centring.weights)
    return out


def joined_values(design: Design, values: Mapping[str, Array], centring: Centring) -> Array:
    """Take slopes of families' values as total and ratios.

    Parameters
    ----------
    design, values, centring
        As in `joined_deviations`.

    Returns
    -------
    array, shape (chain, draw, member, family)
        Values of pooled parameters.
    """
    layout = design.layout
    return _along(values["member"], -2, layout.members, layout.joined_terms, centring.term_weights, to_joined)


def joined_deviations(design: Design, values: Mapping[str, Array], centring: Centring) -> Array:
    """Compute how far families' values, slopes taken as total and ratios, lie from the same of their population.

    Parameters
    ----------
    design : Design
        Layout.
    values : mapping of str to array, each (chain, draw, ...)
        Values, as `Draws` holds them.
    centring : Centring
        Its weights of slopes.

    Returns
    -------
    array, shape (chain, draw, member, family)
        What is sampled, for a degree of centring of 0 and a spread of 1.
    """
    return np.asarray(joined_values(design, values, centring) - _mean_and_stretch(design, values, centring)[0])


def prior_variance(design: Design, values: Mapping[str, Array], centring: Centring) -> Array:
    """Compute the variance of `joined_deviations` given population and spreads, to first order in the spreads.

    Parameters
    ----------
    design, values, centring
        As in `joined_deviations`.

    Returns
    -------
    array, shape (chain, draw, member, family)
        Variances.
    """
    layout = design.layout
    repeated = np.ones(layout.n_families)
    out = np.exp(2 * values["log_spread"][..., layout.member_places, None]) * repeated
    if not layout.joined_terms:
        return out
    places = [layout.members.index(name) for name in layout.joined_terms]
    mean = values["population"][..., layout.member_places, None] * repeated
    total, *ratios = (out[..., place, :] for place in places)
    weighted = centring.term_weights * np.exp(mean[..., places, :])
    share = weighted / weighted.sum(axis=-2, keepdims=True)
    joined = (share**2 * out[..., places, :]).sum(axis=-2), *(total + ratio for ratio in ratios)
    out[..., places, :] = np.stack(joined, axis=-2)
    return out


def _mean_and_stretch(design: Design, values: Mapping[str, Array], centring: Centring) -> tuple[Array, Array]:
    """What families' coordinates are centred on, and the spread to the power of what is not centred.

    Both (..., member, family).
    """
    layout = design.layout
    log_spread = values["log_spread"][..., layout.member_places, None]
    mean = np.repeat(values["population"][..., layout.member_places, None], layout.n_families, axis=-1)
    mean = _along(mean, -2, layout.members, layout.joined_terms, centring.term_weights, to_joined)
    return mean, np.exp(log_spread) ** (1 - centring.members)


def _along(
    values: Array, axis: int, names: Sequence[str], joined: Sequence[str], weights: Array, change: Change
) -> Array:
    """Values with slopes along an axis of parameters changed."""
    parts = [np.take(values, i, axis) for i in range(len(names))]
    return np.stack(change(parts, names, joined, list(weights), np), axis)


def _noise(design: Design, noise: Array, change: Callable[..., list[Array]]) -> Array:
    """Noise parameters (..., noise_parameter), changed."""
    names = design.layout.noise_names
    return np.stack(change(list(np.moveaxis(noise, -1, 0)), names, design.layout.joined_noise, np), axis=-1)


def _level_shift(design: Design, values: Mapping[str, Array]) -> Array:
    """Latent quantity at the common centre over that at each family's own, shape (..., family)."""
    functions, _ = from_draws(replace(design, basis=None), values)
    at_families = inputs_at(design.spec.law, design.family_centres)
    return np.asarray(level_shift(design.layout, functions.natural, centre_of(design), at_families, np))
