"""Checks of a horizon posterior: convergence (the gate), and success by task length."""

from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from bayescale.core.checks import CheckResult, Checks, results_table
from bayescale.core.draws.chain_statistics import quantity_diagnostics, worst_place
from bayescale.core.gate import DRAW_CRITERIA
from bayescale.core.text import listing
from bayescale.horizon.posterior import HorizonPosterior
from bayescale.horizon.sampler import REPORTED

type Array = NDArray[np.float64]

MOST_DRAWS = 600  # of the posterior, for predictive checks
SMALL_TAIL = 0.01  # tail probability, over all agents and bins, from which the check warns
BINS = 3  # of task lengths
_STREAM = 3


def check(self: HorizonPosterior) -> Checks:
    """Check the posterior: convergence, success by task length, and horizons beyond the tasks.

    Returns
    -------
    Checks
        One row per check. Details: `convergence` of each quantity, smallest bulk ESS first; `lengths`, the share of
        successes of each agent in thirds of the task lengths and its tail probability.
    """
    gate, quantities = _gate(self)
    lengths, tails = _lengths(self)
    results = [*gate, lengths, _range(self)]
    return Checks(results_table(results), {"convergence": quantities, "lengths": tails})


def _gate(posterior: HorizonPosterior) -> tuple[list[CheckResult], pd.DataFrame]:
    """R-hat and effective sample sizes of everything that answers are computed from."""
    names, columns = [], []
    for name in REPORTED:
        values = posterior.tree["posterior"][name].to_numpy()
        per_agent = values.ndim > 2
        names += [f"{name}[{agent}]" for agent in posterior.cells.agents] if per_agent else [name]
        columns.append(values.reshape(*values.shape[:2], -1))
    each = quantity_diagnostics(np.concatenate(columns, axis=2))
    places = {
        "rhat": worst_place(-each.rhat),
        "ess_bulk": worst_place(each.ess_bulk),
        "ess_tail": worst_place(each.ess_tail),
    }
    results = [
        criterion.result(float(getattr(each, criterion.figure)[place]), names[place])
        for criterion in DRAW_CRITERIA
        for place in [places[criterion.figure]]
    ]
    table = pd.DataFrame({"rhat": each.rhat, "ess_bulk": each.ess_bulk, "ess_tail": each.ess_tail}, index=names)
    return results, table.rename_axis("quantity").sort_values("ess_bulk")


def _lengths(posterior: HorizonPosterior) -> tuple[CheckResult, pd.DataFrame]:
    """Whether success falls with length as the model says: shares in thirds of the lengths against simulated ones.

    Effects of families and tasks are those of the posterior; those of cells are drawn again.
    """
    cells, rng = posterior.cells, posterior.random_generator(_STREAM)
    chosen = np.linspace(0, len(posterior.effect_scale), MOST_DRAWS, endpoint=False).astype(int)
    slope, location, task, family, scale = (
        values[chosen]
        for values in (
            posterior.slope,
            posterior.draws("log2_horizon"),
            posterior.draws("task_effect"),
            posterior.draws("family_effect"),
            posterior.draws("cell_scale"),
        )
    )
    logit = slope[:, cells.agent] * (location[:, cells.agent] - np.log2(cells.minutes)[cells.task])
    logit += (task + family[:, cells.family])[:, cells.task]
    logit += scale[:, None] * rng.standard_normal(logit.shape)
    simulated = rng.binomial(cells.attempts, expit(logit)) / cells.attempts
    observed = cells.successes / cells.attempts
    edges = np.quantile(np.log2(cells.minutes), np.linspace(0, 1, BINS + 1)[1:-1])
    third = np.searchsorted(edges, np.log2(cells.minutes), side="right")[cells.task]
    rows = []
    for (place, agent), part in product(enumerate(cells.agents), range(BINS)):
        inside = (cells.agent == place) & (third == part)
        if not inside.any():
            continue
        share, shares = observed[inside].mean(), simulated[:, inside].mean(axis=1)
        tail = min(1.0, 2 * min(np.mean(shares <= share + 1e-12), np.mean(shares >= share - 1e-12)))
        row = {"third": part + 1, "tasks": int(inside.sum()), "share": share, "predicted": float(shares.mean())}
        rows.append({cells.agent_column: agent, **row, "tail": float(tail)})
    table = pd.DataFrame(rows)
    smallest = table.iloc[int(table["tail"].to_numpy().argmin())]
    threshold = SMALL_TAIL / len(table)
    warns = bool(smallest["tail"] < threshold)
    if warns:
        meaning = (
            f"{smallest[cells.agent_column]} succeeds at {100 * smallest['share']:.0f} % of the tasks in the "
            f"{('shortest', 'middle', 'longest')[int(smallest['third']) - 1]} third, against "
            f"{100 * smallest['predicted']:.0f} % predicted: its success does not fall with length as a logistic curve"
        )
    else:
        meaning = "success in short, middle and long tasks is as the logistic curves predict"
    return CheckResult(float(smallest["tail"]), threshold, meaning, warns=warns, check="success by length"), table


def _range(posterior: HorizonPosterior) -> CheckResult:
    """Agents whose horizon at 50 % lies beyond the lengths of all tasks."""
    cells = posterior.cells
    median = np.median(posterior.log2_horizon(0.5), axis=0)
    lengths = np.log2(cells.minutes)
    outside = [
        name for name, value in zip(cells.agents, median, strict=True) if not lengths.min() < value < lengths.max()
    ]
    if outside:
        meaning = f"the 50 % horizon of {listing(outside)} lies beyond the lengths of all tasks: extrapolated"
    else:
        meaning = "every 50 % horizon lies within the lengths of the tasks"
    return CheckResult(float(len(outside)), 1.0, meaning, warns=bool(outside), check="horizons beyond the tasks")
