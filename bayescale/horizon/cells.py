"""Counts of attempts and successes by agent and task, with the human time of each task, from trials."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import in_rows, listing, values_in_rows
from bayescale.data.columns import as_numbers
from bayescale.data.trials import Trials
from bayescale.errors import InputError, closest
from bayescale.horizon.release_dates import dates_of_agents

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

MINUTES, FAMILY, RELEASED = "human_minutes", "family", "release_date"
SHORTEST, LONGEST = 1e-3, 1e7  # believable human times, in minutes: 60 ms to 19 years
FEWEST_TASKS = 3  # of different lengths
_OUTCOMES = {"attempts", "successes", "errors", "row", "first_success", "cluster"}


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts of each pair of an agent and a task that has an attempt.

    Parameters
    ----------
    agent_column : str
        Name of the column of agents.
    agents, families, tasks : tuple of str
        Labels, in the order of the trials.
    released : ndarray, shape (n_agents,)
        Release dates in days since 1970-01-01; NaN where unknown.
    minutes : ndarray, shape (n_tasks,)
        Time that a human needs.
    family : ndarray of int, shape (n_tasks,)
        Family of each task.
    agent, task, attempts, successes : ndarray of int, shape (n_cells,)
        Agent, task and counts of each cell.
    """

    agent_column: str
    agents: tuple[str, ...]
    families: tuple[str, ...]
    tasks: tuple[str, ...]
    released: Array
    minutes: Array
    family: Index
    agent: Index
    task: Index
    attempts: Index
    successes: Index

    @property
    def centre(self) -> float:
        """Mean of log2 of the human time over tasks."""
        return float(np.log2(self.minutes).mean())

    @property
    def centred_length(self) -> Array:
        """log2 of each task's human time, less its mean, shape (n_tasks,)."""
        return np.asarray(np.log2(self.minutes) - self.centre)

    @property
    def by_agent(self) -> pd.DataFrame:
        """One row per agent: its label, `tasks`, `attempts`, `successes`."""
        count = len(self.agents)
        sums = {
            "tasks": np.bincount(self.agent, minlength=count),
            "attempts": np.bincount(self.agent, self.attempts, minlength=count),
            "successes": np.bincount(self.agent, self.successes, minlength=count),
        }
        return pd.DataFrame({self.agent_column: self.agents, **{k: v.astype(np.int64) for k, v in sums.items()}})


def cells_from_trials(
    trials: Trials, agent: str, release_dates: Mapping[str, object] | None
) -> tuple[Cells, tuple[Note, ...]]:
    """Add up trials by agent and task.

    Parameters
    ----------
    trials : Trials
        Counts with a column of agents and `human_minutes`; optional are `family` and `release_date`.
    agent : str
        Name of the column of agents.
    release_dates : mapping of str to object, optional
        Release date of each agent, in place of the column `release_date`.

    Returns
    -------
    cells : Cells
        The counts.
    notes : tuple of Note
        What was left out or looks odd.

    Raises
    ------
    InputError
        If columns are missing, or values cannot be used; it lists every problem.
    """
    table = trials.table
    missing = [
        f"column {name!r} is not in the trials.{closest(name, trials.columns)} Name it with "
        f"rename={{source name: {name!r}}} (--rename NAME={name} on the command line)."
        for name in (agent, MINUTES)
        if name not in trials.columns
    ]
    if missing:
        raise InputError(f"{trials.source}: cannot fit time horizons", missing)
    minutes, problems = _minutes(table)
    notes: list[Note] = []
    family = table["problem"]
    if FAMILY in trials.columns and agent != FAMILY:
        family = table[FAMILY].where(table[FAMILY] != "", table["problem"])
    else:
        message = f"Without a column {FAMILY!r} every task counts as a family of its own: related tasks count in full."
        notes.append(Note("no_task_family", message))
    if (blank := (table[agent] == "").to_numpy()).any():
        problems.append(f"column {agent!r} is blank in {in_rows(table['row'][blank].tolist())}: name the agent.")
    rows = pd.DataFrame(
        {
            "agent": table[agent],
            "family": family,
            "problem": table["problem"],
            "minutes": minutes,
            "attempts": table["attempts"],
            "successes": table["successes"],
            "row": table["row"],
        }
    )
    if not problems:
        problems += _several_lengths(rows)
    released, date_problems = dates_of_agents(table, agent, release_dates)
    problems += date_problems
    ran = rows[rows["attempts"] > 0]
    if not problems and ran["minutes"].nunique() < FEWEST_TASKS:
        problems.append(
            f"tasks with an attempt have {ran['minutes'].nunique()} different human times; a horizon needs at least "
            f"{FEWEST_TASKS}."
        )
    if problems:
        raise InputError(f"{trials.source}: cannot fit time horizons", problems)
    return _cells(ran, agent, released), (*notes, *_notes(table, trials, agent, rows))


def _minutes(table: pd.DataFrame) -> tuple[Array, list[str]]:
    """Human times, and messages on those that cannot be used."""
    values, wrong = as_numbers(table[MINUTES])
    problems = []
    blank = np.isnan(values) & ~wrong
    if blank.any():
        rows = in_rows(table["row"][blank].tolist())
        problems.append(f"column {MINUTES!r} is blank in {rows}: give the human time, or leave these tasks out.")
    wrong |= ~blank & ~((values >= SHORTEST) & (values <= LONGEST))
    if wrong.any():
        listed = values_in_rows(table[MINUTES][wrong], table["row"][wrong])
        problems.append(
            f"column {MINUTES!r}: {listed} must be minutes from {SHORTEST:g} to {LONGEST:g} (a number above 0)."
        )
    return values, problems


def _several_lengths(rows: pd.DataFrame) -> list[str]:
    """A message on tasks with more than one human time."""
    lengths = rows.groupby(["family", "problem"], sort=False)["minutes"].agg(["nunique", "min", "max"])
    several = lengths[lengths["nunique"] > 1]
    if several.empty:
        return []
    listed = [
        f"{row['problem']!r} of {row['family']!r} ({row['min']:g} to {row['max']:g})"
        for row in several.reset_index().to_dict("records")
    ]
    return [
        f"column {MINUTES!r}: {listing(listed)} has several human times; give each task one, and different tasks "
        "different names in the column 'problem' or 'family'."
    ]


def _cells(rows: pd.DataFrame, agent: str, released: Mapping[str, float]) -> Cells:
    counts = rows.groupby(["agent", "family", "problem"], sort=False, as_index=False).agg(
        minutes=("minutes", "first"), attempts=("attempts", "sum"), successes=("successes", "sum")
    )
    agents, agent_names = pd.factorize(counts["agent"])
    keys = pd.MultiIndex.from_frame(counts[["family", "problem"]])
    tasks, task_keys = pd.factorize(keys)
    first = np.unique(tasks, return_index=True)[1]
    families, family_names = pd.factorize(counts["family"].to_numpy()[first])
    names = tuple(map(str, agent_names))
    return Cells(
        agent_column=agent,
        agents=names,
        families=tuple(map(str, family_names)),
        tasks=tuple(str(problem) for _, problem in task_keys),
        released=np.array([released.get(name, np.nan) for name in names]),
        minutes=counts["minutes"].to_numpy(float)[first],
        family=families.astype(np.int64),
        agent=agents.astype(np.int64),
        task=tasks.astype(np.int64),
        attempts=counts["attempts"].to_numpy(np.int64),
        successes=counts["successes"].to_numpy(np.int64),
    )


def _notes(table: pd.DataFrame, trials: Trials, agent: str, rows: pd.DataFrame) -> list[Note]:
    """Notes on agents and tasks without an attempt, and on columns over whose values counts are added up."""
    notes = []
    ran = rows[rows["attempts"] > 0]
    if idle := sorted({*rows["agent"]} - {*ran["agent"]}):
        notes.append(Note("agent_did_not_run", f"No attempt ran for {listing(idle)}: left out.", idle))
    others = [name for name in trials.columns if name not in (agent, FAMILY, MINUTES, RELEASED, *_OUTCOMES)]
    cell = [rows["agent"], rows["family"], rows["problem"]]
    varied = [name for name in others if table[name].groupby(cell).nunique().max() > 1]
    if varied:
        message = f"Counts of one agent and task are added up over the values of {listing(varied)}."
        notes.append(Note("added_up_over_columns", message))
    return notes
