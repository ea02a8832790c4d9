"""Groups that were tried on the same problems, sampled together: what is hard in one group informs the others.

The model is that of `risk.difficulty`: a mixing law for each group, and a factor of difficulty for every problem that
several groups share. The groups form a chain in the order of their typical rates, and the factor of a problem changes
from one group to the next with a correlation that is learnt, so that neighbours are more alike than distant groups. At
a correlation of 1, and for two groups, every problem has one factor.

A Gibbs sampler alternates between the factors given laws and loadings (forward filtering, backward sampling over the
chain), and law and loading of each group given the factors. Laws are chosen among candidates (Hogg, Myers and Bovy
2010, arXiv 1008.4146), so that the probabilities of counts are tabulated once. Candidates are draws from the posterior
without the factor, in which groups are pooled. Over their likelihood they represent a prior of each group's law that is
informed by the other groups; given these priors, laws of groups are independent. Where loadings are 0, the posterior of
each group is therefore that without the factor. Near-duplicate problems count less in the choice of laws.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.risk.difficulty import (
    COMMUNALITY,
    FACTOR,
    LOG_COMMUNALITY,
    LOG_FACTOR,
    NEIGHBOURS,
    TRANSITIONS,
    Difficulty,
    log_chances,
)
from bayescale.risk.grid import Counts, X
from bayescale.risk.problems import Problems
from bayescale.risk.sampling.component import Choice, Component

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

CHAINS = 4
WARM_UP = 50  # sweeps that are discarded
MOST_STATES = 2000  # kept; more draws repeat them
CANDIDATES, LEAST_CANDIDATES = 128, 32  # mixing laws of a group
MOST_VALUES = 60_000_000  # of the tables of all groups, from which there are fewer candidates: 240 MB


@dataclass(frozen=True, eq=False)
class _Group:
    """Candidates for the mixing law of a group, and its rows of shared problems.

    Attributes
    ----------
    component, point : ndarray of int, shape (n_candidates,)
        The candidates, ordered by component.
    base : ndarray, shape (n_candidates,)
        Log of prior over the density drawn from, with the likelihood of problems that are not shared.
    log_chance : ndarray, shape (n_communalities, n_factors · n_pairs, n_candidates)
        Log probability of each pair of counts given the factor.
    rows, problem, pair : ndarray of int, shape (n_rows,)
        Rows of shared problems, the index of each problem, and its pair of counts.
    weight : ndarray, shape (n_rows,)
        Weight of each problem.
    level : float
        Mean of log lambda, averaged over the candidates.
    """

    component: Index
    point: Index
    base: Array
    log_chance: NDArray[np.float32]
    rows: Index
    problem: Index
    pair: Index
    weight: Array
    level: float

    @property
    def pairs(self) -> int:
        """Number of distinct pairs of counts."""
        return int(self.log_chance.shape[1]) // len(FACTOR)

    def log_likelihood(self, communality: int, candidate: int, n_problems: int) -> Array:
        """Log likelihood of every problem's counts at every value of the factor: (n_problems, n_factors)."""
        out = np.zeros((n_problems, len(FACTOR)))
        of_pairs = self.log_chance[communality, :, candidate].reshape(len(FACTOR), -1)
        out[self.problem] = of_pairs[:, self.pair].T
        return out

    def draw(self, factor: Index, rng: np.random.Generator) -> tuple[int, int]:
        """Communality and candidate given the factor of every problem."""
        cell = factor[self.problem] * self.pairs + self.pair
        weight = np.bincount(cell, self.weight, self.log_chance.shape[1]).astype(np.float32)
        used = np.flatnonzero(weight)
        log_weight = weight[used] @ self.log_chance[:, used] + LOG_COMMUNALITY[:, None] + self.base
        cumulative = np.cumsum(np.exp(log_weight - log_weight.max()))
        index = min(int(np.searchsorted(cumulative, rng.random() * cumulative[-1])), len(cumulative) - 1)
        return divmod(index, len(self.base))


@dataclass
class _State:
    """The state of one chain."""

    candidate: list[int]
    communality: list[int]
    neighbours: int  # index into NEIGHBOURS
    factor: Index  # (n_groups, n_problems)


def candidate_number(problems: Problems, counts: Counts) -> int:
    """Return how many candidates a group's mixing law has.

    Parameters
    ----------
    problems : Problems
        The counts.
    counts : Counts
        Distinct counts.

    Returns
    -------
    int
        Fewer where tables of many distinct counts would need much memory.
    """
    shared = problems.shared_index >= 0
    pairs = counts.pair_index(problems.attempts[shared], problems.successes[shared])
    distinct = len(np.unique(np.column_stack([problems.group[shared], pairs]), axis=0))
    values = len(FACTOR) * len(COMMUNALITY) * distinct
    return int(np.clip(MOST_VALUES // max(values, 1), LEAST_CANDIDATES, CANDIDATES))


def cross(
    components: Sequence[Component],
    problems: Problems,
    counts: Sequence[Counts],
    candidates: Choice,
    draws: int,
    rng: np.random.Generator,
) -> Choice:
    """Draw mixing laws, loadings and factors of groups that share problems.

    Parameters
    ----------
    components : sequence of Component
        Explored mixing laws.
    problems : Problems
        The counts, with at least two groups that share problems.
    counts : sequence of Counts
        Distinct counts, for each component under its setting of the judge.
    candidates : Choice
        Draws from the posterior without the factor.
    draws : int
        Number of draws.
    rng : Generator
        Source of randomness.

    Returns
    -------
    Choice
        The draws, in random order.
    """
    groups = _groups(components, problems, counts, candidates)
    order = np.argsort([group.level for group in groups])
    sweeps = -(-min(draws, MOST_STATES) // CHAINS)
    names = int(problems.shared_index.max()) + 1
    chains = [_chain(groups, order, names, sweeps, stream) for stream in rng.spawn(CHAINS)]
    states = [state for chain in chains for state in chain]
    chosen = rng.permutation(np.arange(max(draws, len(states))) % len(states))[:draws]
    drawn = _choice([states[index] for index in chosen], groups, order, problems, len(components))
    return replace(drawn, common=candidates.common)


def _groups(
    components: Sequence[Component], problems: Problems, counts: Sequence[Counts], candidates: Choice
) -> list[_Group]:
    """Candidates and tables of every group."""
    index, groups = problems.shared_index, []
    pairs = counts[0].pair_index(problems.attempts, problems.successes)
    for group in range(len(problems.groups)):
        rows = np.flatnonzero((problems.group == group) & (index >= 0))
        used, pair = np.unique(pairs[rows], return_inverse=True)
        order = np.argsort(candidates.component[:, group], kind="stable")
        component, point = candidates.component[order, group], candidates.point[order, group]
        table, level = _table(components, counts, component, point, used)
        weight = problems.weight[rows]
        alone = table[0].reshape(len(FACTOR), len(used), -1)[0]  # communality 0: the factor does not matter
        base = -(weight @ alone[pair]) if len(used) else np.zeros(len(component))
        groups.append(_Group(component, point, base, table, rows, index[rows], pair, weight, level))
    return groups


def _table(
    components: Sequence[Component], counts: Sequence[Counts], component: Index, point: Index, pairs: Index
) -> tuple[NDArray[np.float32], float]:
    """Log probability of pairs of counts under each candidate (see `_Group`), and the mean of log lambda."""
    tables, levels = [], []
    for k in dict.fromkeys(component.tolist()):
        z = components[k].sample.points.z[point[component == k]]
        mass, zero = components[k].law.mass(components[k].law.parameters(z))
        tables.append(log_chances(mass, zero, counts[k], pairs))
        levels.append(mass @ X + zero * X[0])
    whole = np.concatenate(tables, axis=-1)
    return whole.reshape(len(COMMUNALITY), -1, len(component)), float(np.concatenate(levels).mean())


def _chain(groups: list[_Group], order: Index, names: int, sweeps: int, rng: np.random.Generator) -> list[_State]:
    """The states of one chain after its warm-up."""
    candidates = [int(rng.integers(len(group.base))) for group in groups]
    state = _State(candidates, [len(COMMUNALITY) // 2] * len(groups), 0, np.empty(0, dtype=np.int64))
    states = []
    for sweep in range(WARM_UP + sweeps):
        log_likelihood = [
            groups[j].log_likelihood(state.communality[j], state.candidate[j], names) for j in order.tolist()
        ]
        neighbours, path = _draw_path(log_likelihood, state.neighbours, rng)
        factor = np.empty_like(path)
        factor[order] = path
        pairs = [group.draw(of_group, rng) for group, of_group in zip(groups, factor, strict=True)]
        state = _State([m for _, m in pairs], [c for c, _ in pairs], neighbours, factor)
        if sweep >= WARM_UP:
            states.append(state)
    return states


def _draw_path(log_likelihood: list[Array], neighbours: int, rng: np.random.Generator) -> tuple[int, Index]:
    """Correlation of neighbours (Metropolis step to an adjacent value), and the factors along the chain of groups."""
    likelihood = [np.exp(of_group - of_group.max(axis=1, keepdims=True)) for of_group in log_likelihood]
    total, filtered = _forward(likelihood, TRANSITIONS[neighbours])
    proposed = neighbours + (1 if rng.random() < 0.5 else -1)
    if len(likelihood) > 2 and 0 <= proposed < len(NEIGHBOURS):
        other, of_other = _forward(likelihood, TRANSITIONS[proposed])
        if np.log(rng.random()) < other - total:
            neighbours, filtered = proposed, of_other
    path = np.empty((len(filtered), len(filtered[0])), dtype=np.int64)
    chance = filtered[-1]
    for place in range(len(filtered) - 1, -1, -1):
        cumulative = np.cumsum(chance, axis=1)
        uniform = rng.random((len(chance), 1)) * cumulative[:, -1:]
        path[place] = np.minimum((cumulative < uniform).sum(axis=1), len(FACTOR) - 1)
        if place:
            chance = filtered[place - 1] * TRANSITIONS[neighbours][:, path[place]].T
    return neighbours, path


def _forward(likelihood: Iterable[Array], transition: Array) -> tuple[float, list[Array]]:
    """Log likelihood of all counts, and the law of each factor given the counts up to its group."""
    chance: Array | None = None
    total, filtered = 0.0, []
    for of_group in likelihood:
        chance = of_group * (np.exp(LOG_FACTOR) if chance is None else chance @ transition)
        whole = chance.sum(axis=1, keepdims=True)
        chance = chance / whole
        total += float(np.log(whole).sum())
        filtered.append(chance)
    return total, filtered


def _choice(states: list[_State], groups: list[_Group], order: Index, problems: Problems, components: int) -> Choice:
    """States as choices among points."""
    candidate = np.array([state.candidate for state in states])
    component = np.stack([group.component[candidate[:, j]] for j, group in enumerate(groups)], axis=1)
    point = np.stack([group.point[candidate[:, j]] for j, group in enumerate(groups)], axis=1)
    weight = np.stack([(component == k).mean(axis=0) for k in range(components)])
    factor = np.full((len(states), len(problems.group)), -1, dtype=np.int8)
    for j, group in enumerate(groups):
        factor[:, group.rows] = np.stack([state.factor[j][group.problem] for state in states])
    difficulty = Difficulty(
        factor,
        np.array([state.communality for state in states], dtype=np.int8),
        NEIGHBOURS[[state.neighbours for state in states]],
        np.argsort(order),
        np.array([_effective(candidate[:, j]) for j in range(len(groups))]),
    )
    return Choice(component, point, weight, np.full(components, np.nan), difficulty)


def _effective(candidate: Index) -> float:
    """Effective number of candidates that were chosen: the exponential of the entropy of their shares."""
    share = np.bincount(candidate) / len(candidate)
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))
