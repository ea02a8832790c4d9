"""The sampler's coordinates from draws of an earlier posterior: the warm start of a re-fit.

`find_frame` guesses from modes and curvatures where a posterior lies and how it is shaped. Where a table only grew, or
a row of it changed, draws of the posterior before say it better: at each scale of the discrepancy their mean and
covariance are those of a posterior, not of its highest point. Any coordinates give the same posterior; better ones give
more effective draws of as many gradients (benchmarks/results/warm.md). What was drawn before is used for nothing else.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.core.serialization import has
from bayescale.scaling.checks.convergence import publication_gate
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.discrepancy import Basis, kernel
from bayescale.scaling.model.pymc_model import Centring, default_centring, pack
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import variables_from_tree
from bayescale.scaling.sampling.compilation import Coordinates, Density
from bayescale.scaling.sampling.preconditioner import SPACING, Frame, centred_on_total
from bayescale.scaling.sampling.reparametrization import law_spanned

type Array = NDArray[np.float64]

logger = logging.getLogger(__name__)

OUTERMOST = 0.02  # probability of a smaller, and of a larger scale of the discrepancy than at the outermost nodes
WIDTH = 0.35  # of the draws around a node, in log scale: standard deviation of their weights
LEAST_DRAWS = 5  # around a node, for each coordinate: fewer say too little of a covariance


@dataclass(frozen=True, eq=False)
class Start:
    """An earlier posterior to start from: its design, and its draws as `Draws` holds them."""

    design: Design
    values: Mapping[str, Array]


def start_of(posterior: Posterior) -> Start | None:
    """What to start from, of the posterior of one law; None where it was re-weighted or did not pass its gate.

    Raises StoredPosteriorError for a tree that is no posterior of one law.
    """
    tree = posterior.tree
    if has(tree, "weighted_from") or publication_gate(tree).failures:
        logger.info("no warm start: the posterior before was re-weighted, or had not converged")
        return None
    return Start(posterior.design, variables_from_tree(tree, posterior.design))


def frame_from(design: Design, density: Density, start: Start) -> Frame | None:
    """Data, centring and coordinates for a design, from draws of an earlier posterior.

    None where these are of another model or other families, too few, or the density is not finite where they lie.
    """
    before = start.design
    same = before.families == design.families and before.layout.key() == design.layout.key()
    if not same or before.spec.law != design.spec.law:
        logger.info("no warm start: law, families or noise are not those of the posterior before")
        return None
    try:
        with np.errstate(all="ignore"):
            frame = _frame(design, density, _carried(start, design))
    except np.linalg.LinAlgError:  # draws that lie in a plane, or beyond all numbers
        frame = None
    if frame is None:
        logger.info("no warm start: too few draws, or no finite density where they lie")
    return frame


def _frame(design: Design, density: Density, values: Mapping[str, Array]) -> Frame | None:
    centring = _centring(design, density, values)
    points = sampler_points(design, density, values, centring)
    scale = density.blocks["log_discrepancy"][0].start if design.layout.n_basis else -1
    coordinates = _fixed(points) if scale < 0 else _by_scale(points, scale)
    data = pack(design, centring)
    if coordinates is None or not _finite(density, data, coordinates.centres):
        return None
    return Frame(data, centring, coordinates)


def _finite(density: Density, data: dict[str, Array], points: Array) -> bool:
    found = [density(point, data) for point in points]
    return all(np.isfinite(value) and np.isfinite(gradient).all() for value, gradient in found)


def _carried(start: Start, design: Design) -> dict[str, Array]:
    """The earlier draws as draws of a design's variables: what another centre of the data moves a little stays as it
    is, the discrepancy is put into the functions of the longer table."""
    out, before = dict(start.values), start.design.basis
    if before is None or design.basis is None:
        return out
    told, left = _between(before, design.basis)
    fresh = np.random.default_rng(0).standard_normal(out["weight"].shape) @ left.T
    out["weight"] = out["weight"] @ told.T + np.exp(out["log_discrepancy"])[..., None] * fresh
    return out


def _between(before: Basis, after: Basis) -> tuple[Array, Array]:
    """What coefficients of the old functions say of those of the new, and a root of the covariance left.

    Both are projections of one Gaussian process on its values at landmarks: their covariance is the kernel's.
    """
    own = (after.lengthscales, after.shared)
    cross = kernel(after.landmarks, after.landmark_family, before.landmarks, before.landmark_family, *own)
    told = after.weights.T @ cross @ before.weights
    values, vectors = np.linalg.eigh(np.eye(len(told)) - told @ told.T)
    return told, vectors * np.sqrt(np.maximum(values, 0.0))


def _centring(design: Design, density: Density, values: Mapping[str, Array]) -> Centring:
    """How far values are sampled as themselves: by what data tell of each, its variance over that of the families."""
    centring = default_centring(design)
    if design.layout.members:
        rows = [design.layout.pooled.index(name) for name in design.layout.members]
        spread = np.exp(2 * values["log_spread"][..., rows]).mean(axis=(0, 1))
        share = np.clip(1 - values["member"].var(axis=(0, 1)) / spread[:, None], 0.0, 1.0)
        centring = replace(centring, members=share)
    if not design.layout.n_basis:
        return centring
    middle = sampler_points(design, density, values, centring).mean(axis=0)
    return centred_on_total(design, density, middle, centring)


def sampler_points(design: Design, density: Density, values: Mapping[str, Array], centring: Centring) -> Array:
    """The density's points (draw, coordinate) at draws: what `lift` and `coefficients` undo."""
    out, layout = dict(values), design.layout
    if layout.members:
        rows = [layout.pooled.index(name) for name in layout.members]
        mean, log_spread = values["population"][..., rows, None], values["log_spread"][..., rows, None]
        away = (values["member"] - mean) / np.exp((1 - centring.members) * log_spread)
        out["member"] = centring.members * mean + away
    if layout.n_basis:
        log_scale = values["log_discrepancy"][..., None]
        own = values["weight"] @ centring.turn / np.exp((1 - centring.weights) * log_scale)
        out["weight"] = centring.weights * law_spanned(design, values, centring) + own
    count = values["noise"].shape[0] * values["noise"].shape[1]
    return np.concatenate([out[name].reshape(count, -1) for name in density.blocks], axis=-1)


def _fixed(points: Array) -> Coordinates | None:
    """Mean and factor of the covariance; None of too few draws."""
    if len(points) < LEAST_DRAWS * points.shape[1]:
        return None
    factor = np.linalg.cholesky(np.cov(points, rowvar=False))
    return Coordinates(np.zeros(1), points.mean(axis=0)[None], factor[None], -1)


def _by_scale(points: Array, scale: int) -> Coordinates | None:
    """Means and factors of covariances given the discrepancy's scale, at nodes of its log; None of too few draws."""
    log_scale = points[:, scale]
    low, high = np.quantile(log_scale, [OUTERMOST, 1 - OUTERMOST])
    count = max(int(np.ceil((high - low) / SPACING)), 1) + 1
    nodes = (low + high) / 2 + SPACING * (np.arange(count) - (count - 1) / 2)
    weights = np.exp(-0.5 * ((log_scale - nodes[:, None]) / WIDTH) ** 2)
    enough = np.flatnonzero(weights.sum(axis=1) >= LEAST_DRAWS * points.shape[1])
    if len(enough) < 2 or np.any(np.diff(enough) > 1):
        return None
    found = [_local(points, scale, nodes[i], weights[i]) for i in enough]
    centres, factors = (np.array(part) for part in zip(*found, strict=True))
    centres[:, scale], factors[:, scale, scale] = log_scale.mean(), log_scale.std()
    return Coordinates(nodes[enough], centres, factors, scale)


def _local(points: Array, scale: int, at: float, weight: Array) -> tuple[Array, Array]:
    """Mean of the points at a log scale, by local linear regression, and the factor of their covariance given it (its
    row and column left zero)."""
    away = np.column_stack([np.ones(len(points)), points[:, scale] - at])
    weighted = away * weight[:, None]
    line = np.linalg.solve(weighted.T @ away, weighted.T @ points)
    keep = np.arange(points.shape[1]) != scale
    left = (points - away @ line)[:, keep]
    factor = np.zeros((points.shape[1], points.shape[1]))
    factor[np.ix_(keep, keep)] = np.linalg.cholesky((left * weight[:, None]).T @ left / weight.sum())
    return line[0], factor
