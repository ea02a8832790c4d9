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
from functools import cached_property
from itertools import combinations
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from bayescale.errors import InputError
from bayescale.risk.difficulty import Difficulty
from bayescale.risk.grid import RATE, Counts
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.problem_laws import problem_nodes
from bayescale.risk.predict.rate_copula import Panel, joint_draws
from bayescale.risk.problems import Problems

type Array = NDArray[np.float64]
type Option = str | float | Sequence[str]

DRAWS = 400
_STREAM = 11
#: The latest crossed rates of each posterior, with its groups and number of draws: decisions on the same options share
#: them.
_LATEST: WeakKeyDictionary[RiskPosterior, tuple["_Request", "CrossedRates"]] = WeakKeyDictionary()

type _Request = tuple[tuple[int, ...], int]


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

    @cached_property
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
    request = tuple(groups), most
    latest = _LATEST.get(posterior)
    if latest is None or latest[0] != request:
        latest = _LATEST[posterior] = request, _drawn(posterior, names, groups, most)
    return latest[1]


def _drawn(posterior: RiskPosterior, names: tuple[str, ...], groups: list[int], most: int) -> CrossedRates:
    """Draw the rates of the problems that were tried in all groups."""
    problems = posterior.problems
    shared, rows = _shared(problems, groups, names)
    rng = posterior.random_generator(_STREAM, *groups)
    if posterior.difficulty is not None and len(groups) > 1:
        return _from_difficulty(posterior, posterior.difficulty, names, groups, shared, rows, most)
    every = posterior.counts[0].pair_index(problems.attempts[rows].ravel(), problems.successes[rows].ravel())
    used, pairs = np.unique(every, return_inverse=True)
    likelihoods = [_likelihood(counts)[used] for counts in posterior.counts]
    panel = Panel([posterior.law_draws(group, most) for group in groups], likelihoods, pairs.reshape(rows.shape))
    weight = problems.weight[rows[0]]
    count = len(panel.laws[0].mass)
    draws, correlation = (
        joint_draws(panel, weight, rng, most) if len(groups) > 1 else (np.arange(count), np.zeros(count))
    )
    rates = np.stack([panel.sample(int(draw), float(c), rng) for draw, c in zip(draws, correlation, strict=True)])
    return CrossedRates(names, shared, problems.attempts[rows], problems.successes[rows], rates, correlation)


def _from_difficulty(
    posterior: RiskPosterior,
    difficulty: Difficulty,
    names: tuple[str, ...],
    groups: list[int],
    shared: tuple[str, ...],
    rows: NDArray[np.int64],
    most: int,
) -> CrossedRates:
    """Rates of a posterior that was sampled with the factor of difficulty, so that they are joint already."""
    problems, draws = posterior.problems, np.arange(min(most, posterior.n_draws))
    rate = np.append(RATE, 0.0)
    rng = posterior.random_generator(_STREAM, *groups)
    nodes = [
        problem_nodes(posterior, group, of_group, rng, draws) for group, of_group in zip(groups, rows, strict=True)
    ]
    rates = rate[np.stack(nodes, axis=1)]
    pairs = [difficulty.correlation(first, second) for first, second in combinations(groups, 2)]
    return CrossedRates(
        names, shared, problems.attempts[rows], problems.successes[rows], rates, np.mean(pairs, axis=0)[draws]
    )


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


def _likelihood(counts: Counts) -> Array:
    """Likelihood of each pair of counts at every rate, that of p = 0 first: (n_pairs, n_rates)."""
    return np.maximum(np.column_stack([counts.at_zero, counts.likelihood]), 0.0)
