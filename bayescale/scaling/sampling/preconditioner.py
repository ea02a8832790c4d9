"""Coordinates in which a posterior is nearly round, from its modes and curvature before sampling.

At several scales of the discrepancy: the mode of everything else, and from the curvature there its covariance
(Laplace). The sampler's coordinates interpolate between these, see `Coordinates`. How far a family's value is sampled
as itself or as a distance from the population follows from how much the data determine it (partial centring). On the
reference problem NUTS then takes 15 gradients a draw, against 960 of the textbook model (benchmarks/results).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from bayescale.scaling.model.centring import Centring, default_centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.predict.log_likelihood import noise_precision_times
from bayescale.scaling.sampling.compilation import SOFTEST, Density
from bayescale.scaling.sampling.coordinates import Coordinates
from bayescale.scaling.sampling.family_spreads import fit_spreads, spread_indices
from bayescale.scaling.sampling.mode_search import ModeSearch, mode_search
from bayescale.scaling.sampling.reparametrization import recentre_weights, with_family_values
from bayescale.scaling.sampling.starting_point import starting_point

type Array = NDArray[np.float64]

SPACING = 0.5  # of the nodes, in log scale of the discrepancy
MOST_NODES = 10  # on either side of the prior's median
EVIDENCE_RANGE = 14.0  # difference in log evidence beyond which a scale is not visited
NARROWEST = 0.3  # least standard deviation of the log scale in sampling coordinates


@dataclass(frozen=True)
class Preconditioner:
    """What sampling needs besides the density.

    Attributes
    ----------
    data : dict of str to array
        `rows` and `constants` of the compiled model, with the centring.
    centring : Centring
        Degree of centring of families and discrepancy.
    coordinates : Coordinates
        Sampling coordinates.
    """

    data: dict[str, Array]
    centring: Centring
    coordinates: Coordinates


@dataclass(frozen=True)
class _Node:
    """The mode at one scale of the discrepancy, a factor of the covariance there, and the log evidence."""

    mode: Array
    factor: Array
    log_evidence: float


#: Of the latest design, by its layout and data: a preview and the fit that follows it start from the same modes.
_LATEST: dict[tuple[object, ...], Preconditioner] = {}


def laplace_preconditioner(design: Design, density: Density) -> Preconditioner:
    """Compute centring and coordinates of a design from modes and curvature.

    Parameters
    ----------
    design : Design
        Data and priors.
    density : Density
        Compiled log density of the design's layout.

    Returns
    -------
    Preconditioner
        Data, centring and coordinates.

    Raises
    ------
    InputError
        For a density that cannot be evaluated at all (numbers beyond what the law can express), and for rows that the
        law meets exactly.
    """
    data = pack_data(design, default_centring(design))
    key = (design.layout.key(), *(sha256(data[name].tobytes()).digest() for name in sorted(data)))
    if key not in _LATEST:
        preconditioner = _from_modes(design, density)
        _LATEST.clear()
        _LATEST[key] = preconditioner
    return _LATEST[key]


def _from_modes(design: Design, density: Density) -> Preconditioner:
    """Search modes, and take the curvature there."""
    centring = default_centring(design)
    scale = scale_index(design, density)
    point, held = starting_point(design, density), (scale,) if scale >= 0 else ()
    if design.layout.members:
        held = (*held, *spread_indices(density, design))
    search = mode_search(design, density, held)
    if design.layout.members:
        point, centring = fit_spreads(search, point, centring)
    point = search.mode(_search_data(design, centring), point)
    if scale < 0:
        data = pack_data(design, centring)
        factor = _factor(density.curvature(point, data), -1)[0]
        return Preconditioner(data, centring, Coordinates(np.zeros(1), point[None], factor[None], -1))
    coarse = _by_scale(search, centring, point, scale, 2 * SPACING)
    point = coarse.centres[np.abs(coarse.nodes - coarse.centres[0, scale]).argmin()].copy()
    point[scale] = coarse.centres[0, scale]
    point = search.mode(_search_data(design, centring), point)
    on_total = centred_on_total(design, density, point, centring)
    point = recentre_weights(design, density, point, on_total)
    return Preconditioner(pack_data(design, on_total), on_total, _by_scale(search, on_total, point, scale, SPACING))


def scale_index(design: Design, density: Density) -> int:
    """Look up the index in a point of the log scale of the discrepancy.

    Parameters
    ----------
    design : Design
        Whether there is a discrepancy.
    density : Density
        Its layout of points.

    Returns
    -------
    int
        Index; -1 without a discrepancy.
    """
    return density.blocks["log_discrepancy"][0].start if design.layout.n_basis else -1


def centred_on_total(design: Design, density: Density, point: Array, centring: Centring) -> Centring:
    """Centre the discrepancy on the sum of law and discrepancy, as far as the data determine it.

    Parameters
    ----------
    design : Design
        Data, with a discrepancy.
    density : Density
        Its layout of points.
    point : array, shape (coordinate,)
        A point in coordinates of `centring`, at whose noise the functions are made orthogonal.
    centring : Centring
        Centring of the families.

    Returns
    -------
    Centring
        `centring` with the discrepancy's functions rotated to be orthogonal under the noise, each centred by the share
        of its variance that the data determine.
    """
    assert design.basis is not None
    values = with_family_values(design, density.unpack(point[None, None]), centring)
    functions, _ = from_draws(replace(design, basis=None), values)
    features = design.basis.features(design.log_inputs, design.family)
    information, turn = np.linalg.eigh(noise_precision_times(functions, features).T @ features)
    information = np.maximum(information, 0.0)
    projector = noise_precision_times(functions, features @ turn) / np.maximum(information, 1e-6 * information.max())
    share = information / (information + float(np.exp(-2 * density.unpack(point)["log_discrepancy"])))
    return replace(centring, weights=share, turn=turn, projector=projector)


def _search_data(design: Design, centring: Centring) -> dict[str, Array]:
    """Data for searches for modes: of the density over the floors' own coordinates.

    Over levels, the density of each family's floor fraction rises towards 1 by its Jacobian. Where rows are few, the
    joint mode would lie there for all families at once, which is not typical of the posterior.
    """
    return pack_data(design, centring, jacobian_power=0.0)


def _by_scale(search: ModeSearch, centring: Centring, point: Array, scale: int, spacing: float) -> Coordinates:
    """Modes and factors at equally spaced log scales around the prior's median, as far out as the evidence matters."""
    median = search.design.spec.priors["discrepancy_scale"].location
    data, search_data = pack_data(search.design, centring), _search_data(search.design, centring)

    def at_node(node: int, start: Array) -> _Node:
        at = start.copy()
        at[scale] = median + spacing * node
        at = search.mode(search_data, at)
        factor, log_determinant = _factor(search.density.curvature(at, data), scale)
        return _Node(at, factor, search.density(at, data)[0] + log_determinant)

    nodes = {0: at_node(0, point)}
    for direction in (1, -1):
        node = 0
        while abs(node) < MOST_NODES and (abs(node) < 2 or _matters(nodes, node)):
            nodes[node + direction] = at_node(node + direction, nodes[node].mode)
            node += direction
    order = sorted(nodes)
    log_scales = median + spacing * np.array(order)
    share = softmax(np.array([nodes[node].log_evidence for node in order]))
    centre = float(share @ log_scales)
    width = max(float(np.sqrt(share @ (log_scales - centre) ** 2)), NARROWEST)
    centres = np.array([nodes[node].mode for node in order])
    matrices = np.array([nodes[node].factor for node in order])
    centres[:, scale], matrices[:, scale, scale] = centre, width
    return Coordinates(log_scales, centres, matrices, scale)


def _matters(nodes: Mapping[int, _Node], node: int) -> bool:
    """Whether the log evidence at a node is within reach of the best."""
    return nodes[node].log_evidence > max(other.log_evidence for other in nodes.values()) - EVIDENCE_RANGE


def _factor(matrix: Array, scale: int) -> tuple[Array, float]:
    """Cholesky factor of the covariance given the scale, and the log of its determinant.

    Both come from the curvature. Row and column of the scale are zero.
    """
    other = np.arange(len(matrix)) != scale
    others = np.ix_(other, other)
    values, vectors = np.linalg.eigh(matrix[others])
    values = np.maximum(np.abs(values), SOFTEST)  # stiff in either direction where a search ended away from its mode
    out = np.zeros_like(matrix)
    out[others] = np.linalg.cholesky((vectors / values) @ vectors.T)
    return out, float(-0.5 * np.log(values).sum())
