"""Horizons of agents at levels of success, and success against the human time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.summary import median_and_interval, numbers, require_prob
from bayescale.errors import InputError
from bayescale.horizon.posterior import HorizonPosterior, mean_success

LEAST_LEVEL = 0.001  # of success, and of failure

type Array = NDArray[np.float64]

NO_SUCCESS = "no success: lower end from the prior"
NO_FAILURE = "no failure: upper end from the prior"
SHORTER = "shorter than every task"
LONGER = "longer than every task"


def horizons(self: HorizonPosterior, levels: float | Sequence[float] = (0.5, 0.8), prob: float = 0.9) -> pd.DataFrame:
    """Return each agent's time horizons: the human time of tasks at which it succeeds with given probabilities.

    The success is that at an average task of a length: families, tasks and the pairing of agent and task are averaged
    over their populations.

    Parameters
    ----------
    levels : float or sequence of float, default (0.5, 0.8)
        Probabilities of success, between 0 and 1.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    DataFrame
        One row per agent and level: the agent's column, `level`, `minutes_median`, `minutes_lower` and
        `minutes_upper`, its `tasks`, `attempts` and `successes`, and `note`: what bounds the interval where an agent
        has no success or no failure, and whether the horizon lies beyond the lengths of the tasks.

    Raises
    ------
    InputError
        If a level or `prob` is not between 0 and 1.
    """
    require_prob(prob)
    cells = self.cells
    tables = []
    for level in read_levels(levels):
        median, lower, upper = median_and_interval(np.exp2(self.log2_horizon(level)), prob)
        table = cells.by_agent
        table.insert(1, "level", level)
        table.insert(2, "minutes_median", median)
        table.insert(3, "minutes_lower", lower)
        table.insert(4, "minutes_upper", upper)
        table["note"] = _notes(self, table)
        tables.append(table)
    together = pd.concat(tables, keys=range(len(tables)))
    order = np.arange(len(together)).reshape(len(tables), -1).T.ravel()
    return together.iloc[order].reset_index(drop=True)


def read_levels(levels: float | Sequence[float]) -> list[float]:
    """Return levels of success as numbers.

    Parameters
    ----------
    levels : float or sequence of float
        The levels.

    Returns
    -------
    list of float
        The levels.

    Raises
    ------
    InputError
        If one is not from 0.001 to 0.999: beyond, horizons rest on the shape of the curve alone.
    """
    values = numbers("levels", levels, "such as 0.5")
    if ((values < LEAST_LEVEL) | (values > 1 - LEAST_LEVEL)).any():
        raise InputError(f"levels={levels!r} must lie between 0 and 1, from 0.001 to 0.999, such as 0.5 and 0.8")
    return list(dict.fromkeys(values.tolist()))


def success(
    self: HorizonPosterior,
    minutes: float | Sequence[float],
    agents: str | Sequence[str] | None = None,
    prob: float = 0.9,
) -> pd.DataFrame:
    """Return the probability that agents succeed at tasks of given human times.

    Parameters
    ----------
    minutes : float or sequence of float
        Human times in minutes.
    agents : str or sequence of str, optional
        The agents; all where omitted.
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    DataFrame
        One row per agent and time: the agent's column, `minutes`, `success_median`, `success_lower` and
        `success_upper`: success at an average task of this length, as in `horizons`. Single tasks scatter more.

    Raises
    ------
    InputError
        If an agent is unknown, or a number is out of its range.
    """
    require_prob(prob)
    lengths = numbers("minutes", minutes, "such as 60")
    chosen = self.agents_at(agents)
    tables = []
    for place in chosen:
        distance = self.draws("log2_horizon")[:, place, None] - np.log2(lengths)
        mean = mean_success(self.slope[:, place, None] * distance, self.effect_scale[:, None])
        median, lower, upper = median_and_interval(mean, prob)
        columns = {"minutes": lengths, "success_median": median, "success_lower": lower, "success_upper": upper}
        tables.append(pd.DataFrame({self.cells.agent_column: self.cells.agents[place], **columns}))
    return pd.concat(tables, ignore_index=True)


def measured(self: HorizonPosterior, bins: int = 6) -> pd.DataFrame:
    """Return measured shares of successes by task length: each family counts once in a bin, however many tasks it has.

    Parameters
    ----------
    bins : int, default 6
        Number of bins of equal numbers of tasks.

    Returns
    -------
    DataFrame
        One row per agent and bin with an attempt: the agent's column, `minutes` (geometric mean), `share`, `tasks`.
    """
    cells = self.cells
    edges = np.quantile(np.log2(cells.minutes), np.linspace(0, 1, bins + 1)[1:-1])
    table = pd.DataFrame(
        {
            cells.agent_column: np.array(cells.agents)[cells.agent],
            "bin": np.searchsorted(edges, np.log2(cells.minutes), side="right")[cells.task],
            "family": cells.family[cells.task],
            "log2": np.log2(cells.minutes)[cells.task],
            "share": cells.successes / cells.attempts,
        }
    )
    keys = [cells.agent_column, "bin"]
    families = table.groupby([*keys, "family"], sort=False).agg(share=("share", "mean"))
    shares = families.groupby(level=keys, sort=False)["share"].mean()
    lengths = table.groupby(keys, sort=False)["log2"].agg(["mean", "size"])
    out = pd.DataFrame({"minutes": np.exp2(lengths["mean"]), "share": shares, "tasks": lengths["size"]})
    return out.reset_index().drop(columns="bin")


def _notes(posterior: HorizonPosterior, table: pd.DataFrame) -> list[str]:
    """What a reader must know of each agent's horizon; empty for most."""
    shortest, longest = posterior.cells.minutes.min(), posterior.cells.minutes.max()
    columns = ("minutes_median", "attempts", "successes")
    notes = []
    for minutes, attempts, successes in zip(*(table[name].tolist() for name in columns), strict=True):
        if successes == 0:
            notes.append(NO_SUCCESS)
        elif successes == attempts:
            notes.append(NO_FAILURE)
        else:
            notes.append(SHORTER if minutes < shortest else LONGER if minutes > longest else "")
    return notes
