"""Posterior draws of the success rates of the same problems under several options: temperatures, policies, models.

An option is a group of a risk posterior. The mixing law of each group comes from `fit_risk`, under which the rates of
one problem under two options are independent given the laws. In fact a problem that is hard at one temperature is hard
at the next; ignoring that overstates the gain of mixing options. The rates of a problem are therefore joined by a
Gaussian copula with one factor: the normal score of a rate is sqrt(c) u + sqrt(1 - c) e, with u shared by the options
of a problem. The correlation c has a uniform prior. The binomial likelihood of the counts is integrated over rates and
factor, so that few attempts do not attenuate c. Draws of the mixing laws are weighted by the likelihood of all options
together, so that laws and correlation have their joint posterior.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bayescale.errors import InputError
from bayescale.risk.grid import RATE, Counts
from bayescale.risk.posterior import LawDraws, RiskPosterior
from bayescale.risk.problems import Problems

type Array = NDArray[np.float64]
type Option = str | float | Sequence[str]

DRAWS = 400
_FACTOR = np.arange(-5.0, 5.01, 0.2)
_FINE_FACTOR = np.arange(-5.0, 5.01, 0.1)
_FINE_ABOVE = 0.97  # a rate's law given the factor has standard deviation sqrt(1 - c), here less than the coarse step
# Correlations at which the likelihood is evaluated, evenly spaced in Fisher's z: with many attempts at similar options
# the likelihood is narrow near 1, and equal steps of the correlation itself would miss its peak.
_CORRELATION = np.tanh(np.linspace(0.0, 3.0, 12))
_CELLS = 200  # equal cells of the uniform prior, from 0 to the largest correlation evaluated
_REWEIGHTED = 100  # draws of the mixing laws that are weighted by the likelihood of all options together
_STREAM = 11
_RATES = np.append(0.0, RATE)  # first the rate of a problem that is never solved


@dataclass(frozen=True, eq=False)
class CrossedRates:
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
        """Weights of problems by the Bayesian bootstrap (Rubin 1981), shape (n_draws, n_problems).

        A mean with the weights of a draw is a draw of the mean over new problems of the same population.
        """
        rng = np.random.default_rng(len(self.problem))
        return rng.dirichlet(np.ones(len(self.problem)), len(self.rates))


def option_groups(problems: Problems, options: Sequence[Option] | None) -> tuple[tuple[str, ...], list[int]]:
    """Return the groups that options name.

    Parameters
    ----------
    problems : Problems
        Counts and groups.
    options : sequence of str or of sequences of str, or None
        Values of the group columns; None takes all groups.

    Returns
    -------
    names : tuple of str
        Labels of the groups.
    groups : list of int
        Their indices.

    Raises
    ------
    InputError
        All problems at once, for options that are not groups or are named twice.
    """
    keys = list(problems.groups) if options is None else [_group(option, problems.groups) for option in options]
    known = "; ".join(", ".join(group) or "(all)" for group in problems.groups[:12])
    columns = ", ".join(problems.group_names) or "this posterior"
    wrong = [
        f"option {', '.join(key)!r} is not a group of {columns}; groups are {known}"
        for key in keys
        if key not in problems.groups
    ]
    wrong += [f"option {', '.join(key)!r} is named {keys.count(key)} times" for key in set(keys) if keys.count(key) > 1]
    if not keys:
        wrong.append(f"no option is named; groups are {known}")
    if wrong:
        raise InputError("these options cannot be used:", wrong)
    return tuple(", ".join(key) for key in keys), [problems.groups.index(key) for key in keys]


def _group(option: object, groups: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The group that an option names, by its values or by equal numbers: a temperature of 1.0 is read as "1"."""
    parts = option if isinstance(option, Sequence) and not isinstance(option, str) else (option,)
    key = tuple(map(str, parts))
    if key in groups:
        return key
    equal = [group for group in groups if len(group) == len(key) and all(map(_equal, group, key))]
    return equal[0] if len(equal) == 1 else key


def _equal(value: str, requested: str) -> bool:
    try:
        return value == requested or float(value) == float(requested)
    except ValueError:
        return False


def crossed_rates(posterior: RiskPosterior, options: Sequence[Option] | None = None, most: int = DRAWS) -> CrossedRates:
    """Draw the rates of the problems that every option was tried on, with their correlation between options.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    options : sequence of str or of sequences of str, optional
        Groups; None takes all.
    most : int, default 400
        Number of draws at most.

    Returns
    -------
    CrossedRates
        Draws of rates by option and problem.

    Raises
    ------
    InputError
        For options that are not groups, options without two problems in common, and a judge whose errors persist.
    """
    problems, judge = posterior.problems, posterior.judge
    names, groups = option_groups(problems, options)
    if judge is not None and judge.errors == "persistent":
        raise InputError(
            "a judge with errors='persistent' corrects a share of problems, not the rates of single problems: fit with "
            "errors='independent' or without a judge"
        )
    shared, rows = _shared(problems, groups, names)
    rng = posterior.random_generator(_STREAM, *groups)
    likelihoods = [
        [_likelihood(counts, problems.attempts[row], problems.successes[row]) for row in rows]
        for counts in posterior.counts
    ]
    panel = _Panel([posterior.law_draws(group, most) for group in groups], likelihoods)
    weight = problems.weight[rows[0]]
    count = len(panel.laws[0].mass)
    draws, correlation = _joint(panel, weight, rng, most) if len(groups) > 1 else (np.arange(count), np.zeros(count))
    rates = np.stack([panel.sample(int(draw), float(c), rng) for draw, c in zip(draws, correlation, strict=True)])
    return CrossedRates(names, shared, problems.attempts[rows], problems.successes[rows], rates, correlation)


def _shared(problems: Problems, groups: list[int], names: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Problems tried under every option, and their rows: (n_options, n_problems)."""
    rows_of = [problems.rows_by_name(problems.tried(group)) for group in groups]
    shared = tuple(sorted(set.intersection(*(set(rows) for rows in rows_of))))
    if len(shared) < 2:
        raise InputError(
            f"options {'; '.join(names)} share {len(shared)} problems that were tried; two or more with the same "
            "`problem` under every option are needed"
        )
    return shared, np.array([[rows[name] for name in shared] for rows in rows_of])


def _likelihood(counts: Counts, attempts: NDArray[np.int64], successes: NDArray[np.int64]) -> Array:
    """Likelihood of each problem's counts at every rate, that of p = 0 first: (n_problems, n_rates)."""
    pair = counts.pair_index(attempts, successes)
    return np.maximum(np.column_stack([counts.at_zero[pair], counts.likelihood[pair]]), 0.0)


@dataclass(frozen=True, eq=False)
class _Panel:
    """Mixing laws of the options, and likelihoods of the shared problems' counts.

    Likelihoods are by error rates of the judge and by option, (n_problems, n_rates), that of p = 0 first.
    """

    laws: list[LawDraws]
    likelihoods: list[list[Array]]

    def mass(self, option: int, draw: int, correlation: float) -> Array:
        """Mass of the mixing law at every rate given the shared factor: (n_factors, n_rates)."""
        law, factor = self.laws[option], _factor(correlation)
        mass = np.append(law.zero[draw], np.maximum(law.mass[draw], 0.0))
        if not correlation:
            return np.broadcast_to(mass / mass.sum(), (len(factor), len(mass)))
        total = np.cumsum(mass) / mass.sum()
        inner = (total > 1e-14) & (total < 1 - 1e-14)  # elsewhere the mass of the law is negligible
        score = ndtri(total[inner])
        below = (total >= 0.5) * np.ones((len(factor), 1))
        below[:, inner] = ndtr((score - np.sqrt(correlation) * factor[:, None]) / np.sqrt(1 - correlation))
        return np.diff(below, axis=1, prepend=0.0)

    def log_chances(self, draw: int, correlation: float) -> tuple[Array, list[Array], list[Array]]:
        """Log density of factor and counts (n_factors, n_problems), with the masses and likelihoods of each option."""
        masses = [self.mass(option, draw, correlation) for option in range(len(self.laws))]
        likelihoods = [self.likelihoods[int(law.judge_index[draw])][option] for option, law in enumerate(self.laws)]
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
    """A column of each row, drawn by weight."""
    cumulative = np.cumsum(weight, axis=1)
    uniform = rng.random(len(weight)) * cumulative[:, -1]
    return np.asarray(np.minimum((cumulative <= uniform[:, None]).sum(axis=1), weight.shape[1] - 1))


def _joint(panel: _Panel, weight: Array, rng: np.random.Generator, most: int) -> tuple[NDArray[np.int64], Array]:
    """Draws of mixing laws and correlation from their joint posterior: indices of draws, and correlations.

    `fit_risk` assumes that options are independent given the laws. A draw of the laws with a correlation is weighted by
    the likelihood with this correlation over that with none.
    """
    logs = np.stack([_log_ratios(panel, weight, draw) for draw in range(min(_REWEIGHTED, len(panel.laws[0].mass)))])
    chance = np.exp(logs - logs.max()).ravel()
    # systematic resampling: equal steps through the cumulative weights
    steps = (np.arange(most) + rng.random()) / most
    index = np.minimum(np.searchsorted(np.cumsum(chance) / chance.sum(), steps), chance.size - 1)
    draw, cell = np.divmod(rng.permutation(index), _CELLS)
    return np.asarray(draw), (cell + rng.random(most)) / _CELLS * _CORRELATION[-1]


def _log_ratios(panel: _Panel, weight: Array, draw: int) -> Array:
    """Log likelihood ratio at the middle of every cell of the correlation to correlation 0, at one draw of the laws.

    It is evaluated at few correlations, with a cubic spline in Fisher's z between them.
    """
    from scipy.interpolate import CubicSpline

    logs = np.array([weight @ panel.log_likelihood(draw, float(correlation)) for correlation in _CORRELATION])
    cells = (np.arange(_CELLS) + 0.5) / _CELLS * _CORRELATION[-1]
    return np.asarray(CubicSpline(np.arctanh(_CORRELATION), logs - logs[0])(np.arctanh(cells)))
