"""Rates of problems drawn under their own laws agree with sums over the grid."""

import numpy as np
import pytest

from bayescale.risk.grid import RATE
from bayescale.risk.predict.problem_laws import nodes_of_pair, problem_laws, problem_nodes
from bayescale.risk.predict.problem_rates import mean_rates
from bayescale.risk.result import Risk

CHANCE = np.append(-np.expm1(-RATE), 0.0)


def test_drawn_rates_have_the_posterior_mean(risk: Risk) -> None:
    rows = risk.problems.rows(1)
    nodes = problem_nodes(risk, 1, rows, np.random.default_rng(1))
    drawn, exact = CHANCE[nodes], mean_rates(risk, 1)
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - exact) < 5 * error + 1e-4).all()


@pytest.mark.parametrize("count", [3, 40])
def test_few_and_many_problems_are_drawn_alike(risk: Risk, count: int) -> None:
    """Single problems are scanned, many are searched for in one sorted list."""
    problems = risk.problems
    rows = problems.rows(1)
    rows = rows[(problems.successes[rows] == 0)][:count]
    means = np.zeros((2, len(rows)))
    for laws in problem_laws(risk, 1):
        pair = int(laws.counts.pair_index(problems.attempts[rows[:1]], problems.successes[rows[:1]])[0])
        together = nodes_of_pair(laws, pair, rows, np.random.default_rng(2))
        alone = [nodes_of_pair(laws, pair, rows[[place]], np.random.default_rng(3)) for place in range(len(rows))]
        means += np.array([CHANCE[together].sum(axis=0), CHANCE[np.hstack(alone)].sum(axis=0)])
    np.testing.assert_allclose(means[0] / risk.n_draws, means[1] / risk.n_draws, atol=0.002)


def test_chosen_draws_are_those_of_the_posterior(risk: Risk) -> None:
    rows, draws = risk.problems.rows(0)[:5], np.array([3, 700])
    nodes = problem_nodes(risk, 0, rows, np.random.default_rng(1), draws)
    assert nodes.shape == (2, 5)
    assert sum(len(laws.draws) for laws in problem_laws(risk, 0)) == risk.n_draws
    assert [laws.draws.tolist() for laws in problem_laws(risk, 0, draws)] == [[3, 700]]
