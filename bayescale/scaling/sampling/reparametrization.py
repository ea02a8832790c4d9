"""Between the variables that are sampled and the values they stand for: family values, discrepancy coefficients.

`forward` turns values into what is sampled, `inverse` turns it back. Which is which for a single value is defined in
`scaling/model/centring.py`, for the compiled model too.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.centring import Centring, from_centred, to_centred
from bayescale.scaling.model.design import Design
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.sampling.compilation import Density

type Array = NDArray[np.float64]


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
    out = dict(values)
    if "member" in values:
        mean, log_spread = _population(design, values)
        stretch = np.exp((1 - centring.members) * log_spread)
        out["member"] = to_centred(values["member"] - mean, mean, stretch, centring.members)
    if "weight" in values:
        stretch = np.exp((1 - centring.weights) * values["log_discrepancy"][..., None])
        projection = law_projection(design, values, centring)
        out["weight"] = to_centred(values["weight"] @ centring.turn, projection, stretch, centring.weights)
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
    """Compute families' values alone, which is all that a law needs.

    Parameters
    ----------
    design, variables, centring
        As in `inverse`.

    Returns
    -------
    dict of str to array
        `variables` with families' values as `member`.
    """
    out = dict(variables)
    if "member" in variables:
        mean, log_spread = _population(design, variables)
        stretch = np.exp(log_spread) ** (1 - centring.members)
        out["member"] = from_centred(variables["member"], mean, stretch, centring.members)
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


def _population(design: Design, variables: Mapping[str, Array]) -> tuple[Array, Array]:
    """Mean and log spread over families of the pooled parameters, each (..., member, 1)."""
    places = design.layout.member_places
    return variables["population"][..., places, None], variables["log_spread"][..., places, None]
