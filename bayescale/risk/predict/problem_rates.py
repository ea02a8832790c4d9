"""The posterior of each measured problem's own success rate: means of functions of it, and a table of intervals."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.summary import require_prob
from bayescale.errors import InputError
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import chance_broken, read_budgets
from bayescale.risk.predict.problem_laws import problem_laws, problem_nodes

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

_STREAM = 12


def posterior_means(posterior: RiskPosterior, group: int, values: Array, at_zero: float = 0.0) -> Array:
    """Compute the posterior mean of a function of the rate, for every problem of a group that has attempts.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    group : int
        Index of the group.
    values : ndarray, shape (n_nodes,)
        The function at the grid of rates λ = -log(1 - p), `grid.RATE`.
    at_zero : float, default 0.0
        The function at p = 0.

    Returns
    -------
    ndarray, shape (n_tried,)
        In the order of the problems.
    """
    problems = posterior.problems
    tried = problems.tried(group)
    total = np.zeros(len(tried))
    of_rates = np.append(at_zero, values)
    for laws in problem_laws(posterior, group):
        counts = laws.counts
        pair = counts.pair_index(problems.attempts[tried], problems.successes[tried])
        used, inverse = np.unique(pair, return_inverse=True)
        likelihood = np.column_stack([counts.at_zero[used], counts.likelihood[used]]).T
        crossed = laws.crossed(tried)
        if not crossed.all():
            mass = np.column_stack([laws.laws.zero, laws.laws.mass])
            ratio = (mass @ (likelihood * of_rates[:, None])) / np.maximum(mass @ likelihood, 1e-300)
            total[~crossed] += ratio.sum(axis=0)[inverse[~crossed]]
        if crossed.any():
            assert laws.factor is not None
            of_factors = laws.given_factor
            ratio = (of_factors @ (likelihood * of_rates[:, None])) / np.maximum(of_factors @ likelihood, 1e-300)
            draw, rows = np.arange(len(laws.draws))[:, None], tried[crossed]
            total[crossed] += ratio[draw, laws.factor[:, rows], inverse[crossed]].sum(axis=0)
    return total / posterior.n_draws


def mean_rates(posterior: RiskPosterior, group: int) -> Array:
    """Compute the posterior mean success rate of every problem of a group that has attempts.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    group : int
        Index of the group.

    Returns
    -------
    ndarray, shape (n_tried,)
        Rates in one attempt, in the order of the problems.
    """
    return posterior_means(posterior, group, -np.expm1(-RATE))


def by_problem(self: RiskPosterior, budget: int | None = None, prob: float = 0.9) -> pd.DataFrame:
    """Tabulate the posterior success rate of every measured problem.

    Where problems are shared by groups (`fit_risk`, `crossed`), the rate of a problem in one group is also informed by
    attempts at it in the other groups, so that problems that were never broken differ.

    Parameters
    ----------
    budget : int, optional
        N, attempts in total, as in `at`: adds the probability that the problem is broken within them. At a problem with
        more attempts than N, the attempts already made count.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    DataFrame
        One row per group and problem: the group's columns, `problem`, `attempts`, `successes`, `rate_median`,
        `rate_lower`, `rate_upper` (probability of success in one attempt) and, with a budget, `broken_within`.

    Raises
    ------
    InputError
        For a budget that is not a positive whole number, a `prob` that is not between 0 and 1, and a judge whose errors
        persist, which corrects shares of problems and not single problems.
    """
    require_prob(prob)
    budgets = None if budget is None else read_budgets(budget, "budget")[:1]
    if self.judge is not None and self.judge.errors == "persistent":
        raise InputError(
            "a judge with errors='persistent' corrects a share of problems, not the rates of single problems: fit with "
            "errors='independent' or without a judge"
        )
    problems, chance = self.problems, np.append(-np.expm1(-RATE), 0.0)
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    quantiles, within = np.empty((3, len(problems.group))), np.zeros(len(problems.group))
    for group in range(len(problems.groups)):
        rows, rng = problems.rows(group), self.random_generator(_STREAM, group)
        node = problem_nodes(self, group, rows, rng)
        quantiles[:, rows] = np.quantile(chance[node], levels, axis=0, method="nearest")
        if budgets is not None:
            within[rows] = _broken_within(self, group, rows, node, budgets)
    table = problems.group_table.iloc[problems.group].reset_index(drop=True)
    table = table.assign(problem=problems.problem, attempts=problems.attempts, successes=problems.successes)
    table = table.assign(**dict(zip(("rate_median", "rate_lower", "rate_upper"), quantiles, strict=True)))
    return table if budgets is None else table.assign(broken_within=within)


def _broken_within(posterior: RiskPosterior, group: int, rows: Index, node: Index, budgets: Index) -> Array:
    """Probability that each problem is broken within a number of attempts in total, given its counts and rates."""
    attempts, successes = posterior.problems.attempts[rows], posterior.problems.successes[rows]
    total = np.zeros(len(rows))
    for laws in problem_laws(posterior, group):
        pairs = laws.counts.pair_index(attempts, successes)
        for place, pair in enumerate(pairs.tolist()):
            of_nodes = chance_broken(laws.counts, pair, np.maximum(budgets, attempts[place]))[:, 0]
            total[place] += of_nodes[node[laws.draws, place]].sum()
    return total / posterior.n_draws
