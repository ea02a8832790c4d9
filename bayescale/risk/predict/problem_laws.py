"""The law of each problem's rate before its own counts: the mixing law of its group, or that law given its factor.

Problems of one group with the same counts have one law where no factor of difficulty is modelled. With a factor
(`risk.difficulty`), every problem has its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayescale.risk.difficulty import mass_given_factor
from bayescale.risk.grid import Counts
from bayescale.risk.posterior import LawDraws, RiskPosterior

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

_MOST_CROSSED_DRAWS = 500  # in memory at once: their laws at every value of the factor are large
_FEW = 6  # problems with the same counts up to which a scan of the grid is faster than a binary search


@dataclass(frozen=True, eq=False)
class ProblemLaws:
    """Laws of the problems of a group in draws with one setting of the judge.

    Attributes
    ----------
    draws : ndarray of int, shape (n_draws,)
        The draws, as indices into the posterior.
    laws : LawDraws
        Mixing law of the group in these draws.
    counts : Counts
        Distinct counts under their setting of the judge.
    factor : ndarray of int or None, shape (n_draws, n_rows)
        Factor of difficulty of every row of the posterior, -1 where a row has none; None where no row has one.
    communality : ndarray of int or None, shape (n_draws,)
        Squared loading of the group.
    """

    draws: Index
    laws: LawDraws
    counts: Counts
    factor: NDArray[np.int8] | None = None
    communality: NDArray[np.int8] | None = None

    @cached_property
    def given_factor(self) -> Array:
        """Probability of each rate, that of p = 0 first, (n_draws, n_factors, 1 + n_nodes)."""
        assert self.communality is not None
        return mass_given_factor(self.laws.mass, self.laws.zero, self.communality)

    def crossed(self, rows: Index) -> NDArray[np.bool_]:
        """Return which rows have a factor.

        Parameters
        ----------
        rows : ndarray of int
            Rows of the posterior.

        Returns
        -------
        ndarray of bool
            Whether they do.
        """
        return np.zeros(len(rows), dtype=bool) if self.factor is None else self.factor[0, rows] >= 0


def problem_laws(posterior: RiskPosterior, group: int, draws: Index | None = None) -> Iterator[ProblemLaws]:
    """Yield the laws of a group's problems, for draws with one setting of the judge at a time.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    group : int
        Index of the group.
    draws : ndarray of int, optional
        Only these draws.

    Yields
    ------
    ProblemLaws
        Laws in some of the draws; together all draws.
    """
    every, difficulty = posterior.law_draws(group), posterior.difficulty
    wanted = np.arange(len(every.mass)) if draws is None else draws
    for index, counts in enumerate(posterior.counts):
        of_judge = wanted[every.judge_index[wanted] == index]
        size = max(1, len(of_judge)) if difficulty is None else _MOST_CROSSED_DRAWS
        for start in range(0, len(of_judge), size):
            part = of_judge[start : start + size]
            if difficulty is None:
                yield ProblemLaws(part, every.at(part), counts)
            else:
                communality = difficulty.communality[part, group]
                yield ProblemLaws(part, every.at(part), counts, difficulty.factor[part], communality)


def rate_nodes(laws: LawDraws, counts: Counts, pair: int, size: int, rng: np.random.Generator) -> Index:
    """Draw the rates of problems with the same counts, given their laws and counts.

    Parameters
    ----------
    laws : LawDraws
        Laws of their rates.
    counts : Counts
        Distinct counts.
    pair : int
        Which of them.
    size : int
        Number of problems.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (n_draws, size)
        Nodes of the grid; the number of nodes stands for p = 0.
    """
    cumulative = np.cumsum(np.maximum(laws.mass * counts.likelihood[pair], 0.0), axis=1)
    uniform = rng.random((len(cumulative), size)) * (cumulative[:, -1:] + (laws.zero * counts.at_zero[pair])[:, None])
    if size <= _FEW:
        return np.stack([(cumulative < column[:, None]).sum(axis=1) for column in uniform.T], axis=1)
    top = uniform.max() + cumulative[:, -1].max() + 1.0
    offset = np.arange(len(cumulative))[:, None] * top  # rows end to end make one sorted list
    position = np.searchsorted((cumulative + offset).ravel(), (uniform + offset).ravel()).reshape(uniform.shape)
    return np.asarray(position - np.arange(len(cumulative))[:, None] * cumulative.shape[1])


def nodes_of_pair(laws: ProblemLaws, pair: int, rows: Index, rng: np.random.Generator) -> Index:
    """Draw the rates of problems with one pair of counts, each under its own law.

    Parameters
    ----------
    laws : ProblemLaws
        Laws of the problems.
    pair : int
        Their pair of counts.
    rows : ndarray of int, shape (n_problems,)
        Row of each problem.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray of int, shape (n_draws, n_problems)
        Nodes of the grid; the number of nodes stands for p = 0.
    """
    crossed = laws.crossed(rows)
    if not crossed.any():
        return rate_nodes(laws.laws, laws.counts, pair, len(rows), rng)
    out = np.empty((len(laws.draws), len(rows)), dtype=np.int64)
    if not crossed.all():
        out[:, ~crossed] = rate_nodes(laws.laws, laws.counts, pair, int((~crossed).sum()), rng)
    out[:, crossed] = _nodes_given_factor(laws, pair, rows[crossed], rng)
    return out


def _nodes_given_factor(laws: ProblemLaws, pair: int, rows: Index, rng: np.random.Generator) -> Index:
    """Nodes of problems that have a factor."""
    assert laws.factor is not None
    counts, conditional = laws.counts, laws.given_factor
    likelihood = np.maximum(np.append(counts.at_zero[pair], counts.likelihood[pair]), 0.0)
    factor = laws.factor[:, rows].astype(np.int64)
    last = conditional.shape[2] - 1  # p = 0 comes first in these laws, and last among nodes
    if len(rows) <= _FEW:
        draw = np.arange(len(factor))
        index = np.stack([_picked(conditional[draw, of_row] * likelihood, rng) for of_row in factor.T], axis=1)
    else:
        low, high = int(factor.min()), int(factor.max()) + 1
        cumulative = np.cumsum(conditional[:, low:high] * likelihood, axis=2)
        cumulative /= np.maximum(cumulative[..., -1:], 1e-300)
        lists = cumulative.reshape(-1, last + 1) + np.arange(len(factor) * (high - low))[:, None]  # sorted end to end
        start = np.arange(len(factor))[:, None] * (high - low) + factor - low
        position = np.searchsorted(lists.ravel(), start + rng.random(factor.shape))
        index = np.clip(position - start * (last + 1), 0, last)
    return np.where(index == 0, last, index - 1)


def _picked(weight: Array, rng: np.random.Generator) -> Index:
    """A column of each row, drawn by weight."""
    cumulative = np.cumsum(weight, axis=1)
    uniform = rng.random((len(weight), 1)) * cumulative[:, -1:]
    return np.asarray(np.minimum((cumulative < uniform).sum(axis=1), weight.shape[1] - 1))


def problem_nodes(
    posterior: RiskPosterior, group: int, rows: Index, rng: np.random.Generator, draws: Index | None = None
) -> Index:
    """Draw the rate of each of some problems of a group, given its counts.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    group : int
        Index of the group.
    rows : ndarray of int, shape (n_problems,)
        Rows of the problems.
    rng : Generator
        Source of randomness.
    draws : ndarray of int, optional
        Only these draws, ascending.

    Returns
    -------
    ndarray of int, shape (n_draws, n_problems)
        Nodes of the grid; the number of nodes stands for p = 0.
    """
    problems = posterior.problems
    wanted = np.arange(posterior.n_draws) if draws is None else draws
    out = np.empty((len(wanted), len(rows)), dtype=np.int64)
    for laws in problem_laws(posterior, group, wanted):
        places = np.searchsorted(wanted, laws.draws)
        pairs = laws.counts.pair_index(problems.attempts[rows], problems.successes[rows])
        for pair in np.unique(pairs).tolist():
            of_pair = np.flatnonzero(pairs == pair)
            out[np.ix_(places, of_pair)] = nodes_of_pair(laws, pair, rows[of_pair], rng)
    return out
