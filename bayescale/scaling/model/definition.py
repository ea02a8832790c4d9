"""The hierarchical model, defined once: for PyMC's graph and for the compiled density.

`define` states every variable with its prior, and the log density of the rows. What a variable is depends on the graph:
a random variable of PyMC (`scaling/model/pymc_model.py`) or an element of a point (`scaling/kernel/recorded_model.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bayescale.data.quantities import from_axis
from bayescale.scaling.model.centring import from_centred
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.model.noise import log_density, noise_parameters, noise_variance
from bayescale.scaling.model.parametrization import FamilyParameters, anchor_coordinate, natural_parameters
from bayescale.scaling.model.run_rows import RunRows


class Graph(Protocol):
    """What variables, data and arithmetic of a model are. A prior is the pair of mean and standard deviation.

    Attributes
    ----------
    xp : module
        Namespace of elementwise functions.
    """

    xp: Any

    def constant(self, name: str) -> Any:
        """Return one of the data other than rows (`constant_shapes`), indexed along its numbered dimensions."""

    def normals(self, name: str, priors: Sequence[tuple[Any, Any]]) -> Sequence[Any]:
        """Return independent scalars, one a prior."""

    def family_normals(self, name: str, priors: Sequence[tuple[Any, Any]]) -> Sequence[Any]:
        """Return arrays (family,), one a prior, whose values are independent."""

    def normal(self, name: str, prior: tuple[Any, Any]) -> Any:
        """Return one scalar."""

    def weights(self, name: str, prior: tuple[Any, Any]) -> Any:
        """Return the array (basis,) of the discrepancy's coefficients."""

    def family_flat(self, name: str) -> Any:
        """Return an array (family,) without a prior."""

    def add(self, name: str, term: Any) -> None:
        """Add the sum of an array to the log density."""

    def input(self, position: int) -> Any:
        """Return an input of the law at the rows, on its axis."""

    @property
    def response(self) -> Any:
        """The response at the rows."""

    def by_row(self, values: Any) -> Any:
        """Return what an array (family,) is at each row."""

    def functions_times(self, weights: Any) -> Any:
        """Return the sum of the discrepancy's functions at the rows, weighted by an array (basis,)."""

    def projected(self, values: Any) -> Any:
        """Return the coefficients (basis,) that the projector of the centring gives to an array (obs,)."""

    @property
    def run_rows(self) -> RunRows:
        """The rows of runs."""


def define(layout: Layout, graph: Graph) -> None:
    """Define the model of a layout on a graph.

    Variables: `population` and `log_spread` (coordinates of pooled and shared parameters), `member` (partially centred
    family values), `free`, `level` (log latent quantity at the centre, per family), `noise` (log scale), and with a
    discrepancy `log_discrepancy` and `weight`.

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
    if layout.has_level:  # the level is what data determine; its prior is that of the anchor
        coordinate, jacobian = anchor_coordinate(layout, parameters, xp)
        mean, spread = anchor_prior
        graph.add("anchor_prior", jacobian - 0.5 * ((coordinate - mean) / spread) ** 2 - xp.log(spread))
    _likelihood(layout, graph, parameters)


def _coordinates(layout: Layout, graph: Graph) -> tuple[dict[str, Any], tuple[Any, Any]]:
    """Coordinates by parameter name, each (family,) or a scalar, and the prior of the anchor."""
    out: dict[str, Any] = {}
    anchor: tuple[Any, Any] = (0.0, 1.0)
    if layout.population:
        population = graph.normals("population", _priors(graph, "population", len(layout.population)))
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


def _members(layout: Layout, graph: Graph, priors: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """Values of pooled parameters by name, each (family,), sampled partially centred on their priors."""
    centring = graph.constant("members")
    sampled = [(centring[i] * mean, spread ** centring[i]) for i, (mean, spread) in enumerate(priors)]
    member = graph.family_normals("member", sampled)
    return {
        name: from_centred(member[i], mean, spread ** (1 - centring[i]), centring[i])
        for i, (name, (mean, spread)) in enumerate(zip(layout.members, priors, strict=True))
    }


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
    log_noise = graph.normals("noise", _priors(graph, "noise", len(layout.noise_names)))
    noise = noise_parameters(layout, [log_noise[i] for i in range(len(layout.noise_names))], xp)
    inputs = {name: from_axis(name, graph.input(j), xp) for j, name in enumerate(law.inputs)}
    by_row = _by_row(layout, graph, parameters.natural)
    reducible = law.expression.reducible(inputs, by_row, xp)
    latent = reducible + by_row[law.expression.floor] if law.expression.floor else reducible
    mean = law.scale.forward(law.link.forward(latent, xp), xp) / graph.constant("unit")
    if layout.n_basis:
        mean = mean + _discrepancy(graph, mean)
    variance = noise_variance(layout, noise, reducible / graph.by_row(parameters.reducible), xp)
    run_rows = graph.run_rows if layout.run_noise else None
    graph.add("log_likelihood", log_density(graph.response - mean, variance, noise, run_rows, xp, total=True))


def _by_row(layout: Layout, graph: Graph, natural: Mapping[str, Any]) -> dict[str, Any]:
    """Natural parameters of each row's family. Amplitudes are gathered as logs, which the formula takes anyway."""
    xp, amplitudes = graph.xp, {power.amplitude for power in layout.law.expression.powers}
    return {
        name: xp.exp(graph.by_row(xp.log(value))) if name in amplitudes else graph.by_row(value)
        for name, value in natural.items()
    }
