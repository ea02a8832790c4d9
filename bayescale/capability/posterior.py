"""A capability posterior whose tree is parsed once: scores, draws, and the scores that capabilities imply.

Model m of family F with log10 compute x has capability θ = efficiency_F + slope_F·x + δ_m. Its score on benchmark b is
chance_b + (1 − chance_b)·logistic(a_b + λ_b·θ + κ_b·h(x) + offset_Fb + ε_mb), measured on a finite number of items; h
bends from a slope of −1 to one of 1 around the mean compute. δ, ε, offsets and families' lines are normal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import expit

from bayescale.capability.posterior_tree import scores_from_tree
from bayescale.capability.scores import Scores
from bayescale.capability.state import curve
from bayescale.core.draws.chain_statistics import QuantityDiagnostics, quantity_diagnostics
from bayescale.core.gate import DRAW_CRITERIA
from bayescale.core.notes import Note, as_note
from bayescale.core.serialization import fact

type Array = NDArray[np.float64]

_GATE_SEED = 0  # of the noise with which the gate sees scores
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True, eq=False)
class CapabilityPosterior:
    """A posterior of capabilities. Each part of its tree is parsed at its first use, and once.

    Answers are functions of this class; `Capability` binds them as methods. The tree must not change afterwards.

    Parameters
    ----------
    tree : DataTree
        The posterior.
    """

    tree: xr.DataTree

    @cached_property
    def scores(self) -> Scores:
        """The scores."""
        return scores_from_tree(self.tree)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Notes on the table."""
        return tuple(map(as_note, fact(self.tree, "notes")))

    @cached_property
    def draws(self) -> Mapping[str, Array]:
        """Draws of every variable (chain, draw, ...)."""
        return {str(name): values.to_numpy() for name, values in self.tree["posterior"].data_vars.items()}

    def random_generator(self, stream: int) -> np.random.Generator:
        """Return a generator of predictions, the same at every call.

        Parameters
        ----------
        stream : int
            Number of the purpose.

        Returns
        -------
        Generator
            The generator.
        """
        return np.random.default_rng([int(fact(self.tree, "predictive_seed")), stream])

    @cached_property
    def reported(self) -> dict[str, Array]:
        """Quantities that answers are computed from, each (chain, draw, n), which the gate looks at."""
        return reported(self.scores, self.draws)


def reported(scores: Scores, draws: Mapping[str, Array]) -> dict[str, Array]:
    """Compute the quantities that the gate looks at.

    Loadings and capabilities alone are not among them: they can be rotated without a change of any score.

    Parameters
    ----------
    scores : Scores
        The scores.
    draws : mapping of str to ndarray
        Draws of every variable (chain, draw, ...).

    Returns
    -------
    dict of str to ndarray, shape (n_chains, n_draws, n)
        Level, slope and curvature of each benchmark, spreads over families and models, and the score that every model's
        capability implies, as it would be measured once: what the items of a benchmark cannot resolve does not count.
    """
    coefficient = draws["coefficient"]
    square = coefficient[..., 1:-1] ** 2
    implied = np.stack(
        [implied_score(scores, logits(draws, place, scores.family), place) for place in range(len(scores.benchmarks))],
        axis=-1,
    )
    noise = np.sqrt(np.maximum(implied * (1 - implied), 1 / scores.items) / scores.items)
    measured = implied + noise * np.random.default_rng(_GATE_SEED).standard_normal(implied.shape)
    return {
        "level": coefficient[..., 0],
        "slope": coefficient[..., 1],
        "curvature": coefficient[..., -1],
        "family_spread": spread(square, draws["efficiency_scale"], draws["offset_scale"]),
        "model_spread": spread(square, draws["model_scale"], draws["residual_scale"]),
        "score": measured.reshape(*implied.shape[:2], -1),
    }


def spread(square: Array, scale: Array, alone: Array) -> Array:
    """Compute standard deviations of the logits of each benchmark.

    Parameters
    ----------
    square : ndarray, shape (..., n_benchmarks, n_dimensions)
        Squared loadings.
    scale : ndarray, shape (..., n_dimensions)
        Standard deviations of capabilities.
    alone : ndarray, shape (..., n_benchmarks)
        Standard deviations of what is added to one benchmark alone.

    Returns
    -------
    ndarray, shape (..., n_benchmarks)
        The standard deviations.
    """
    return np.asarray(np.sqrt((square * scale[..., None, :] ** 2).sum(axis=-1) + alone**2))


def logits(draws: Mapping[str, Array], benchmark: int, family: NDArray[np.int64]) -> Array:
    """Compute the mean logits of all models on a benchmark.

    Parameters
    ----------
    draws : mapping of str to ndarray
        Draws of every variable (chain, draw, ...).
    benchmark : int
        Place of the benchmark.
    family : ndarray of int, shape (n_models,)
        Family of each model.

    Returns
    -------
    ndarray, shape (n_chains, n_draws, n_models)
        The logits.
    """
    coefficient = draws["coefficient"][..., benchmark, :]
    mean = coefficient[..., :1] + (draws["capability"] @ coefficient[..., 1:-1, None])[..., 0]
    mean += curve(draws["compute"]) * coefficient[..., -1:]
    return np.asarray(mean + draws["offset"][..., family, benchmark])


def implied_score(scores: Scores, logit: Array, benchmark: int, scale: Array | float = 0.0) -> Array:
    """Average the score on a benchmark over normal deviations of the logit.

    Parameters
    ----------
    scores : Scores
        The scores.
    logit : ndarray
        Mean logits.
    benchmark : int
        Place of the benchmark.
    scale : ndarray or float, default 0.0
        Standard deviation of the deviations, broadcast against `logit`.

    Returns
    -------
    ndarray
        The scores.
    """
    chance = scores.chance[benchmark]
    if np.all(np.asarray(scale) == 0):
        share = expit(logit)
    else:
        terms = zip(_NODES, _WEIGHTS, strict=True)
        share = sum((weight * expit(logit + scale * node) for node, weight in terms), np.zeros(np.shape(logit)))
    return np.asarray(chance + (1 - chance) * share)


def diagnose(quantities: Mapping[str, Array]) -> tuple[list[str], QuantityDiagnostics]:
    """Compute convergence diagnostics of quantities that vary.

    Parameters
    ----------
    quantities : mapping of str to ndarray, shape (n_chains, n_draws, n)
        The quantities.

    Returns
    -------
    names : list of str
        Name and place of each.
    diagnostics : QuantityDiagnostics
        R-hat and effective sample sizes.
    """
    names, columns = [], []
    for name, values in quantities.items():
        varies = np.ptp(values, axis=(0, 1)) > 0
        names += [f"{name}[{place}]" for place in np.flatnonzero(varies)]
        columns.append(values[..., varies])
    return names, quantity_diagnostics(np.concatenate(columns, axis=2))


def has_converged(scores: Scores, draws: Mapping[str, Array]) -> bool:
    """Compare draws with the criteria of the gate.

    Parameters
    ----------
    scores : Scores
        The scores.
    draws : mapping of str to ndarray
        Draws of every variable (chain, draw, ...).

    Returns
    -------
    bool
        Whether they meet all.
    """
    _, each = diagnose(reported(scores, draws))
    extremes = {"rhat": each.rhat.max(), "ess_bulk": each.ess_bulk.min(), "ess_tail": each.ess_tail.min()}
    return all(criterion.passes(float(extremes[criterion.figure])) for criterion in DRAW_CRITERIA)
