"""Coordinates in which a posterior is nearly round, found from its curvature before sampling.

At several scales of the discrepancy: the mode of everything else, and from the curvature there its covariance
(Laplace). The sampler's coordinates interpolate between these, see `Coordinates`. How far a family's value is
sampled as itself or as a distance from the population follows from how much data tell of it (partial centring). On
the reference problem NUTS then takes 15 gradients a draw, against 960 of the textbook model (benchmarks/results).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from bayescale.errors import InputError
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.noiseless_rows import EXACT, no_scatter
from bayescale.scaling.model.priors import (
    DISCREPANCY_PRIOR,
    NOISE_PRIORS,
    prior_of,
    spread_prior,
    typical_extra,
    typical_level,
)
from bayescale.scaling.model.pymc_model import Centring, default_centring, pack
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.predict.log_likelihood import weighted_by_noise
from bayescale.scaling.sampling.compilation import Coordinates, Density
from bayescale.scaling.sampling.reparametrization import law_spanned, lift

type Array = NDArray[np.float64]
type Data = dict[str, Array]
type Held = tuple[int, ...]

STEP = 1e-4  # of the finite difference of the gradient
SOFTEST = 0.05  # curvature below this is taken as this
SPACING = 0.5  # of the nodes, in log scale of the discrepancy
MOST_NODES = 8  # on either side of the prior's median
FITTED = 0.5  # share of the parameters that data of more rows determine, roughly
INTERPOLATED = 3.0  # e-folds of the noise below its prior, where rows are fitted exactly
NEAR_PRIOR = 0.5  # e-folds below its prior that the noise of such rows is looked for at least
BISECTIONS = 5
ROUNDS = 12  # of EM; rarely more than five are needed
SETTLED = 0.03  # in log spread
FAR = 8.0  # difference in log evidence beyond which a scale is not visited
NARROWEST = 0.3  # least standard deviation of the log scale in sampling coordinates


@dataclass(frozen=True)
class Frame:
    """What sampling needs beside the density: the data with their centring, and the coordinates."""

    data: Data
    centring: Centring
    coordinates: Coordinates


@dataclass
class NoiseTilt:
    """Powers of the noise's scales that a search for modes adds to the density, raised where rows are interpolated.

    A joint mode takes the noise for too small, the more so the more is fitted to few rows. What integrating the fitted
    parameters out would add to the density is scale^(their number): with it the typical point is what is looked for.
    Parameters that suffice to meet every row exactly take the noise to zero all the same. The power is then raised
    towards the number of rows, until the noise is one that its prior expects, and stays so for the rest of the search.
    """

    low: float
    high: float
    interpolated: bool = False

    @property
    def fitted(self) -> float:
        """Number of fitted parameters whose integral is accounted for."""
        return (self.low + self.high) / 2 if self.interpolated else self.low


def tilt_of(design: Design, density: Density) -> NoiseTilt:
    """The tilt that a search starts from."""
    rows, parameters = len(design.scaled_response), density.size - len(design.layout.noise_names)
    return NoiseTilt(determined(rows, parameters), float(rows))


def find_frame(design: Design, density: Density) -> Frame:
    """Data, centring and coordinates for a design.

    Raises InputError where the density cannot be evaluated at all: numbers beyond what the law can express.
    """
    centring, tilt = default_centring(design), tilt_of(design, density)
    data = pack(design, centring)
    scale = density.blocks["log_discrepancy"][0].start if design.layout.n_basis else -1
    point, held = first_point(design, density, data), (scale,) if scale >= 0 else ()
    if design.layout.members:
        held = (*held, *_held_spreads(density, design))
        point, centring = _fit_spreads(design, density, point, centring, held, tilt)
        data = pack(design, centring)
    point = _mode(design, density, data, point, held, tilt)
    if scale < 0:
        matrix = _factor(_curvature(density, data, point), -1)[0]
        return Frame(data, centring, Coordinates(np.zeros(1), point[None], matrix[None], -1))
    first = _by_scale(design, density, data, point, scale, held, tilt, coarse=True)
    point = first.centres[np.abs(first.nodes - first.centres[0, scale]).argmin()].copy()
    point[scale] = first.centres[0, scale]
    point = _mode(design, density, data, point, held, tilt)
    on_total = centred_on_total(design, density, point, centring)
    point = _retotal(design, density, point, on_total)
    data = pack(design, on_total)
    return Frame(data, on_total, _by_scale(design, density, data, point, scale, held, tilt))


def centred_on_total(design: Design, density: Density, point: Array, centring: Centring) -> Centring:
    """The discrepancy's functions turned to be orthogonal under the noise at a point, and what data tell of each."""
    assert design.basis is not None
    functions, _ = from_draws(replace(design, basis=None), lift(design, density.unpack(point[None, None]), centring))
    features = design.basis.features(design.log_inputs, design.family)
    told, turn = np.linalg.eigh(weighted_by_noise(functions, features).T @ features)
    told = np.maximum(told, 0.0)
    projector = weighted_by_noise(functions, features @ turn) / np.maximum(told, 1e-6 * told.max())
    share = told / (told + float(np.exp(-2 * density.unpack(point)["log_discrepancy"])))
    return Centring(centring.members, share, turn, projector)


def _retotal(design: Design, density: Density, point: Array, after: Centring) -> Array:
    """The same point with weights (so far of centring 0, unturned) in another centring's coordinates."""
    values = density.unpack(point)
    scale = np.exp(values["log_discrepancy"])
    spanned = law_spanned(design, lift(design, density.unpack(point[None, None]), after), after)[0, 0]
    coefficient = after.turn.T @ (scale * values["weight"])
    out = point.copy()
    out[density.blocks["weight"][0]] = coefficient / scale ** (1 - after.weights) + after.weights * spanned
    return out


def _by_scale(
    design: Design,
    density: Density,
    data: Data,
    point: Array,
    scale: int,
    held: Held,
    tilt: NoiseTilt,
    coarse: bool = False,
) -> Coordinates:
    """Modes and factors at equally spaced log scales around the prior's median, as far out as the evidence matters."""

    spacing = 2 * SPACING if coarse else SPACING

    def at_node(node: int, start: Array) -> tuple[Array, Array, float]:
        at = start.copy()
        at[scale] = DISCREPANCY_PRIOR.location + spacing * node
        at = _mode(design, density, data, at, held, tilt)
        matrix, log_determinant = _factor(_curvature(density, data, at), scale)
        return at, matrix, density(at, data)[0] + log_determinant

    found = {0: at_node(0, point)}
    for direction in (1, -1):
        node = 0
        while abs(node) < MOST_NODES and (abs(node) < 2 or _matters(found, node)):
            found[node + direction] = at_node(node + direction, found[node][0])
            node += direction
    order = sorted(found)
    nodes = DISCREPANCY_PRIOR.location + spacing * np.array(order)
    share = softmax(np.array([found[node][2] for node in order]))
    centre = float(share @ nodes)
    width = max(float(np.sqrt(share @ (nodes - centre) ** 2)), NARROWEST)
    centres = np.array([found[node][0] for node in order])
    matrices = np.array([found[node][1] for node in order])
    centres[:, scale], matrices[:, scale, scale] = centre, width
    return Coordinates(nodes, centres, matrices, scale)


def _matters(found: Mapping[int, tuple[Array, Array, float]], node: int) -> bool:
    """Whether the log evidence at a node is within reach of the best."""
    return found[node][2] > max(evidence for *_, evidence in found.values()) - FAR


def _factor(curvature: Array, scale: int) -> tuple[Array, float]:
    """Cholesky factor of the covariance given the scale (its row and column left zero), and the log of its
    determinant."""
    keep = np.arange(len(curvature)) != scale
    values, vectors = np.linalg.eigh(curvature[np.ix_(keep, keep)])
    values = np.maximum(np.abs(values), SOFTEST)  # stiff either way, where a search ended beside its mode
    out = np.zeros_like(curvature)
    out[np.ix_(keep, keep)] = np.linalg.cholesky((vectors / values) @ vectors.T)
    return out, float(-0.5 * np.log(values).sum())


def _mode(design: Design, density: Density, data: Data, start: Array, held: Held, tilt: NoiseTilt) -> Array:
    """Highest tilted density from `start`, by quasi-Newton, with some coordinates held where they are."""
    best = _tilted_mode(design, density, data, start, held, tilt.fitted)
    for _ in range(BISECTIONS):
        below = noise_below_prior(design, density, best)
        if below <= INTERPOLATED and (not tilt.interpolated or below >= NEAR_PRIOR):
            break
        if not tilt.interpolated:
            _require_scatter(design, density, data, start, held)
            if len(design.scaled_response) >= 2 * density.size:
                break
            tilt.interpolated = True
        elif below > INTERPOLATED:
            tilt.low = tilt.fitted
        else:
            tilt.high = tilt.fitted
        best = _tilted_mode(design, density, data, start, held, tilt.fitted)
    return best


def _require_scatter(design: Design, density: Density, data: Data, start: Array, held: Held) -> None:
    """Raise InputError for rows that the law alone meets exactly, though they are more than its parameters."""
    law = design.spec.law
    if len(design.scaled_response) <= len(design.families) * len(law.parameter_names) + 1:
        return
    if "weight" in density.blocks:
        weights = density.blocks["weight"][0]
        held, start = (*held, *range(weights.start, weights.stop)), start.copy()
        start[weights] = 0.0
    best = _tilted_mode(design, density, data, start, held, 0.0)
    if np.exp(best[_noise_scales(design, density)]).max() < EXACT:
        raise no_scatter(design)


def _tilted_mode(design: Design, density: Density, data: Data, start: Array, held: Held, fitted: float) -> Array:
    """Highest point of the density times scale^fitted of the noise."""
    from scipy.optimize import minimize

    tilt = np.zeros(density.size)
    scales = _noise_scales(design, density)
    tilt[scales] = fitted / len(scales)

    def objective(point: Array) -> tuple[float, Array]:
        value, gradient = density(point, data)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return 1e10, np.zeros_like(point)
        gradient = gradient + tilt
        gradient[list(held)] = 0.0
        return -(value + float(tilt @ point)), -gradient

    options = {"maxiter": 5000, "maxfun": 20000, "maxcor": 30}
    best = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)  # type: ignore[call-overload]
    if best.fun >= 1e10:
        law = design.spec.law.name
        raise InputError(f"law {law!r} cannot express these data: its density is not finite anywhere near them")
    return np.asarray(best.x)


def _noise_scales(design: Design, density: Density) -> NDArray[np.int64]:
    """Indices in a point of the log scales of the noise."""
    names = design.layout.noise_names
    places = [i for i, name in enumerate(names) if name in ("noise_floor", "noise_slope")]
    return np.asarray(density.blocks["noise"][0].start + np.array(places), dtype=np.int64)


def noise_below_prior(design: Design, density: Density, point: Array) -> float:
    """How far all scales of the noise lie below the centres of their priors, in e-folds: the least of them."""
    centre = max(NOISE_PRIORS[name].location for name in ("noise_floor", "noise_slope"))
    return centre - float(point[_noise_scales(design, density)].max())


def determined(rows: int, parameters: int) -> float:
    """Roughly how many of the parameters the rows determine: half, or of fewer rows up to as many as there are.

    Rows that are far fewer than the parameters are fitted exactly, and tell nothing of their own noise: each
    determines nearly one parameter. With half as many, the mode of the noise would go to zero.
    """
    if rows >= parameters:
        return FITTED * parameters
    return rows * (1 - (1 - FITTED) * rows / parameters)


def _curvature(density: Density, data: Data, point: Array) -> Array:
    """Minus the Hessian of the log density, by central differences of the gradient."""
    steps = STEP * np.eye(density.size)
    out = np.array([(density(point - step, data)[1] - density(point + step, data)[1]) / (2 * STEP) for step in steps])
    out = np.where(np.isfinite(out), out, 0.0)
    return np.asarray((out + out.T) / 2)


def _held_spreads(density: Density, design: Design) -> Held:
    """Indices in a point of the log spreads of the parameters that vary over families."""
    first = density.blocks["log_spread"][0].start
    return tuple(first + design.layout.pooled.index(name) for name in _varying(design))


def _varying(design: Design) -> tuple[str, ...]:
    """Pooled parameters: those sampled as themselves, then the anchor, which is sampled as the level."""
    layout = design.layout
    return (*layout.members, *(name for name in layout.pooled if name == layout.anchor))


def _fit_spreads(
    design: Design, density: Density, point: Array, centring: Centring, held: Held, tilt: NoiseTilt
) -> tuple[Array, Centring]:
    """Spreads over families as data and prior have them once the families' own values are integrated out, and centring.

    The joint mode takes the scatter of single families' estimates for spread, wherever each is known worse than the
    families differ: the more families, the farther off. EM (with Laplace's variances of the families' values) goes to
    the mode of the spread's own posterior instead. How far a family's value is then centred is the data's share of what
    is known of it.
    """
    part, shape = density.blocks["member"]
    spreads = list(_held_spreads(density, design))
    priors = [spread_prior(design.spec.law, name) for name in _varying(design)]
    location, width = (np.array([getattr(prior, what) for prior in priors]) for what in ("location", "spread"))
    for _ in range(ROUNDS):
        data = pack(design, centring)
        point = _mode(design, density, data, point, held, tilt)
        mean, spread = _population(design, density, point)
        away = _away(design, density, point[None], centring)[0]
        widest = np.exp(2 * point[spreads])[:, None]  # beside a mode curvature says less: data take away from the prior
        variance = np.minimum(_variances(design, density, data, point, centring, held), widest)
        after = _spread_mode((away**2 + variance).sum(axis=1), shape[1], location, width)
        moved = np.abs(after - point[spreads]).max()
        point[spreads] = after
        spread, rows = np.exp(after[: shape[0], None]), slice(shape[0])
        centring = replace(centring, members=np.clip(1 - variance[rows] / spread**2, 0.0, 1.0))
        point[part] = np.ravel(centring.members * mean + away[rows] / spread ** (1 - centring.members))
        if moved < SETTLED:
            break
    return point, centring


def _spread_mode(scatter: Array, count: int, location: Array, width: Array) -> Array:
    """Log spread t that maximises −count·t − scatter·exp(−2t)/2 − (t − location)²/(2·width²), by Newton's method."""
    t = location.copy()
    for _ in range(50):
        pull = scatter * np.exp(-2 * t)
        t += np.clip((pull - count - (t - location) / width**2) / (2 * pull + 1 / width**2), -1.0, 1.0)
    return np.asarray(t)


def _variances(design: Design, density: Density, data: Data, point: Array, centring: Centring, held: Held) -> Array:
    """Laplace's variances of the distances of families from their population, given the population and with some
    coordinates held: (varying parameter, family)."""
    population = density.blocks["population"][0]
    free = np.setdiff1d(np.arange(density.size), (*held, *range(population.start, population.stop)))
    values, vectors = np.linalg.eigh(_curvature(density, data, point)[np.ix_(free, free)])
    root = vectors / np.sqrt(np.maximum(values, SOFTEST))
    steps = STEP * np.eye(density.size)[free]
    above, below = (_away(design, density, point + sign * steps, centring) for sign in (1, -1))
    slopes = (above - below) / (2 * STEP)
    return np.asarray((np.tensordot(root, slopes, (0, 0)) ** 2).sum(axis=0))


def _away(design: Design, density: Density, points: Array, centring: Centring) -> Array:
    """Distances of families from their population at points (point, coordinate), each (varying parameter, family)."""
    values = density.unpack(points[None])
    _, coordinates = from_draws(replace(design, basis=None), lift(design, values, centring))
    names, pooled = _varying(design), design.layout.pooled
    means = values["population"][0][:, [pooled.index(name) for name in names]]
    return np.asarray(np.stack([coordinates[name][0] for name in names], axis=1) - means[..., None])


def _population(design: Design, density: Density, point: Array) -> tuple[Array, Array]:
    """Mean and spread of the pooled members at a point, each (member, 1)."""
    values, pooled = density.unpack(point), design.layout.pooled
    rows = [pooled.index(name) for name in design.layout.members]
    return values["population"][rows][:, None], np.exp(values["log_spread"])[rows][:, None]


def first_point(design: Design, density: Density, data: Data) -> Array:
    """The prior's centre, with wide noise and the level that the prior's floor and slopes make."""
    layout = design.layout
    law = layout.law
    values = {name: np.zeros(shape) for name, (_, shape) in density.blocks.items()}
    centre = {name: prior_of(law, name).location for name in (*layout.population, *layout.free)}
    if layout.population:
        values["population"] = np.array([centre[name] for name in layout.population])
    if layout.pooled:
        values["log_spread"] = np.array([spread_prior(law, name).location for name in layout.pooled])
    if layout.members:
        means = np.array([[centre[name]] for name in layout.members])
        values["member"] = default_centring(design).members * means
    if layout.frees:
        values["free"] = np.array([[centre[name]] for name in layout.frees]) + np.zeros((1, layout.n_families))
    if layout.has_level:
        typically = float(np.exp(np.log(design.least).mean()))
        added = typical_extra(law, typically, design.centre)
        levels = design.least * typical_level(law, typically)
        values["level"] = np.log(np.maximum(levels + added, 0.1 * levels))  # a formula may take away
    if layout.n_basis:
        values["log_discrepancy"] = np.array(DISCREPANCY_PRIOR.location)
    start = {"noise_df": np.log(5.0), "noise_growth": 0.4, "noise_length": np.log(0.1)}
    values["noise"] = np.array([start.get(name, np.log(0.03)) for name in layout.noise_names])
    return np.concatenate([np.ravel(values[name]) for name in density.blocks])
