"""The difference of ASR@N between two groups, paired by problem."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.summary import require_prob, summaries
from bayescale.errors import InputError
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.asr_draws import read_budgets, success_within
from bayescale.risk.predict.crossed_rates import option_groups
from bayescale.risk.predict.problem_laws import problem_nodes

type Array = NDArray[np.float64]


def compare(
    self: RiskPosterior,
    first: Sequence[str] | str,
    second: Sequence[str] | str,
    budgets: int | Sequence[int],
    prob: float = 0.9,
) -> pd.DataFrame:
    """Compute ASR@N of a second group minus that of a first, paired by problem.

    Parameters
    ----------
    first, second : str or sequence of str
        The groups, by the values of their columns.
    budgets : int or sequence of int
        N, attempts per problem.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    DataFrame
        One row per budget: `budget`, `problems` (number of shared problems), `these_*` and `new_*` (differences, each
        `median`, `lower`, `upper`) and `second_lower` (probability that the second group breaks fewer new problems).
        `these` is over N fresh attempts at the shared problems at every N, since the attempts already made are no
        difference between groups (`at` counts them). `new` is over problems of their population: the shared problems
        are re-weighted by the Bayesian bootstrap, so that a problem that is hard for both groups counts for both.

    Raises
    ------
    InputError
        For unknown groups, groups that share fewer than two problems, budgets that are not positive whole numbers, and
        a `prob` that is not between 0 and 1.

    References
    ----------
    Rubin (1981), The Bayesian Bootstrap, Annals of Statistics 9(1).
    """
    require_prob(prob)
    numbers, problems = read_budgets(budgets), self.problems
    groups = [option_groups(problems, [name])[1][0] for name in (first, second)]
    rows = [problems.rows_by_name(problems.rows(group)) for group in groups]
    shared = sorted(rows[0].keys() & rows[1].keys())
    if len(shared) < 2:
        raise InputError(
            f"compare: {first!r} and {second!r} share {len(shared)} problems; a paired comparison needs two or more "
            "with the same `problem` in both groups"
        )
    rng = np.random.default_rng(np.random.SeedSequence([0, *groups]))
    success = [
        _success_draws(self, group, np.array([by_name[name] for name in shared]), numbers, rng)
        for group, by_name in zip(groups, rows, strict=True)
    ]
    difference = success[1] - success[0]  # (draw, problem, budget)
    weights = rng.dirichlet(np.ones(len(shared)), len(difference))
    draws = {"these": difference.mean(axis=1), "new": np.einsum("dp,dpb->db", weights, difference)}
    table = pd.DataFrame({"budget": numbers, "problems": len(shared)})
    table = table.assign(**summaries({name: values[None] for name, values in draws.items()}, prob))
    return table.assign(second_lower=(draws["new"] < 0).mean(axis=0))


def _success_draws(
    posterior: RiskPosterior, group: int, rows: NDArray[np.int64], budgets: NDArray[np.int64], rng: np.random.Generator
) -> Array:
    """Draws (draw, problem, budget) of each problem's chance of a success, its rate drawn given its counts."""
    success = np.vstack([success_within(budgets), np.zeros(len(budgets))])
    return np.asarray(success[problem_nodes(posterior, group, rows, rng)])
