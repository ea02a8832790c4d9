"""Re-weight a posterior for rows that were added to its table, or give the reason why a full fit is needed.

The posterior of old and new rows is that of the old ones times the likelihood of the new ones, as long as everything
that the model takes from its data stays: centre, smallest responses, unit, the discrepancy's functions. Where the
weights are too uneven for the number of draws, images of them are added by moment matching. Where that does not help,
or the model itself would change, the posterior is not re-weighted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.draws.importance import Weighted, moment_matched, resampled, smoothed
from bayescale.core.gate import LEAST_ESS, MOST_PARETO_K
from bayescale.core.serialization import frozen, has, version_of
from bayescale.data.runs import Runs
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import PACKAGES, tree_of_draws, variables_from_tree
from bayescale.scaling.predict.added_rows import Extension, Refused, extended
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.predict.log_likelihood import log_likelihood
from bayescale.scaling.sampling.log_density import from_points, log_joint, to_points

type Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reweighted:
    """A posterior that was re-weighted: one chain of resampled draws.

    Attributes
    ----------
    tree : DataTree
        The posterior.
    pareto_k, effective_size : float
        Quality of the weights.
    moves : tuple of str
        What the images of the draws match of the weighted moments; usually empty, as no images were needed.
    """

    tree: xr.DataTree
    pareto_k: float
    effective_size: float
    moves: tuple[str, ...]


def reweighted(posterior: Posterior, runs: Runs) -> Reweighted | Refused:
    """Compute the posterior of one law given a longer table of runs, by importance re-weighting of its draws.

    The weights are Pareto-smoothed. Where k̂ or the effective size fail the gate, images of the draws are added by
    moment matching. The predictive seed stays. The posterior is taken for converged, which weights cannot show.

    Parameters
    ----------
    posterior : Posterior
        The posterior of the shorter table.
    runs : Runs
        The longer table.

    Returns
    -------
    Reweighted or Refused
        The posterior; or the reason where the gate still fails, where `extended` refuses, and where `posterior` was
        re-weighted itself: errors of repeated weights would go unnoticed, so every update starts from sampled draws.

    Raises
    ------
    InputError, LawError
        If the law cannot be fitted to the runs at all.
    StoredPosteriorError
        If the tree is not the posterior of one law.

    References
    ----------
    Vehtari et al. (2024), arXiv:1507.02646; Paananen et al. (2021), arXiv:1906.08850.
    """
    if has(posterior.tree, "weighted_from"):
        return Refused("this posterior was re-weighted already: start from the one that was sampled")
    longer = extended(posterior.design, runs)
    if isinstance(longer, Refused):
        return longer
    values = variables_from_tree(posterior.tree, posterior.design)
    draws = weighted(longer, values)
    quality = draws.weights.pareto_k, draws.weights.effective_size
    if not draws.weights.passed:
        return Refused(_too_uneven(draws), *quality)
    points = from_points(draws.points, values)
    return Reweighted(_tree(posterior, longer.design, draws, points, runs), *quality, draws.moves)


def weighted(longer: Extension, values: Mapping[str, Array]) -> Weighted:
    """Weight draws by the likelihood of the added rows, and add images of them where the weights are too uneven.

    Parameters
    ----------
    longer : Extension
        The longer table.
    values : mapping of str to ndarray
        Draws of the model's variables given the shorter table.

    Returns
    -------
    Weighted
        The draws as points, with their weights.
    """
    log_ratio = added_log_likelihood(from_draws(longer.design, values)[0], longer.added)
    start = Weighted(to_points(values), smoothed(log_ratio))
    if start.weights.passed:
        return start

    def log_target(points: Array) -> Array:
        return log_joint(longer.design, from_points(points, values))

    def log_proposal(points: Array) -> Array:
        ratio = added_log_likelihood(from_draws(longer.design, from_points(points, values))[0], longer.added)
        with np.errstate(invalid="ignore"):  # where the target is zero
            log_density = log_target(points) - ratio
        return np.where(np.isnan(log_density), -np.inf, log_density)

    return moment_matched(start, log_proposal, log_target)


def added_log_likelihood(functions: Functions, added: NDArray[np.int64]) -> Array:
    """Compute the log likelihood of added rows given all others.

    Rows of one run share its effect and its scale: for a run that has more rows now it is the density of all its rows
    over that of its old ones.

    Parameters
    ----------
    functions : Functions
        Draws, with the design of the longer table.
    added : ndarray of int
        Rows that are new.

    Returns
    -------
    ndarray
        Log likelihoods (chain, draw).
    """
    design = functions.design
    in_runs = np.isin(design.run, design.run[added])
    old = in_runs.copy()
    old[added] = False
    return _log_density(functions, in_runs) - _log_density(functions, old)


def _log_density(functions: Functions, rows: NDArray[np.bool_]) -> Array:
    """Log density (chain, draw) of some rows, as whole runs."""
    if not rows.any():
        return np.zeros(functions.draws)
    design = functions.design
    runs, run = np.unique(design.run[rows], return_inverse=True)
    part = replace(
        design,
        runs=tuple(design.runs[i] for i in runs),
        row=design.row[rows],
        scaled_response=design.scaled_response[rows],
        log_inputs=design.log_inputs[rows],
        family=design.family[rows],
        run=run.astype(np.int64),
    )
    with np.errstate(all="ignore"):  # what a law cannot express at a row is a ratio of zero
        return np.asarray(log_likelihood(replace(functions, design=part)).sum(axis=-1))


def _too_uneven(draws: Weighted) -> str:
    """Explain why weights that fail the gate are refused."""
    weights = draws.weights
    tried = " after moment matching" if draws.moves else "; moment matching did not help"
    return (
        f"the new rows move the posterior too far for its draws: Pareto k̂ {weights.pareto_k:.2f} (at most "
        f"{MOST_PARETO_K}), effective size {weights.effective_size:.0f} (at least {LEAST_ESS:.0f}){tried}"
    )


def _source_draws(posterior: Posterior, draws: Weighted) -> NDArray[np.int64]:
    """The draw of the earlier posterior that each point is, or is an image of."""
    chains, _ = draws.weights.log.shape
    of_chains = np.arange(posterior.n_draws).reshape(chains, -1)
    return np.concatenate([of_chains] * (2 if draws.moves else 1), axis=1).ravel()


def _tree(
    posterior: Posterior, design: Design, draws: Weighted, points: Mapping[str, Array], runs: Runs
) -> xr.DataTree:
    """Write the resampled draws as a tree: one chain, with the attributes that did not change."""
    rng = np.random.default_rng(np.random.SeedSequence([posterior.predictive_seed, 7]))
    chosen = resampled(draws.weights, rng)
    values = {name: value.reshape(-1, *value.shape[2:])[chosen][None] for name, value in points.items()}
    out = tree_of_draws(design, values, {"source_draw": _source_draws(posterior, draws)[chosen][None]})
    changed = {
        "attempt": "re-weighted" + (", moments matched" if draws.moves else ""),
        "notes": list(design.notes),
        "source": runs.source,
        "data_digest": runs.digest,
        "pareto_k": draws.weights.pareto_k,
        "effective_size": draws.weights.effective_size,
        "weighted_from": {name: posterior.attribute(name) for name in ("data_digest", "random_seed")},
        "versions": {name: version_of(name) for name in PACKAGES},
    }
    out.attrs = {**posterior.tree.attrs, **frozen(changed)}
    return out
