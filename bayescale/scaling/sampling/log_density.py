"""The model's joint log density over draws, and draws as points of a space without bounds: NumPy, nothing compiled.

The space is that of the model's own variables, family values as themselves; the discrepancy's coefficients are taken
in units of its scale, which they would otherwise widen and narrow with. The likelihood is that of
`scaling/model/noise.py`, as in the compiled model.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.design import Design
from bayescale.scaling.model.parametrization import FamilyParameters, anchor_coordinate
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.predict.log_likelihood import log_likelihood, log_prior

type Array = NDArray[np.float64]

ORDER = ("population", "log_spread", "member", "free", "level", "noise", "noise_scale", "log_discrepancy", "weight")


def log_joint(design: Design, values: Mapping[str, Array]) -> Array:
    """Compute the log density of data and variables together, with respect to the points of `to_points`.

    Parameters
    ----------
    design : Design
        Data and priors.
    values : mapping of str to array, each (chain, draw, ...)
        Draws, as `Draws` holds them.

    Returns
    -------
    array, shape (chain, draw)
        Log densities, up to a constant that depends on nothing drawn; -inf where the law has no finite value.
    """
    layout = design.layout
    with np.errstate(all="ignore"):
        functions, coordinates = from_draws(design, values)
        out = log_likelihood(functions).sum(axis=-1) + sum(log_prior(design, values, coordinates).values())
        for i, name in enumerate(layout.pooled):
            mean, log_spread = values["population"][..., i, None], values["log_spread"][..., i, None]
            z = (coordinates[name] - mean) / np.exp(log_spread)
            out = out - (0.5 * z**2 + log_spread).sum(axis=-1)
        if layout.has_level:
            level = np.exp(values["level"])
            parameters = FamilyParameters(dict(functions.natural), level, functions.reducible, design.min_loss)
            out = out + anchor_coordinate(layout, parameters, np)[1].sum(axis=-1)
        if functions.weights is not None and functions.scale is not None:
            out = out - 0.5 * ((functions.weights / functions.scale[..., None]) ** 2).sum(axis=-1)
    return np.where(np.isfinite(out), out, -np.inf)


def to_points(values: Mapping[str, Array]) -> Array:
    """Join draws to points of a space without bounds.

    Parameters
    ----------
    values : mapping of str to array, each (chain, draw, ...)
        Draws, as `Draws` holds them.

    Returns
    -------
    array, shape (chain, draw, coordinate)
        Points.
    """
    variables = dict(values)
    if "weight" in variables:
        variables["weight"] = variables["weight"] / np.exp(variables["log_discrepancy"])[..., None]
    leading = variables["noise"].shape[:2]
    return np.concatenate([variables[name].reshape(*leading, -1) for name in ORDER if name in variables], axis=-1)


def from_points(points: Array, like: Mapping[str, Array]) -> dict[str, Array]:
    """Split points into draws; the inverse of `to_points`.

    Parameters
    ----------
    points : array, shape (chain, draw, coordinate)
        Points.
    like : mapping of str to array, each (any, any, ...)
        Draws of the same variables, for their shapes.

    Returns
    -------
    dict of str to array, each (chain, draw, ...)
        Draws, as `Draws` holds them.
    """
    out: dict[str, Array] = {}
    start = 0
    for name in (name for name in ORDER if name in like):
        shape = like[name].shape[2:]
        end = start + int(np.prod(shape))
        out[name] = points[..., start:end].reshape(*points.shape[:2], *shape)
        start = end
    if "weight" in out:
        out["weight"] = out["weight"] * np.exp(out["log_discrepancy"])[..., None]
    return out
