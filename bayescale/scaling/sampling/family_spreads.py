"""Spreads over families and the families' centring, found by EM before sampling."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.centring import Centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.priors import spread_prior
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.sampling.compilation import SOFTEST, STEP, Data, Density
from bayescale.scaling.sampling.mode_search import ModeSearch
from bayescale.scaling.sampling.reparametrization import (
    family_variables,
    joined_deviations,
    prior_variance,
    with_family_values,
)

type Array = NDArray[np.float64]

ROUNDS = 12  # of EM; rarely more than five are needed
SETTLED = 0.03  # in log spread
NEWTON_STEPS = 50


def spread_indices(density: Density, design: Design) -> tuple[int, ...]:
    """Look up the indices in a point of the log spreads of the parameters that vary over families.

    Parameters
    ----------
    density : Density
        Its layout of points.
    design : Design
        Which parameters are pooled.

    Returns
    -------
    tuple of int
        One index per varying parameter.
    """
    first = density.blocks["log_spread"][0].start
    return tuple(first + design.layout.pooled.index(name) for name in _varying(design))


def _varying(design: Design) -> tuple[str, ...]:
    """Pooled parameters: those sampled as themselves, then the anchor, which is sampled as the level."""
    layout = design.layout
    return (*layout.members, *(name for name in layout.pooled if name == layout.anchor))


def fit_spreads(search: ModeSearch, point: Array, centring: Centring) -> tuple[Array, Centring]:
    """Find spreads over families with the families' own values integrated out, and the families' centring.

    The joint mode takes the scatter of single families' estimates for spread, wherever each is known worse than the
    families differ: the more families, the farther off. EM (with Laplace's variances of the families' values) goes to
    the mode of the spread's own posterior instead. How far a family's value is then centred is the data's share of what
    is known of it.

    Parameters
    ----------
    search : ModeSearch
        Search for modes with the spreads held.
    point : array, shape (coordinate,)
        Where to start, in coordinates of `centring`.
    centring : Centring
        Centring to start from.

    Returns
    -------
    point : array, shape (coordinate,)
        A mode with the spreads found, in coordinates of the new centring.
    centring : Centring
        The new centring.
    """
    design, density = search.design, search.density
    spreads = list(spread_indices(density, design))
    priors = [spread_prior(design.spec, name) for name in _varying(design)]
    location, width = np.array([prior.location for prior in priors]), np.array([prior.spread for prior in priors])
    for _ in range(ROUNDS):
        data = pack_data(design, centring, jacobian_power=0.0)
        point = search.mode(data, point)
        values = with_family_values(design, density.unpack(point[None, None]), centring)
        deviation, _ = _deviations(design, density, point[None], centring)
        widest = np.exp(2 * point[spreads])[:, None]  # away from a mode, data may reduce the prior's curvature
        variance, joined = _variances(search, data, point, centring)
        scatter = deviation[0] ** 2 + np.minimum(variance, widest)
        log_spread = _spread_mode(scatter.sum(axis=1), len(design.families), location, width)
        moved = np.abs(log_spread - point[spreads]).max()
        values["log_spread"][0, 0, design.layout.member_places] = log_spread[: len(design.layout.members)]
        point[spreads] = log_spread
        prior = prior_variance(design, values, centring)[0, 0]
        centring = replace(centring, members=np.clip(1 - joined / prior, 0.0, 1.0))
        sampled = family_variables(design, values, centring)
        point[density.blocks["member"][0]] = np.ravel(sampled["member"])
        if moved < SETTLED:
            break
    return point, centring


def _spread_mode(scatter: Array, count: int, location: Array, width: Array) -> Array:
    """Log spread t that maximises −count·t − scatter·exp(−2t)/2 − (t − location)²/(2·width²), by Newton's method."""
    t = location.copy()
    for _ in range(NEWTON_STEPS):
        pull = scatter * np.exp(-2 * t)
        t += np.clip((pull - count - (t - location) / width**2) / (2 * pull + 1 / width**2), -1.0, 1.0)
    return np.asarray(t)


def _variances(search: ModeSearch, data: Data, point: Array, centring: Centring) -> tuple[Array, Array]:
    """Laplace variances of the deviations of families from their population, as `_deviations` returns them.

    The population is given and some coordinates are held.
    """
    design, density = search.design, search.density
    population = density.blocks["population"][0]
    free = np.setdiff1d(np.arange(density.size), (*search.held, *range(population.start, population.stop)))
    values, vectors = np.linalg.eigh(density.curvature(point, data)[np.ix_(free, free)])
    root = vectors / np.sqrt(np.maximum(values, SOFTEST))
    steps = STEP * np.eye(density.size)[free]
    above, below = (_deviations(design, density, point + sign * steps, centring) for sign in (1, -1))
    slopes = [(high - low) / (2 * STEP) for high, low in zip(above, below, strict=True)]
    first, second = ((np.tensordot(root, slope, (0, 0)) ** 2).sum(axis=0) for slope in slopes)
    return np.asarray(first), np.asarray(second)


def _deviations(design: Design, density: Density, points: Array, centring: Centring) -> tuple[Array, Array]:
    """Distances of families from their population at points (point, coordinate).

    Of values (point, varying parameter, family), and of what is sampled centred in their place (point, member, family).
    """
    variables = density.unpack(points[None])
    values = with_family_values(design, variables, centring)
    _, coordinates = from_draws(replace(design, basis=None), values)
    names, pooled = _varying(design), design.layout.pooled
    means = values["population"][0][:, [pooled.index(name) for name in names]]
    deviations = np.stack([coordinates[name][0] for name in names], axis=1) - means[..., None]
    return np.asarray(deviations), joined_deviations(design, values, centring)[0]
