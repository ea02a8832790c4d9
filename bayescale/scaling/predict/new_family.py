"""A new family, drawn from the population: one family per posterior draw."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.scaling.model.design import Design
from bayescale.scaling.model.parametrization import FamilyParameters, natural_parameters
from bayescale.scaling.model.priors import FAMILY_NOISE, coordinate_names, prior_of, spread_prior
from bayescale.scaling.predict.draws import Functions, centre_of

type Array = NDArray[np.float64]

NEW = -1  # index of a new family


def functions_with_new_family(design: Design, posterior: xr.Dataset, seed: int) -> Functions:
    """Return the draws of a posterior as functions, with a new family after those of the data.

    Parameters
    ----------
    design : Design
        What was fitted.
    posterior : Dataset
        Group `posterior` of the tree.
    seed : int
        Predictive seed of the posterior.

    Returns
    -------
    Functions
        Family index −1 is the new family.
    """
    fitted = {name: posterior[name].to_numpy() for name in design.spec.law.parameter_names}
    coordinates = _new_coordinates(design, posterior, seed)
    least = np.exp(np.log(design.min_loss).mean())
    new = natural_parameters(design.layout, coordinates, None, least, centre_of(design), np)
    noise = {name: posterior[name].to_numpy() for name in design.layout.noise_names}
    weights = scale = None
    if design.basis is not None:
        weights, scale = posterior["discrepancy_weights"].to_numpy(), posterior["discrepancy_scale"].to_numpy()
    natural = {name: np.concatenate([value, new.natural[name]], axis=-1) for name, value in fitted.items()}
    noise_scale = _noise_scale(posterior, seed) if design.layout.family_noise else None
    return Functions(design, natural, _reducible(design, fitted, new), noise, weights, scale, noise_scale)


def _noise_scale(posterior: xr.Dataset, seed: int) -> Array:
    """Scales of the families' noise, and that of a new one from its prior (chain, draw, family + 1)."""
    fitted = posterior["noise_scale"].to_numpy()
    rng = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    new = np.exp(FAMILY_NOISE.location + FAMILY_NOISE.spread * rng.standard_normal((*fitted.shape[:2], 1)))
    return np.concatenate([fitted, new], axis=-1)


def _reducible(design: Design, fitted: dict[str, Array], new: FamilyParameters) -> Array:
    """Reducible response at the centre of the data: families of the data, then the new one."""
    seen = design.spec.law.expression.reducible(centre_of(design), fitted, np)
    return np.concatenate([seen, np.broadcast_to(new.reducible, (*seen.shape[:-1], 1))], axis=-1)


def _new_coordinates(design: Design, posterior: xr.Dataset, seed: int) -> dict[str, Array]:
    """Draw a new family's coordinates by name, each (chain, draw, 1)."""
    layout = design.layout
    coordinates = posterior["coordinate"].to_numpy()
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0]))
    out = {}
    for i, name in enumerate(coordinate_names(layout.law)):
        noise = rng.standard_normal((2, *coordinates.shape[:2]))
        if name in layout.population:
            value = posterior["population"].to_numpy()[..., layout.population.index(name)]
            if name in layout.pooled:
                value = value + posterior["spread"].to_numpy()[..., layout.pooled.index(name)] * noise[0]
        elif len(design.families) == 1 and design.spec.pooling_of(name) == "partial":
            value = _second_family(design, name, coordinates[:, :, i, 0], noise, rng)
        else:
            prior = prior_of(design.spec, name)
            value = prior.location + prior.spread * noise[0]
        out[name] = value[..., None]
    return out


def _second_family(design: Design, name: str, seen: Array, noise: Array, rng: np.random.Generator) -> Array:
    """Draw a second family after one: the spread from its prior, then the mean given the first (conjugate normal)."""
    prior, between = prior_of(design.spec, name), spread_prior(design.spec, name)
    spread = np.exp(between.location + between.spread * rng.standard_normal(seen.shape))
    precision = prior.spread**-2 + spread**-2
    mean = (prior.location * prior.spread**-2 + seen * spread**-2) / precision + noise[0] / np.sqrt(precision)
    return np.asarray(mean + spread * noise[1])
