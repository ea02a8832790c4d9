"""The law of each problem's rate before its own counts: the mixing law of its group, or that law given its factor.

Problems of one group with the same counts have one law where no factor of difficulty is modelled. With a factor
(`risk.difficulty`), every problem has its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

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

    def of(self, row: int) -> LawDraws:
        """Return the law of one problem's rate.

        Parameters
        ----------
        row : int
            Row of the posterior.

        Returns
        -------
        LawDraws
            Its law in every draw.
        """
        if self.factor is None or self.factor[0, row] < 0:
            return self.laws
        given = self.given_factor[np.arange(len(self.draws)), self.factor[:, row]]
        return LawDraws(given[:, 1:], given[:, 0], self.laws.judge_index)


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


def kinds(laws: ProblemLaws, pairs: Index, rows: Index) -> Iterator[tuple[int, int, int]]:
    """Yield kinds of problems: those whose rates have the same posterior in every draw.

    Parameters
    ----------
    laws : ProblemLaws
        Laws of the problems.
    pairs : ndarray of int, shape (n_problems,)
        Pair of counts of each problem.
    rows : ndarray of int, shape (n_problems,)
        Row of each problem.

    Yields
    ------
    pair : int
        Pair of counts.
    size : int
        Number of problems.
    row : int
        Row of one of them.
    """
    crossed = laws.crossed(rows)
    used, first, sizes = np.unique(pairs[~crossed], return_index=True, return_counts=True)
    yield from zip(used.tolist(), sizes.tolist(), rows[~crossed][first].tolist(), strict=True)
    yield from zip(pairs[crossed].tolist(), repeat(1), rows[crossed].tolist(), strict=False)


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
        for place, (pair, row) in enumerate(zip(pairs.tolist(), rows.tolist(), strict=True)):
            out[places, place] = rate_nodes(laws.of(row), laws.counts, pair, 1, rng)[:, 0]
    return out
