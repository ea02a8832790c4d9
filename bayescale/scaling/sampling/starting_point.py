"""The point that searches for modes start from."""

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import prior_of, spread_prior
from bayescale.scaling.model.typical_law import typical_extra, typical_level
from bayescale.scaling.sampling.compilation import Density
from bayescale.scaling.sampling.reparametrization import family_variables

type Array = NDArray[np.float64]

WIDE_NOISE = 0.03
START_NOISE = {"noise_df": np.log(5.0), "noise_growth": 0.4, "noise_length": np.log(0.1)}


def starting_point(design: Design, density: Density) -> Array:
    """Compute the centre of the prior, with wide noise and the level that the prior's floor and slopes make.

    Parameters
    ----------
    design : Design
        Layout, priors, and least training values.
    density : Density
        Its layout of points.

    Returns
    -------
    array, shape (coordinate,)
        A point in coordinates of the default centring.
    """
    layout, spec = design.layout, design.spec
    variables = {name: np.zeros(shape) for name, (_, shape) in density.blocks.items()}
    centre = {name: prior_of(spec, name).location for name in (*layout.population, *layout.free)}
    if layout.population:
        variables["population"] = np.array([centre[name] for name in layout.population])
    if layout.pooled:
        variables["log_spread"] = np.array([spread_prior(spec, name).location for name in layout.pooled])
    if layout.members:
        means = np.array([[centre[name]] for name in layout.members])
        variables["member"] = means + np.zeros((1, layout.n_families))
    if layout.sampled_free:
        locations = np.array([[centre[name]] for name in layout.sampled_free])
        variables["free"] = locations + np.zeros((1, layout.n_families))
    if layout.has_level:
        variables["level"] = np.log(_levels(design))
    if layout.n_basis:
        variables["log_discrepancy"] = np.array(spec.priors["discrepancy_scale"].location)
    variables["noise"] = np.array([START_NOISE.get(name, np.log(WIDE_NOISE)) for name in layout.noise_names])
    leading = {name: value[None, None] for name, value in variables.items()}
    sampled = {name: value[0, 0] for name, value in family_variables(design, leading, default_centring(design)).items()}
    if layout.family_levels:
        sampled["level"] = np.where(np.isfinite(sampled["level"]), sampled["level"], variables["level"])
    return density.flatten(sampled)


def _levels(design: Design) -> Array:
    """Levels at the centre of the data (family,), at the medians of the priors."""
    spec = design.spec
    typical = float(np.exp(np.log(design.min_loss).mean()))
    levels = design.min_loss * typical_level(spec, typical)
    return np.asarray(np.maximum(levels + typical_extra(spec, typical, design.centre), 0.1 * levels))
