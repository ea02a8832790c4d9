"""Posterior draws of ASR@N (pass@k): of the measured problems, of new ones, and before any data."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from bayescale.errors import InputError
from bayescale.risk.grid import RATE, Counts
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.problem_laws import ProblemLaws, nodes_of_pair, problem_laws
from bayescale.risk.problems import Problems

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

MOST_ATTEMPTS = 10**12
_TOTAL, _PRIOR, _JUDGE, _FRESH = 0, 1, 3, 4  # streams of random numbers


def read_budgets(budgets: object, name: str = "budgets") -> Index:
    """Validate budgets of attempts.

    Parameters
    ----------
    budgets : int or sequence of int
        N, attempts per problem, from 1 to 1e12.
    name : str, default "budgets"
        Name of the argument or option, for messages.

    Returns
    -------
    ndarray of int, shape (n_budgets,)
        The budgets.

    Raises
    ------
    InputError
        For budgets that are not whole numbers in this range.
    """
    sequence = [budgets] if isinstance(budgets, int | float | np.number) else budgets
    try:
        values = [float(budget) for budget in sequence]  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}={budgets!r} must be whole numbers of attempts, such as [1_000, 10_000]") from error
    wrong = [
        f"{budget:g} must be a whole number of attempts from 1 to {MOST_ATTEMPTS:.0e}"
        for budget in values
        if not (1 <= budget <= MOST_ATTEMPTS and budget == int(budget))
    ]
    if wrong or not values:
        raise InputError(f"{name}:", wrong or ["give at least one number of attempts"])
    return np.array(values, dtype=np.int64)


def success_within(budgets: Index) -> Array:
    """Return the chance of a success within N attempts at each rate of the grid.

    Parameters
    ----------
    budgets : ndarray of int, shape (n_budgets,)
        N, attempts.

    Returns
    -------
    ndarray, shape (n_nodes, n_budgets)
        1 - (1 - p)^N.
    """
    return np.asarray(-np.expm1(-np.outer(RATE, budgets)))


def asr_of_these(posterior: RiskPosterior, budgets: Index) -> Array:
    """Draw ASR@N of the measured problems.

    From the most attempts made at a problem of the group on, N counts attempts in total, and a problem that is already
    broken counts. Below, N counts fresh attempts.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    budgets : ndarray of int, shape (n_budgets,)
        N, attempts per problem.

    Returns
    -------
    ndarray, shape (n_draws, n_groups, n_budgets)
        Shares of problems.
    """
    total_rng, fresh_rng = posterior.random_generator(_TOTAL), posterior.random_generator(_FRESH)
    shares = np.empty((posterior.n_draws, len(posterior.problems.groups), len(budgets)))
    for group, most in enumerate(posterior.problems.most_attempts):
        fresh = budgets < most
        if (~fresh).any():
            shares[:, group, ~fresh] = _of_group(_in_total, posterior, group, budgets[~fresh], total_rng)
        if fresh.any():
            shares[:, group, fresh] = _of_group(_fresh, posterior, group, budgets[fresh], fresh_rng)
    return _corrected(posterior, shares)


def asr_of_new(posterior: RiskPosterior, budgets: Index) -> Array:
    """Draw ASR@N of new problems of the same population.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    budgets : ndarray of int, shape (n_budgets,)
        N, attempts per problem.

    Returns
    -------
    ndarray, shape (n_draws, n_groups, n_budgets)
        Shares of problems.
    """
    success, groups = success_within(budgets), range(len(posterior.problems.groups))
    return _corrected(posterior, np.stack([posterior.law_draws(group).mass @ success for group in groups], axis=1))


def prior_asr(posterior: RiskPosterior, budgets: Index, draws: int = 2000) -> Array:
    """Draw ASR@N of new problems before any data, averaged over the mixing laws by their prior weights.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    budgets : ndarray of int, shape (n_budgets,)
        N, attempts per problem.
    draws : int, default 2000
        Number of draws, about.

    Returns
    -------
    ndarray, shape (draw, n_budgets)
        Shares of problems.
    """
    rng, success = posterior.random_generator(_PRIOR), success_within(budgets)
    shares = []
    for law in posterior.mixing_laws:
        z = rng.standard_normal((max(1, round(draws * law.weight)), len(law.coordinates)))
        mass, _ = law.mass(law.parameters(z))
        shares.append(mass @ success)
    return np.concatenate(shares)


def _corrected(posterior: RiskPosterior, shares: Array) -> Array:
    """True shares from reported ones where a judge's errors persist, with the same draws of its rates at each call."""
    judge = posterior.judge
    if judge is None or judge.errors == "independent":
        return shares
    return judge.corrected(shares, posterior.random_generator(_JUDGE))


type _Shares = Callable[[ProblemLaws, Problems, Index, Index, np.random.Generator], Array]


def _of_group(share: _Shares, posterior: RiskPosterior, group: int, budgets: Index, rng: np.random.Generator) -> Array:
    """Draws (draw, budget) of a share of a group's problems, each under the error rates of its own draw."""
    out, rows = np.empty((posterior.n_draws, len(budgets))), posterior.problems.rows(group)
    for laws in problem_laws(posterior, group):
        out[laws.draws] = share(laws, posterior.problems, rows, budgets, rng)
    return out


def _in_total(laws: ProblemLaws, problems: Problems, rows: Index, budgets: Index, rng: np.random.Generator) -> Array:
    """Share broken within N attempts in total, those made included; no budget is below the attempts made."""
    total, counts = np.zeros((len(laws.draws), len(budgets))), laws.counts
    for pair, of_pair in _by_pair(counts, problems, rows):
        if np.isneginf(counts.log_unbroken[pair]):  # a success that cannot be a false positive: broken
            total += len(of_pair)
        else:
            total += _node_counts(nodes_of_pair(laws, pair, of_pair, rng)) @ chance_broken(counts, pair, budgets)
    return np.asarray(total / len(rows))


def _fresh(laws: ProblemLaws, problems: Problems, rows: Index, budgets: Index, rng: np.random.Generator) -> Array:
    """Share broken within N fresh attempts at problems whose rates are known from their counts."""
    at_nodes = np.zeros((len(laws.draws), len(RATE) + 1))
    for pair, of_pair in _by_pair(laws.counts, problems, rows):
        at_nodes += _node_counts(nodes_of_pair(laws, pair, of_pair, rng))
    broken = np.vstack([success_within(budgets), np.zeros(len(budgets))])
    return np.asarray(at_nodes @ broken / len(rows))


def _by_pair(counts: Counts, problems: Problems, rows: Index) -> Iterator[tuple[int, Index]]:
    """The rows of each pair of counts."""
    pairs = counts.pair_index(problems.attempts[rows], problems.successes[rows])
    for pair in np.unique(pairs).tolist():
        yield pair, rows[pairs == pair]


def _node_counts(node: Index) -> Index:
    """How many problems (draw, problem) are at each node: (draw, n_nodes + 1)."""
    row = np.arange(len(node))[:, None] * (len(RATE) + 1)
    return np.bincount((row + node).ravel(), minlength=len(node) * (len(RATE) + 1)).reshape(len(node), -1)


def chance_broken(counts: Counts, pair: int, budgets: Index) -> Array:
    """Return the chance that a problem is broken within N attempts in total given its counts, at every rate.

    With a judge that errs, whether earlier attempts succeeded is itself uncertain.

    Parameters
    ----------
    counts : Counts
        Distinct counts.
    pair : int
        Which of them.
    budgets : ndarray of int, shape (n_budgets,)
        N, no less than the attempts made.

    Returns
    -------
    ndarray, shape (n_nodes + 1, n_budgets)
        The chance; the last row is for p = 0.
    """
    n, s = float(counts.attempts[pair]), float(counts.successes[pair])
    rates = counts.judge
    log_counts = s * rates.log_success(RATE) + (n - s) * rates.log_failure(RATE) - counts.log_scale[pair]
    unbroken = np.exp(np.minimum(counts.log_unbroken[pair] - log_counts[:, None] - np.outer(RATE, budgets), 0.0))
    return np.vstack([1 - unbroken, np.zeros(len(budgets))])
