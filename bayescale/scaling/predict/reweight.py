"""A posterior when rows were added to its table: its draws weighed by what the new rows say, or the reason why not.

The posterior of old and new rows is that of the old ones times the likelihood of the new ones, so long as everything
the model took from its data stays what it was: centre, least responses, unit, the discrepancy's functions. Where the
weights are too uneven for the draws there are, the draws are moved by moment matching; where that does not help
either, or the model itself would change, the answer is no, and a full fit is what is left.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.diagnostics import LEAST_ESS, MOST_PARETO_K
from bayescale.core.importance import Weighted, moment_matched, resampled, smoothed
from bayescale.core.serialization import frozen, has, version_of
from bayescale.data.columns import made_up_run
from bayescale.data.runs import Runs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import PACKAGES, tree_of_draws, variables_from_tree
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.predict.log_likelihood import log_likelihood
from bayescale.scaling.sampling.log_density import from_points, log_joint, to_points

type Array = NDArray[np.float64]
type Row = tuple[str, str, tuple[float, ...]]

DIGITS = 9  # to which two rows must agree to be one: another machine's logarithm may differ in the last of sixteen
LEAST_SPANNED = 0.5  # of the discrepancy's variance at a new row
SHOWN = 5  # runs named in a reason


@dataclass(frozen=True)
class Refused:
    """Why a posterior cannot be re-weighted, in words, and how uneven the weights were where it came to that."""

    reason: str
    pareto_k: float = np.nan
    effective_size: float = np.nan


@dataclass(frozen=True, eq=False)
class Extension:
    """The design of a longer table with all frozen that the old one froze; `added` are its rows (obs,) that are new."""

    design: Design
    added: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reweighted:
    """A posterior got by re-weighting: one chain of resampled draws, and how good the weights were.

    `moves` are the affine maps of moment matching that were needed, in order; none as a rule.
    """

    tree: xr.DataTree
    pareto_k: float
    effective_size: float
    moves: tuple[str, ...]


def reweighted(posterior: Posterior, runs: Runs) -> Reweighted | Refused:
    """The posterior of one law given a longer table of runs, by importance re-weighting of `tree`'s draws.

    Pareto-smoothed (Vehtari et al. 2024, arXiv 1507.02646); where k̂ or the effective size of the weights fail the
    gate, draws are moved by moment matching (Paananen et al. 2021, arXiv 1906.08850). The predictive seed stays that of
    `tree`. Refused where the gate fails still, where `extended` refuses, and where `tree` was itself re-weighted:
    errors of weights of weights would pass unseen, so every update starts from the last posterior that was sampled.
    `tree` is taken for converged: weights do not say whether it is.
    Raises InputError or LawError for runs that the law cannot be fitted to at all, StoredPosteriorError for a tree that
    is no posterior of one law.
    """
    if has(posterior.tree, "weighted_from"):
        return Refused("this posterior was itself re-weighted: start from the one that was sampled")
    longer = extended(posterior.design, runs)
    if isinstance(longer, Refused):
        return longer
    values = variables_from_tree(posterior.tree, posterior.design)
    found = weighted(longer, values)
    quality = found.weights.pareto_k, found.weights.effective_size
    if not found.weights.passed:
        return Refused(_too_uneven(found), *quality)
    moved = from_points(found.points, values)
    return Reweighted(_tree(posterior, longer.design, found, moved, runs), *quality, found.moves)


def extended(design: Design, runs: Runs) -> Extension | Refused:
    """The design of a table that has rows more than that of `design`: centre, least responses, unit, basis and families
    as they were.

    Refused where no row was added, rows were changed or removed, a family is new, rows are the first to share a run
    (there is then a noise of runs to be learnt), or a row lies where the frozen discrepancy says nothing.
    Raises InputError or LawError for runs that the law cannot be fitted to at all.
    """
    plain = make_design(runs, replace(design.spec, discrepancy=False), max_rows=len(runs.table))
    strangers = sorted(set(plain.families) - set(design.families))
    if strangers:
        return Refused(f"family {_listed(strangers)} is new: no draw says anything of its parameters")
    before, after = _rows(design, design.unit), _rows(plain, design.unit)
    gone = Counter(before) - Counter(after)
    if gone:
        return Refused(f"rows were changed or removed: {_listed(sorted({_named(row) for row in gone}))}")
    longer = replace(
        plain,
        spec=design.spec,
        scaled_response=plain.scaled_response * (plain.unit / design.unit),
        centre=design.centre,
        least=design.least,
        unit=design.unit,
        basis=design.basis,
    )
    added = _added(before, after)
    reason = _other_model(design, longer, added)
    return Refused(reason) if reason else Extension(longer, added)


def _other_model(design: Design, longer: Design, added: NDArray[np.int64]) -> str:
    """Why rows added to a design make its model another one, or its frozen functions unfit; empty where they do not."""
    if not len(added):
        return "no row was added"
    if longer.layout.key() != design.layout.key():
        first = longer.runs[int(np.bincount(longer.run).argmax())]
        return f"runs have several rows for the first time ({first}): the noise that a run's rows share has no draws"
    if longer.basis is None:
        return ""
    spanned = (longer.basis.features(longer.log_inputs, longer.family) ** 2).sum(axis=1)[added]
    far = added[spanned < LEAST_SPANNED]
    if not len(far):
        return ""
    names = sorted({longer.runs[int(run)] for run in longer.run[far]})
    return (
        f"{_listed(names)} lies beyond the runs that the discrepancy was fitted to: its frozen functions span "
        f"{100 * spanned.min():.0f} % of its variance there, at least {100 * LEAST_SPANNED:.0f} % are needed"
    )


def _rows(design: Design, unit: float) -> list[Row]:
    """Every row as what it says: family, run (empty where it was made up from the row's number), inputs, response."""
    said = np.column_stack([design.log_inputs, design.scaled_response * (design.unit / unit)])
    numbers = (np.round(said, DIGITS) + 0.0).tolist()  # + 0.0: no minus zero
    names = [design.runs[i] for i in design.run]
    given = [name if name != made_up_run(int(row)) else "" for name, row in zip(names, design.row, strict=True)]
    families = [design.families[i] for i in design.family]
    return [(family, run, tuple(one)) for family, run, one in zip(families, given, numbers, strict=True)]


def _added(before: list[Row], after: list[Row]) -> NDArray[np.int64]:
    """Which rows of the longer table are not among the old."""
    left, out = Counter(before), []
    for i, row in enumerate(after):
        if left[row]:
            left[row] -= 1
        else:
            out.append(i)
    return np.array(out, dtype=np.int64)


def _named(row: Row) -> str:
    family, run, _ = row
    return f"{run or 'a run without a name'} ({family})"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def weighted(longer: Extension, values: Mapping[str, Array]) -> Weighted:
    """Draws of the shorter table's posterior as points, weighed by the rows added; moved where that is too uneven."""
    told = added_log_likelihood(from_draws(longer.design, values)[0], longer.added)
    start = Weighted(to_points(values), smoothed(told))
    if start.weights.passed:
        return start

    def log_target(points: Array) -> Array:
        return log_joint(longer.design, from_points(points, values))

    return moment_matched(start, log_target(start.points) - told, log_target)


def added_log_likelihood(functions: Functions, added: NDArray[np.int64]) -> Array:
    """Log likelihood (chain, draw) of a design's added rows given all others.

    Rows of one run share its effect and its tail: of a run that grew it is the density of all its rows over that of
    those that were there.
    """
    design = functions.design
    touched = np.isin(design.run, design.run[added])
    there = touched.copy()
    there[added] = False
    return _log_density(functions, touched) - _log_density(functions, there)


def _log_density(functions: Functions, rows: NDArray[np.bool_]) -> Array:
    """Log density (chain, draw) of some rows, as whole runs."""
    if not rows.any():
        return np.zeros(functions.draws)
    design = functions.design
    kept, run = np.unique(design.run[rows], return_inverse=True)
    part = replace(
        design,
        runs=tuple(design.runs[i] for i in kept),
        row=design.row[rows],
        scaled_response=design.scaled_response[rows],
        log_inputs=design.log_inputs[rows],
        family=design.family[rows],
        run=run.astype(np.int64),
    )
    with np.errstate(all="ignore"):  # what a law cannot express at a row is a ratio of zero
        return np.asarray(log_likelihood(replace(functions, design=part)).sum(axis=-1))


def _too_uneven(found: Weighted) -> str:
    weights = found.weights
    tried = " after moment matching" if found.moves else ", where moment matching did not help either"
    return (
        f"the new rows move the posterior too far for its draws: Pareto k̂ {weights.pareto_k:.2f} (at most "
        f"{MOST_PARETO_K}), effective size {weights.effective_size:.0f} (at least {LEAST_ESS:.0f}){tried}"
    )


def _tree(posterior: Posterior, design: Design, found: Weighted, moved: Mapping[str, Array], runs: Runs) -> xr.DataTree:
    """The resampled draws as a posterior's tree: one chain, with the attributes that did not change."""
    rng = np.random.default_rng(np.random.SeedSequence([posterior.predictive_seed, 7]))
    chosen = resampled(found.weights, rng)
    values = {name: value.reshape(-1, *value.shape[2:])[chosen][None] for name, value in moved.items()}
    out = tree_of_draws(design, values, {"source_draw": chosen[None]})
    changed = {
        "attempt": "re-weighted" + (", moments matched" if found.moves else ""),
        "notes": list(design.notes),
        "source": runs.source,
        "data_digest": runs.digest,
        "pareto_k": found.weights.pareto_k,
        "effective_size": found.weights.effective_size,
        "weighted_from": {name: posterior.attribute(name) for name in ("data_digest", "random_seed")},
        "versions": {name: version_of(name) for name in PACKAGES},
    }
    out.attrs = {**posterior.tree.attrs, **frozen(changed)}
    return out
