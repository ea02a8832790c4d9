"""The sampler's coordinates from draws of an earlier posterior: the warm start of a re-fit.

`laplace_preconditioner` estimates from modes and curvatures where a posterior lies and how it is shaped. Where a table
only grew, or a row of it changed, draws of the posterior before tell it better: at each scale of the discrepancy their
mean and covariance are those of a posterior, not of its highest point. Any coordinates give the same posterior; better
ones give more effective draws of as many gradients (benchmarks/results/warm.md). The earlier draws are used for nothing
else.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.core.serialization import has
from bayescale.scaling.checks.convergence import publication_gate
from bayescale.scaling.model.centring import Centring, default_centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.discrepancy import Basis, kernel
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import variables_from_tree
from bayescale.scaling.sampling.compilation import Density
from bayescale.scaling.sampling.coordinates import Coordinates
from bayescale.scaling.sampling.preconditioner import SPACING, Preconditioner, centred_on_total, scale_index
from bayescale.scaling.sampling.reparametrization import forward, joined_values, prior_variance

type Array = NDArray[np.float64]

logger = logging.getLogger(__name__)

OUTERMOST = 0.02  # probability of a smaller, and of a larger scale of the discrepancy than at the outermost nodes
WIDTH = 0.35  # of the draws around a node, in log scale: standard deviation of their weights
LEAST_DRAWS = 5  # around a node, for each coordinate: fewer determine a covariance poorly


@dataclass(frozen=True, eq=False)
class WarmStart:
    """An earlier posterior to start from.

    Attributes
    ----------
    design : Design
        Its design.
    values : mapping of str to array, each (chain, draw, ...)
        Its draws, as `Draws` holds them.
    """

    design: Design
    values: Mapping[str, Array]


def warm_start_of(posterior: Posterior) -> WarmStart | None:
    """Take a warm start from the posterior of one law.

    Parameters
    ----------
    posterior : Posterior
        The earlier posterior, of one law.

    Returns
    -------
    WarmStart or None
        None where the posterior was re-weighted or did not pass its gate.
    """
    tree = posterior.tree
    if has(tree, "weighted_from") or publication_gate(tree).failures:
        logger.info("no warm start: the earlier posterior was re-weighted, or had not converged")
        return None
    return WarmStart(posterior.design, variables_from_tree(tree, posterior.design))


def preconditioner_from_draws(design: Design, density: Density, start: WarmStart) -> Preconditioner | None:
    """Compute centring and coordinates of a design from draws of an earlier posterior.

    Parameters
    ----------
    design : Design
        Data and priors.
    density : Density
        Compiled log density of the design's layout.
    start : WarmStart
        The earlier posterior.

    Returns
    -------
    Preconditioner or None
        None where the draws are of another model or other families, too few, or the density is not finite where they
        lie.
    """
    if not _same_model(start.design, design):
        logger.info("no warm start: law, families, noise or discrepancy differ from those of the earlier posterior")
        return None
    try:
        with np.errstate(all="ignore"):
            preconditioner = _preconditioner(design, density, _transferred(start, design))
    except np.linalg.LinAlgError:  # draws that lie in a plane, or beyond all numbers
        preconditioner = None
    if preconditioner is None:
        logger.info("no warm start: too few draws, or no finite density where they lie")
    return preconditioner


def _same_model(before: Design, after: Design) -> bool:
    """Whether draws of one design are draws of the variables of another."""
    specs = before.spec, after.spec
    kernels = [(spec.discrepancy_lengthscale, spec.discrepancy_shared, spec.discrepancy_growth) for spec in specs]
    return (
        before.families == after.families
        and before.layout.key() == after.layout.key()
        and before.spec.law.digest == after.spec.law.digest  # texts of a law may change between releases
        and kernels[0] == kernels[1]
    )


def _preconditioner(design: Design, density: Density, values: Mapping[str, Array]) -> Preconditioner | None:
    """Centring and coordinates from draws of the design's variables; None where they do not suit."""
    centring = _centring(design, density, values)
    points = sampler_points(design, density, values, centring)
    scale = scale_index(design, density)
    coordinates = _fixed(points) if scale < 0 else _by_scale(points, scale)
    data = pack_data(design, centring)
    if coordinates is None or not _is_finite(density, data, coordinates.centres):
        return None
    return Preconditioner(data, centring, coordinates)


def _is_finite(density: Density, data: Mapping[str, Array], points: Array) -> bool:
    """Whether density and gradient are finite at all points."""
    evaluated = [density(point, data) for point in points]
    return all(np.isfinite(value) and np.isfinite(gradient).all() for value, gradient in evaluated)


def _transferred(start: WarmStart, design: Design) -> dict[str, Array]:
    """The earlier draws as draws of a design's variables.

    Values that a new centre of the data moves slightly stay as they are; the discrepancy is projected onto the basis of
    the longer table.
    """
    out, before = dict(start.values), start.design.basis
    if before is None or design.basis is None:
        return out
    regression, root = _regression(before, design.basis)
    fresh = np.random.default_rng(0).standard_normal(out["weight"].shape) @ root.T
    out["weight"] = out["weight"] @ regression.T + np.exp(out["log_discrepancy"])[..., None] * fresh
    return out


def _regression(before: Basis, after: Basis) -> tuple[Array, Array]:
    """Regression of the coefficients of the new functions on those of the old, and a root of the remaining covariance.

    Both are projections of one Gaussian process on its values at landmarks: their covariance is the kernel's.
    """
    settings = (after.lengthscales, after.shared)
    cross = kernel(after.landmarks, after.landmark_family, before.landmarks, before.landmark_family, *settings)
    regression = after.weights.T @ cross @ before.weights
    values, vectors = np.linalg.eigh(np.eye(len(regression)) - regression @ regression.T)
    return regression, vectors * np.sqrt(np.maximum(values, 0.0))


def _centring(design: Design, density: Density, values: Mapping[str, Array]) -> Centring:
    """Degree of centring from draws: the share of a value's variance over families that the data determine."""
    centring = default_centring(design)
    if design.layout.members:
        spread = prior_variance(design, values, centring).mean(axis=(0, 1))
        variance = joined_values(design, values, centring).var(axis=(0, 1))  # not that of the population's mean
        centring = replace(centring, members=np.clip(1 - variance / spread, 0.0, 1.0))
    if not design.layout.n_basis:
        return centring
    middle = sampler_points(design, density, values, centring).mean(axis=0)
    return centred_on_total(design, density, middle, centring)


def sampler_points(design: Design, density: Density, values: Mapping[str, Array], centring: Centring) -> Array:
    """Compute the density's points at draws.

    Parameters
    ----------
    design : Design
        Layout, and data that the discrepancy is centred on.
    density : Density
        Its layout of points.
    values : mapping of str to array, each (chain, draw, ...)
        Draws, as `Draws` holds them.
    centring : Centring
        Degree of centring.

    Returns
    -------
    array, shape (chain · draw, coordinate)
        Points.
    """
    variables = forward(design, values, centring)
    count = values["noise"].shape[0] * values["noise"].shape[1]
    return np.concatenate([variables[name].reshape(count, -1) for name in density.blocks], axis=-1)


def _fixed(points: Array) -> Coordinates | None:
    """Mean and factor of the covariance; None for too few draws."""
    if len(points) < LEAST_DRAWS * points.shape[1]:
        return None
    factor = np.linalg.cholesky(np.cov(points, rowvar=False))
    return Coordinates(np.zeros(1), points.mean(axis=0)[None], factor[None], -1)


def _by_scale(points: Array, scale: int) -> Coordinates | None:
    """Means and factors of covariances given the discrepancy's scale, at nodes of its log; None for too few draws."""
    log_scale = points[:, scale]
    low, high = np.quantile(log_scale, [OUTERMOST, 1 - OUTERMOST])
    count = max(int(np.ceil((high - low) / SPACING)), 1) + 1
    nodes = (low + high) / 2 + SPACING * (np.arange(count) - (count - 1) / 2)
    weights = np.exp(-0.5 * ((log_scale - nodes[:, None]) / WIDTH) ** 2)
    enough = np.flatnonzero(weights.sum(axis=1) >= LEAST_DRAWS * points.shape[1])
    if len(enough) < 2 or np.any(np.diff(enough) > 1):
        return None
    moments = [_local(points, scale, nodes[i], weights[i]) for i in enough]
    centres, factors = (np.array(part) for part in zip(*moments, strict=True))
    centres[:, scale], factors[:, scale, scale] = log_scale.mean(), log_scale.std()
    return Coordinates(nodes[enough], centres, factors, scale)


def _local(points: Array, scale: int, at: float, weight: Array) -> tuple[Array, Array]:
    """Mean of the points at a log scale, by local linear regression, and the factor of their covariance given it.

    Row and column of the scale are zero.
    """
    away = np.column_stack([np.ones(len(points)), points[:, scale] - at])
    weighted = away * weight[:, None]
    line = np.linalg.solve(weighted.T @ away, weighted.T @ points)
    others = np.arange(points.shape[1]) != scale
    residuals = (points - away @ line)[:, others]
    factor = np.zeros((points.shape[1], points.shape[1]))
    factor[np.ix_(others, others)] = np.linalg.cholesky((residuals * weight[:, None]).T @ residuals / weight.sum())
    return line[0], factor
