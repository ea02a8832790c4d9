"""Posterior draws of the success rates of the same problems under several options: temperatures, policies, models.

An option is a group of a risk posterior. Each group's mixing law comes from `fit_risk`, which takes the rates of one
problem under two options as independent given the laws. They are not: a problem that is hard at one temperature is hard
at the next, and to ignore it overstates what mixing options gains. So the rates of a problem are joined here by a
Gaussian copula with one factor: the normal score of a rate is sqrt(c) u + sqrt(1 - c) e, with u shared by the options
of a problem. The correlation c has a uniform prior. The binomial likelihood of the counts is integrated over rates and
factor, so that few attempts do not attenuate c. Draws of the mixing laws are weighted by how well they fit the options
together, so that laws and correlation have their joint posterior.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import ndtr, ndtri

from bayescale.core.serialization import fact
from bayescale.errors import InputError
from bayescale.risk.grid import RATE, Counts
from bayescale.risk.posterior import Drawn, Problems, drawn, judge_of, problems_of, settings

type Array = NDArray[np.float64]
type Option = str | float | Sequence[str]

DRAWS = 400
_FACTOR = np.arange(-5.0, 5.01, 0.2)
_FINE_FACTOR = np.arange(-5.0, 5.01, 0.1)
_FINE_ABOVE = 0.97  # a rate's law given the factor has standard deviation sqrt(1 - c), here less than the coarse step
# Correlations where the likelihood is evaluated, evenly spaced in Fisher's z: with many attempts at options that are
# alike the likelihood is narrow near 1, and equal steps of the correlation itself would miss its peak.
_CORRELATION = np.tanh(np.linspace(0.0, 3.0, 12))
_CELLS = 200  # equal cells of the uniform prior, from 0 to the largest correlation evaluated
_REWEIGHTED = 100  # draws of the mixing laws that are weighted by how well they fit the options together
_STREAM = 11
_RATES = np.append(0.0, RATE)  # the problem that is never solved comes first


@dataclass(frozen=True, eq=False)
class Crossed:
    """Draws of the rates of problems that every option was tried on.

    Attributes
    ----------
    options : tuple of str
        Names of the options; values of several group columns are joined by ", ".
    problem : tuple of str
        The problems, sorted.
    attempts, successes : ndarray of int, shape (n_options, n_problems)
        Counts.
    rates : ndarray, shape (n_draws, n_options, n_problems)
        λ = -log(1 - p), 0 for a problem that is never solved.
    correlation : ndarray, shape (n_draws,)
        Correlation of normal scores between options; 0 for a single option.
    """

    options: tuple[str, ...]
    problem: tuple[str, ...]
    attempts: NDArray[np.int64]
    successes: NDArray[np.int64]
    rates: Array
    correlation: Array

    @property
    def weights(self) -> Array:
        """Weights of problems by the Bayesian bootstrap (Rubin 1981), one set a draw: (n_draws, n_problems).

        A mean with these weights is a draw of the mean over new problems of the same population.
        """
        rng = np.random.default_rng(len(self.problem))
        return rng.dirichlet(np.ones(len(self.problem)), len(self.rates))


def groups_of(tree: xr.DataTree, options: Sequence[Option] | None) -> tuple[tuple[str, ...], list[int]]:
    """Names and numbers of the groups that options name; None names all.

    Raises
    ------
    InputError
        All problems at once, for options that are no groups or are named twice.
    """
    problems = problems_of(tree)
    keys = list(problems.groups) if options is None else [_group(option, problems.groups) for option in options]
    known = "; ".join(", ".join(group) or "(all)" for group in problems.groups[:12])
    columns = ", ".join(problems.group_names) or "this posterior"
    wrong = [
        f"option {', '.join(key)!r} is no group of {columns}; known: {known}"
        for key in keys
        if key not in problems.groups
    ]
    wrong += [f"option {', '.join(key)!r} is named {keys.count(key)} times" for key in set(keys) if keys.count(key) > 1]
    if not keys:
        wrong.append(f"no option is named; known: {known}")
    if wrong:
        raise InputError("these options cannot be used:", wrong)
    return tuple(", ".join(key) for key in keys), [problems.groups.index(key) for key in keys]


def _group(option: object, groups: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The group that an option names: by its values, or by equal numbers, since a temperature of 1.0 is read as "1"."""
    parts = option if isinstance(option, Sequence) and not isinstance(option, str) else (option,)
    key = tuple(map(str, parts))
    if key in groups:
        return key
    equal = [group for group in groups if len(group) == len(key) and all(map(_same, group, key))]
    return equal[0] if len(equal) == 1 else key


def _same(value: str, wanted: str) -> bool:
    try:
        return value == wanted or float(value) == float(wanted)
    except ValueError:
        return False


def crossed(tree: xr.DataTree, options: Sequence[Option] | None = None, most: int = DRAWS) -> Crossed:
    """Draw the rates of the problems that every option was tried on, joined by what the options have in common.

    Parameters
    ----------
    tree : DataTree
        A risk posterior.
    options : sequence of str or of sequences of str, optional
        Groups; None takes all.
    most : int
        Draws at most.

    Returns
    -------
    Crossed
        Draws of rates by option and problem.

    Raises
    ------
    InputError
        For options that are no groups, options without two problems in common, and a judge whose errors persist.
    """
    names, groups = groups_of(tree, options)
    judge = judge_of(tree)
    if judge is not None and judge.errors == "persistent":
        raise InputError(
            "judge errors='persistent' correct a share of problems, not the rate of one: rates of single problems need "
            "a posterior with errors='independent' or without a judge"
        )
    problems = problems_of(tree)
    shared, rows = _shared(problems, groups, names)
    rng = np.random.default_rng(np.random.SeedSequence([fact(tree, "predictive_seed"), _STREAM, *groups]))
    counted = [problems.counted(verdicts) for verdicts in settings(tree)]
    likelihoods = [[likelihood(own, problems.attempts[r], problems.successes[r]) for r in rows] for own in counted]
    panel = _Panel([drawn(tree, group, most) for group in groups], likelihoods)
    weight = problems.weight[rows[0]]
    count = len(panel.laws[0].mass)
    place, correlation = _joint(panel, weight, rng, most) if len(groups) > 1 else (np.arange(count), np.zeros(count))
    rates = np.stack([panel.sample(int(draw), float(c), rng) for draw, c in zip(place, correlation, strict=True)])
    return Crossed(names, shared, problems.attempts[rows], problems.successes[rows], rates, correlation)


def _shared(problems: Problems, groups: list[int], names: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Problems tried under every option, and their rows: (n_options, n_problems)."""
    rows_of = [
        {problems.problem[i]: i for i in np.flatnonzero((problems.group == group) & (problems.attempts > 0))}
        for group in groups
    ]
    shared = tuple(sorted(set.intersection(*(set(rows) for rows in rows_of))))
    if len(shared) < 2:
        raise InputError(
            f"options {'; '.join(names)} share {len(shared)} problems that were tried; two or more with the same "
            "`problem` under every option are needed"
        )
    return shared, np.array([[rows[name] for name in shared] for rows in rows_of])


def likelihood(counts: Counts, attempts: NDArray[np.int64], successes: NDArray[np.int64]) -> Array:
    """Likelihood of each problem's counts at every rate, the never-solved one first: (n_problems, n)."""
    places = {pair: at for at, pair in enumerate(zip(counts.attempts, counts.successes, strict=True))}
    pair = [places[values] for values in zip(attempts, successes, strict=True)]
    return np.maximum(np.column_stack([counts.at_zero[pair], counts.likelihood[pair]]), 0.0)


@dataclass(frozen=True, eq=False)
class _Panel:
    """Mixing laws of the options, and the likelihoods of the shared problems' counts, by setting of the judge and by
    option: (n_problems, n) at every rate, the never-solved one first."""

    laws: list[Drawn]
    likelihoods: list[list[Array]]

    def mass(self, option: int, draw: int, correlation: float) -> Array:
        """Mass of the mixing law at every rate given the shared factor: (n_factors, n)."""
        law, factor = self.laws[option], _factor(correlation)
        mass = np.append(law.zero[draw], np.maximum(law.mass[draw], 0.0))
        if not correlation:
            return np.broadcast_to(mass / mass.sum(), (len(factor), len(mass)))
        total = np.cumsum(mass) / mass.sum()
        inner = (total > 1e-14) & (total < 1 - 1e-14)  # elsewhere the law has no mass to speak of
        score = ndtri(total[inner])
        below = (total >= 0.5) * np.ones((len(factor), 1))
        below[:, inner] = ndtr((score - np.sqrt(correlation) * factor[:, None]) / np.sqrt(1 - correlation))
        return np.diff(below, axis=1, prepend=0.0)

    def log_chances(self, draw: int, correlation: float) -> tuple[Array, list[Array], list[Array]]:
        """Log density of factor and counts (n_factors, n_problems), with the masses and likelihoods of each option."""
        masses = [self.mass(option, draw, correlation) for option in range(len(self.laws))]
        likelihoods = [self.likelihoods[int(law.setting[draw])][option] for option, law in enumerate(self.laws)]
        logs = np.repeat(-0.5 * _factor(correlation)[:, None] ** 2, len(likelihoods[0]), axis=1)
        for mass, likelihood in zip(masses, likelihoods, strict=True):
            logs += np.log(np.maximum(mass @ likelihood.T, 1e-300))
        return logs, masses, likelihoods

    def log_likelihood(self, draw: int, correlation: float) -> Array:
        """Log likelihood of every shared problem's counts: (n_problems,)."""
        logs = self.log_chances(draw, correlation)[0]
        step, top = np.diff(_factor(correlation)[:2]), logs.max(axis=0)
        return np.asarray(top + np.log(np.exp(logs - top).sum(axis=0) * step))

    def sample(self, draw: int, correlation: float, rng: np.random.Generator) -> Array:
        """One draw of the rates: (n_options, n_problems)."""
        logs, masses, likelihoods = self.log_chances(draw, correlation)
        factor = _pick(np.exp(logs - logs.max(axis=0)).T, rng)
        nodes = [_pick(mass[factor] * likelihood, rng) for mass, likelihood in zip(masses, likelihoods, strict=True)]
        return _RATES[np.stack(nodes)]


def _factor(correlation: float) -> Array:
    """Values of the shared factor that it is integrated over."""
    return _FINE_FACTOR if correlation > _FINE_ABOVE else _FACTOR


def _pick(weight: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """One column of each row, by its weight."""
    cumulative = np.cumsum(weight, axis=1)
    turn = rng.random(len(weight)) * cumulative[:, -1]
    return np.asarray(np.minimum((cumulative <= turn[:, None]).sum(axis=1), weight.shape[1] - 1))


def _joint(panel: _Panel, weight: Array, rng: np.random.Generator, most: int) -> tuple[NDArray[np.int64], Array]:
    """Draws of mixing laws and correlation from their joint posterior: numbers of draws, and correlations.

    `fit_risk` took the options as independent given the laws. A draw of the laws with a correlation counts by the
    likelihood with this correlation over that with none.
    """
    logs = np.stack([_log_ratios(panel, weight, draw) for draw in range(min(_REWEIGHTED, len(panel.laws[0].mass)))])
    chance = np.exp(logs - logs.max()).ravel()
    # systematic resampling: equal steps through the cumulative weights
    steps = (np.arange(most) + rng.random()) / most
    picked = np.minimum(np.searchsorted(np.cumsum(chance) / chance.sum(), steps), chance.size - 1)
    picked = rng.permutation(picked)
    chosen, cell = np.divmod(picked, _CELLS)
    return np.asarray(chosen), (cell + rng.random(most)) / _CELLS * _CORRELATION[-1]


def _log_ratios(panel: _Panel, weight: Array, draw: int) -> Array:
    """Log likelihood at the middle of every cell of the correlation less that at correlation 0, at one draw of the
    laws: evaluated at few correlations, a cubic spline in Fisher's z between them."""
    logs = np.array([weight @ panel.log_likelihood(draw, float(correlation)) for correlation in _CORRELATION])
    cells = (np.arange(_CELLS) + 0.5) / _CELLS * _CORRELATION[-1]
    return np.asarray(CubicSpline(np.arctanh(_CORRELATION), logs - logs[0])(np.arctanh(cells)))
