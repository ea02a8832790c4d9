"""The hierarchical model. The only module that creates random variables.

Its compiled code depends on the `Layout` alone: rows, priors, anchors and centrings are data, so that the next fit
of the same layout swaps them in without compiling. Log-likelihood and predictions over draws are computed by NumPy
from the same formulas: no variable of the size of the data is stored.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from bayescale.data.quantities import from_axis
from bayescale.scaling.model.centring import Centring, from_centred, from_joined, from_joined_noise, to_joined
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.model_data import LEADING_COLUMNS, constants, pack_data
from bayescale.scaling.model.noise import log_density, noise_parameters, noise_variance
from bayescale.scaling.model.parametrization import (
    FamilyParameters,
    anchor_coordinate,
    natural_parameters,
    with_family_level,
)
from bayescale.scaling.model.run_rows import RunRows

type Array = NDArray[np.float64]


def build_model(design: Design, centring: Centring) -> pm.Model:
    """Build the PyMC model of a design.

    Random variables: `population` and `log_spread` (coordinates of pooled and shared parameters), `member`
    (partially centred family values), `free`, `level` (log latent quantity at the centre of each family's data),
    `noise` (log scale), and with a discrepancy `log_discrepancy` and `weight`. In `population` and `member` the slopes
    of a law's terms are sampled as their total and ratios, in `noise` floor and slope as the noise at the centre of the
    data and their ratio; a potential then holds their prior, which stays that of the parameters themselves.

    Parameters
    ----------
    design : Design
        Layout, data and priors.
    centring : Centring
        Degree of centring of families and discrepancy.

    Returns
    -------
    pymc.Model
        The model, with the data `rows` and `constants` (`pack_data`).
    """
    layout, packed = design.layout, pack_data(design, centring)
    coords = {
        "family": range(layout.n_families),
        "population_parameter": layout.population,
        "pooled_parameter": layout.pooled,
        "member_parameter": layout.members,
        "free_parameter": layout.sampled_free,
        "noise_parameter": layout.noise_names,
        "basis": range(layout.n_basis),
    }
    with pm.Model(coords={dim: list(labels) for dim, labels in coords.items()}) as model:
        rows = pm.Data("rows", packed["rows"])
        const = _unpack(pm.Data("constants", packed["constants"]), constants(design, centring))
        coordinates, anchor_prior = _coordinates(layout, const)
        level = pm.Flat("level", shape=layout.n_families) if layout.has_level else None
        centre = {name: from_axis(name, const["centre"][j], pt) for j, name in enumerate(layout.law.inputs)}
        parameters = natural_parameters(layout, coordinates, level, const["min_loss"], centre, pt)
        level_jacobian: Any = 0.0
        if layout.family_levels:
            at_families = {
                name: from_axis(name, const["family_centres"][:, j], pt) for j, name in enumerate(layout.law.inputs)
            }
            parameters = with_family_level(layout, parameters, centre, at_families, pt)
            level_jacobian = level - pt.log(parameters.level)
        if layout.has_level:  # the level is what data determine; its prior is that of the anchor
            coordinate, jacobian = anchor_coordinate(layout, parameters, pt)
            mean, spread = anchor_prior
            pm.Potential(
                "anchor_prior",
                pt.sum(jacobian + level_jacobian - 0.5 * ((coordinate - mean) / spread) ** 2 - pt.log(spread)),
            )
        _likelihood(layout, rows, parameters, const)
    return model


def _unpack(flat: Any, parts: Mapping[str, Array]) -> dict[str, Any]:
    """Constants by name, from the flat array and the shapes of `parts`."""
    out, start = {}, 0
    for name, part in parts.items():
        out[name] = flat[start : start + part.size].reshape(part.shape)
        start += part.size
    return out


def _coordinates(layout: Layout, const: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Any, Any]]:
    """Coordinates by parameter name, each (family,), and mean and spread of the anchor's prior."""
    out: dict[str, Any] = {}
    anchor: tuple[Any, Any] = (0.0, 1.0)
    if layout.population:
        prior = const["population"]
        population = _population(layout, const)
        out |= {
            name: population[i] + pt.zeros(layout.n_families)
            for i, name in enumerate(layout.population)
            if name in layout.shared
        }
    if layout.pooled:
        prior = const["spread"]
        spread = pt.exp(pm.Normal("log_spread", prior[:, 0], prior[:, 1], shape=len(layout.pooled)))
        places = layout.member_places
        if layout.members:
            values = _members(layout, population[places], spread[places], const)
            out |= {name: values[i] for i, name in enumerate(layout.members)}
        if layout.anchor in layout.pooled:
            i = layout.pooled.index(layout.anchor)
            anchor = (population[i], spread[i])
    if layout.sampled_free:
        prior = const["free"][[layout.free.index(name) for name in layout.sampled_free]]
        free = pm.Normal("free", prior[:, :1], prior[:, 1:], shape=(len(layout.sampled_free), layout.n_families))
        out |= {name: free[i] for i, name in enumerate(layout.sampled_free)}
    if layout.anchor in layout.free:
        prior = const["free"][layout.free.index(layout.anchor)]
        anchor = (prior[0], prior[1])
    return out, anchor


def _population(layout: Layout, const: Mapping[str, Any]) -> Any:
    """Coordinates of the population (population_parameter,), slopes sampled as their total and ratios."""
    prior, count = const["population"], len(layout.population)
    if not layout.joined_terms:
        return pm.Normal("population", prior[:, 0], prior[:, 1], shape=count)
    sampled = pm.Flat("population", shape=count)
    rows = [sampled[i] for i in range(count)]
    values = pt.stack(from_joined(rows, layout.population, layout.joined_terms, const["population_weights"], pt))
    pm.Potential("population_prior", pt.sum(pm.logp(pm.Normal.dist(prior[:, 0], prior[:, 1]), values)))
    return values


def _members(layout: Layout, mean: Any, spread: Any, const: Mapping[str, Any]) -> list[Any]:
    """Families' values of the pooled parameters, each (family,), from what is sampled in their place."""
    count, centring = len(layout.members), const["members"]
    shape = (count, layout.n_families)
    if not layout.joined_terms:
        mean, scale = mean[:, None], spread[:, None]
        member = pm.Normal("member", centring * mean, scale**centring, shape=shape)
        values = from_centred(member, mean, scale ** (1 - centring), centring)
        return [values[i] for i in range(count)]
    sampled = pm.Flat("member", shape=shape)
    terms = layout.joined_terms, const["term_weights"], pt
    centres = to_joined([mean[i] + pt.zeros(layout.n_families) for i in range(count)], layout.members, *terms)
    joined = [from_centred(sampled[i], centres[i], spread[i] ** (1 - centring[i]), centring[i]) for i in range(count)]
    values = from_joined(joined, layout.members, *terms)
    deviation = [
        -0.5 * ((values[i] - mean[i]) / spread[i]) ** 2 - centring[i] * pt.log(spread[i]) for i in range(count)
    ]
    pm.Potential("member_prior", pt.sum(pt.stack(deviation)))
    return values


def _discrepancy(layout: Layout, rows: Any, log_law: Any, const: Mapping[str, Any]) -> Any:
    """The discrepancy at the rows, its coefficients sampled partially centred on the law's own prediction."""
    start = LEADING_COLUMNS + len(layout.law.inputs)
    functions, projector = rows[:, start : start + layout.n_basis], rows[:, start + layout.n_basis :]
    prior, centring = const["discrepancy"], const["weights"]
    scale = pt.exp(pm.Normal("log_discrepancy", prior[0], prior[1]))
    projected = log_law @ projector
    weight = pm.Normal("weight", centring * projected, scale**centring, shape=layout.n_basis)
    return functions @ (from_centred(weight, projected, scale ** (1 - centring), centring) - projected)


def _log_noise(layout: Layout, prior: Any) -> Any:
    """Log noise parameters (noise_parameter,), floor and slope sampled together."""
    names = layout.noise_names
    if not layout.joined_noise:
        return pm.Normal("noise", prior[:, 0], prior[:, 1], shape=len(names))
    sampled = pm.Flat("noise", shape=len(names))
    values = pt.stack(from_joined_noise([sampled[i] for i in range(len(names))], names, layout.joined_noise, pt))
    pm.Potential("noise_prior", pt.sum(pm.logp(pm.Normal.dist(prior[:, 0], prior[:, 1]), values)))
    return values


def _likelihood(layout: Layout, rows: Any, parameters: FamilyParameters, const: Mapping[str, Any]) -> None:
    """Add the noise parameters and the log density of the rows to the model."""
    law = layout.law
    noise = noise_parameters(layout, _log_noise(layout, const["noise"]), pt)
    inputs = {name: from_axis(name, rows[:, LEADING_COLUMNS + j], pt) for j, name in enumerate(law.inputs)}
    by_row, centre_reducible = _by_row(layout, rows, parameters)
    reducible = law.expression.reducible(inputs, by_row, pt)
    latent = reducible + by_row[law.expression.floor] if law.expression.floor else reducible
    mean = law.scale.forward(law.link.forward(latent, pt), pt) / const["unit"][0]
    if layout.n_basis:
        mean = mean + _discrepancy(layout, rows, mean, const)
    variance = noise_variance(layout, noise, reducible / centre_reducible, pt)
    run_rows = None
    if layout.run_noise:
        run = rows[:, 2].astype("int64")
        run_rows = RunRows(run, rows[:, 3], pt.max(run) + 1)
    pm.Potential("log_likelihood", log_density(rows[:, 0] - mean, variance, noise, run_rows, pt, total=True))


def _by_row(layout: Layout, rows: Any, parameters: FamilyParameters) -> tuple[dict[str, Any], Any]:
    """Natural parameters of each row's family. Amplitudes are gathered as logs, which the formula takes anyway."""
    natural = parameters.natural
    if layout.n_families == 1:
        return {name: value[0] for name, value in natural.items()}, parameters.reducible[0]
    amplitudes = {power.amplitude for power in layout.law.expression.powers}
    columns = [pt.log(value) if name in amplitudes else value for name, value in natural.items()]
    gathered = pt.stack([*columns, parameters.reducible])[:, rows[:, 1].astype("int64")]
    out = {name: pt.exp(gathered[i]) if name in amplitudes else gathered[i] for i, name in enumerate(natural)}
    return out, gathered[len(columns)]
