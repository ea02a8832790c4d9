"""The highest success rate among many new prompts: posterior under the mixing laws, and the published line.

The line goes through the largest posterior mean rates (`risk.tails.tail`) and has no interval. The posterior in
`risk.tails.tail_posterior` assumes known rates. The rates here are estimates, so a report does not use it.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.errors import InputError
from bayescale.risk.grid import RATE
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.problem_rates import mean_rates
from bayescale.risk.tails.tail import ENOUGH, fit_tail

type Array = NDArray[np.float64]

TIMES = 10  # new prompts per measured prompt; the tail is tested up to 100


def worst_rate(posterior: RiskPosterior, group: int, prompts: int, prob: float) -> tuple[float, float, float]:
    """Return the highest success rate among new prompts of a group, under the mixing laws.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    group : int
        Place of the group.
    prompts : int
        Number of new prompts.
    prob : float
        Probability of the interval.

    Returns
    -------
    tuple of float
        Median and ends of the interval.
    """
    mass = posterior.law_draws(group).mass
    above = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1] - mass / 2
    none_above = np.exp(prompts * np.log1p(-np.minimum(above, 1 - 1e-16))).mean(axis=0)
    levels = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    median, lower, upper = -np.expm1(-np.exp(np.interp(levels, none_above, np.log(RATE))))
    return float(median), float(lower), float(upper)


def worst_of_new(posterior: RiskPosterior, prob: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Compare the highest success rate among new prompts with the published line.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    prob : float
        Probability of the interval.

    Returns
    -------
    tuple of pandas.DataFrame and tuple of str
        One row per group with at least ten broken prompts, for ten times as many new prompts as were measured: `laws_*`
        from the mixing laws and `tail_line` from the published line; and notes on the line.
    """
    problems = posterior.problems
    rows, notes = [], []
    for group in range(len(problems.groups)):
        broken = int(((problems.group == group) & (problems.successes > 0)).sum())
        rates = mean_rates(posterior, group) if broken >= ENOUGH else np.zeros(0)
        if len(rates) <= ENOUGH:
            continue
        try:
            tail = fit_tail(rates)
        except InputError as error:
            notes.append(f"{', '.join(problems.groups[group])}: {error}".removeprefix(": "))
            continue
        prompts = TIMES * len(rates)
        line = tail.worst_of(prompts, prob)
        laws = worst_rate(posterior, group, prompts, prob)
        row: dict[str, object] = dict(zip(problems.group_names, problems.groups[group], strict=True))
        row |= {"broken": broken, "prompts": prompts}
        row |= zip(("laws_median", "laws_lower", "laws_upper"), laws, strict=True)
        row["tail_line"] = float(line.line[0])
        rows.append(row)
        notes += [line.note] if line.note else []
    return pd.DataFrame(rows), tuple(dict.fromkeys(notes))
