"""The hierarchical model, defined once: for PyMC's graph and for the compiled density.

`define` states every variable with its prior, and the log density of the rows. What a variable is depends on the graph:
a random variable of PyMC (`scaling/model/pymc_model.py`) or an element of a point (`scaling/kernel/recorded_model.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bayescale.data.quantities import from_axis
from bayescale.scaling.model.centring import from_centred, from_joined, from_joined_noise, to_joined
from bayescale.scaling.model.graph import Graph
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.noise import log_density, noise_parameters, noise_variance
from bayescale.scaling.model.parametrization import (
    FamilyParameters,
    anchor_coordinate,
    natural_parameters,
    with_family_level,
)


def define(layout: Layout, graph: Graph) -> None:
    """Define the model of a layout on a graph.

    Variables: `population` and `log_spread` (coordinates of pooled and shared parameters), `member` (partially centred
    family values), `free`, `level` (log latent quantity at the centre of each family's data), `noise` (log scale),
    where every family has its noise `noise_scale` (log of its noise over that of all), and with a discrepancy
    `log_discrepancy` and `weight`. In `population` and `member` the slopes of a law's terms are sampled as their total
    and ratios, in `noise` floor and slope as the noise at the centre and their ratio: their prior stays that of the
    parameters themselves.

    Parameters
    ----------
    layout : Layout
        Shape of the model.
    graph : Graph
        What variables, data and arithmetic are.
    """
    xp = graph.xp
    coordinates, anchor_prior = _coordinates(layout, graph)
    level = graph.family_flat("level") if layout.has_level else None
    centre = {name: from_axis(name, graph.constant("centre")[j], xp) for j, name in enumerate(layout.law.inputs)}
    parameters = natural_parameters(layout, coordinates, level, graph.constant("min_loss"), centre, xp)
    level_jacobian: Any = 0.0
    if layout.family_levels:
        centres = graph.constant("family_centres")
        family_centre = {name: from_axis(name, centres[j], xp) for j, name in enumerate(layout.law.inputs)}
        parameters = with_family_level(layout, parameters, centre, family_centre, xp)
        level_jacobian = level - xp.log(parameters.level)
    if layout.has_level:  # the level is what data determine; its prior is that of the anchor
        coordinate, jacobian = anchor_coordinate(layout, parameters, xp)
        jacobian = graph.constant("jacobian_power") * (jacobian + level_jacobian)
        graph.add("anchor_prior", jacobian + _log_normal(coordinate, anchor_prior, xp))
    _likelihood(layout, graph, parameters)


def _coordinates(layout: Layout, graph: Graph) -> tuple[dict[str, Any], tuple[Any, Any]]:
    """Coordinates by parameter name, each (family,) or a scalar, and the prior of the anchor."""
    out: dict[str, Any] = {}
    anchor: tuple[Any, Any] = (0.0, 1.0)
    if layout.population:
        population = _population(layout, graph)
        out |= {name: population[i] for i, name in enumerate(layout.population) if name in layout.shared}
    if layout.pooled:
        log_spread = graph.normals("log_spread", _priors(graph, "spread", len(layout.pooled)))
        spread = [graph.xp.exp(log_spread[i]) for i in range(len(layout.pooled))]
        if layout.members:
            places = layout.member_places
            out |= _members(layout, graph, [(population[i], spread[i]) for i in places])
        if layout.anchor in layout.pooled:
            i = layout.pooled.index(layout.anchor)
            anchor = (population[i], spread[i])
    priors = _priors(graph, "free", len(layout.free))
    if layout.sampled_free:
        free = graph.family_normals("free", [priors[layout.free.index(name)] for name in layout.sampled_free])
        out |= {name: free[i] for i, name in enumerate(layout.sampled_free)}
    if layout.anchor in layout.free:
        anchor = priors[layout.free.index(layout.anchor)]
    return out, anchor


def _priors(graph: Graph, name: str, count: int) -> list[tuple[Any, Any]]:
    """Priors that are data: pairs of mean and standard deviation."""
    table = graph.constant(name) if count else []
    return [(table[i][0], table[i][1]) for i in range(count)]


def _log_normal(value: Any, prior: tuple[Any, Any], xp: Any) -> Any:
    """Log density of a normal prior, up to a constant."""
    mean, spread = prior
    return -0.5 * ((value - mean) / spread) ** 2 - xp.log(spread)


def _population(layout: Layout, graph: Graph) -> Sequence[Any]:
    """Coordinates of the population, slopes sampled as their total and ratios."""
    priors = _priors(graph, "population", len(layout.population))
    if not layout.joined_terms:
        return graph.normals("population", priors)
    sampled = graph.flats("population", len(priors))
    weights = graph.constant("population_weights")
    values = from_joined(_listed(sampled, priors), layout.population, layout.joined_terms, weights, graph.xp)
    _add_priors(graph, "population_prior", values, priors)
    return values


def _members(layout: Layout, graph: Graph, priors: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """Values of pooled parameters by name, each (family,), sampled partially centred on their priors."""
    centring, xp = graph.constant("members"), graph.xp
    stretch = [spread ** (1 - centring[i]) for i, (_, spread) in enumerate(priors)]
    if not layout.joined_terms:
        sampled_priors = [(centring[i] * mean, spread ** centring[i]) for i, (mean, spread) in enumerate(priors)]
        member = graph.family_normals("member", sampled_priors)
        values = [from_centred(member[i], mean, stretch[i], centring[i]) for i, (mean, _) in enumerate(priors)]
        return dict(zip(layout.members, values, strict=True))
    member = graph.family_flats("member", len(priors))
    terms = layout.joined_terms, graph.constant("term_weights"), xp
    means = to_joined([mean for mean, _ in priors], layout.members, *terms)
    joined = [from_centred(member[i], mean, stretch[i], centring[i]) for i, mean in enumerate(means)]
    values = from_joined(joined, layout.members, *terms)
    for i, (value, (mean, spread)) in enumerate(zip(values, priors, strict=True)):
        term = -0.5 * ((value - mean) / spread) ** 2 - centring[i] * xp.log(spread)
        graph.add(f"{layout.members[i]}_prior", term)
    return dict(zip(layout.members, values, strict=True))


def _log_noise(layout: Layout, graph: Graph) -> Sequence[Any]:
    """Log noise parameters, floor and slope sampled together."""
    priors = _priors(graph, "noise", len(layout.noise_names))
    if not layout.joined_noise:
        return _listed(graph.normals("noise", priors), priors)
    sampled = _listed(graph.flats("noise", len(priors)), priors)
    values = from_joined_noise(sampled, layout.noise_names, layout.joined_noise, graph.xp)
    _add_priors(graph, "noise_prior", values, priors)
    return values


def _add_priors(graph: Graph, name: str, values: Sequence[Any], priors: Sequence[tuple[Any, Any]]) -> None:
    """Add the priors of numbers that are not sampled as themselves."""
    terms = [_log_normal(value, prior, graph.xp) for value, prior in zip(values, priors, strict=True)]
    graph.add(name, sum(terms[1:], terms[0]))


def _listed(values: Any, priors: Sequence[Any]) -> list[Any]:
    """Numbers of one variable as a list."""
    return [values[i] for i in range(len(priors))]


def _discrepancy(graph: Graph, log_law: Any) -> Any:
    """The discrepancy at the rows, its coefficients sampled partially centred on the law's own prediction."""
    prior, centring = graph.constant("discrepancy"), graph.constant("weights")
    scale = graph.xp.exp(graph.normal("log_discrepancy", (prior[0], prior[1])))
    projected = graph.projected(log_law)
    weight = graph.weights("weight", (centring * projected, scale**centring))
    return graph.functions_times(from_centred(weight, projected, scale ** (1 - centring), centring) - projected)


def _likelihood(layout: Layout, graph: Graph, parameters: FamilyParameters) -> None:
    """Add the noise parameters and the log density of the rows to the model."""
    law, xp = layout.law, graph.xp
    noise = noise_parameters(layout, _log_noise(layout, graph), xp)
    inputs = {name: from_axis(name, graph.input(j), xp) for j, name in enumerate(law.inputs)}
    by_row = _by_row(layout, graph, parameters.natural)
    reducible = law.expression.reducible(inputs, by_row, xp)
    latent = reducible + by_row[law.expression.floor] if law.expression.floor else reducible
    mean = law.scale.forward(law.link.forward(latent, xp), xp) / graph.constant("unit")
    if layout.n_basis:
        mean = mean + _discrepancy(graph, mean)
    variance = noise_variance(layout, noise, reducible / graph.by_row(parameters.reducible), xp)
    loading: Any = 1.0
    if layout.family_noise:
        log_scale = graph.family_normals("noise_scale", _priors(graph, "noise_scale", 1))[0]
        loading = graph.by_row(xp.exp(log_scale))
        variance = variance * loading**2
    run_rows = graph.run_rows if layout.run_noise else None
    density = log_density(graph.response - mean, variance, noise, run_rows, xp, total=True, loading=loading)
    graph.add("log_likelihood", density)


def _by_row(layout: Layout, graph: Graph, natural: Mapping[str, Any]) -> dict[str, Any]:
    """Natural parameters of each row's family. Amplitudes are gathered as logs, which the formula takes anyway."""
    xp, amplitudes = graph.xp, {power.amplitude for power in layout.law.expression.powers}
    return {
        name: xp.exp(graph.by_row(xp.log(value))) if name in amplitudes else graph.by_row(value)
        for name, value in natural.items()
    }
