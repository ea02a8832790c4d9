"""Counts of attempts and successes per problem, and the group each problem belongs to."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.data.trials import Trials
from bayescale.data.trials_validation.groups import COUNTS, FIRST
from bayescale.risk.design_notes import design_notes
from bayescale.risk.grid import Counts, JudgeRates, count_pairs
from bayescale.risk.sampling_design import Design, design_of, measured_share

LEAST_SHARED = 10  # problems that two groups or more were tried on, from which groups are crossed
MOST_GROUPS, MOST_ROWS = 200, 100_000  # of shared problems, up to which groups are crossed

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Problems:
    """Counts of every problem, and the group each belongs to.

    Attributes
    ----------
    group_names : tuple of str
        Columns that make a group; empty where all problems are one group.
    groups : tuple of tuple of str
        Values of these columns, group by group.
    group : ndarray of int, shape (n_problems,)
        Index of each problem's group.
    problem : tuple of str
        Name of each problem.
    attempts, successes : ndarray of int, shape (n_problems,)
        Counts.
    weight : ndarray, shape (n_problems,)
        1, or less where a problem is one of several near-duplicates.
    errors : ndarray of int, shape (n_problems,)
        Attempts that did not run; they are part of neither count.
    first_success : ndarray, shape (n_problems,)
        Position of the first success among the attempts that ran; NaN where no order is known.
    design : Design
        Sampling design of each problem.
    """

    group_names: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    group: Index
    problem: tuple[str, ...]
    attempts: Index
    successes: Index
    weight: Array
    errors: Index
    first_success: Array
    design: Design

    @property
    def most_attempts(self) -> Index:
        """The most attempts made at any problem of each group, shape (n_groups,)."""
        most = np.zeros(len(self.groups), dtype=np.int64)
        np.maximum.at(most, self.group, self.attempts)
        return most

    @property
    def group_table(self) -> pd.DataFrame:
        """One row per group: the values of its columns."""
        return pd.DataFrame(list(self.groups), columns=list(self.group_names), index=range(len(self.groups)))

    @property
    def group_labels(self) -> tuple[str, ...]:
        """Name of each group: the values of its columns, joined by commas."""
        return tuple(", ".join(group) for group in self.groups)

    @property
    def design_notes(self) -> tuple[Note, ...]:
        """Notes on the sampling design: whether it is declared or inferred, and what depends on it."""
        return design_notes(self.design, self.group, self.group_names, self.groups)

    @cached_property
    def _groups_by_name(self) -> tuple[Index, Index, Index]:
        """Index of each row's problem by name, and in how many groups each problem occurs and was tried."""
        _, name = np.unique(np.array(self.problem, dtype=str), return_inverse=True)
        return name, np.bincount(name), np.bincount(name, self.attempts > 0).astype(np.int64)

    @cached_property
    def shared_index(self) -> Index:
        """Index of the problem among those that occur in several groups and were tried; -1 elsewhere, (n_problems,)."""
        name, groups, tried = self._groups_by_name
        shared = (groups >= 2) & (tried >= 1)  # a problem occurs once in a group
        return np.where(shared, np.cumsum(shared) - 1, -1)[name]

    @property
    def n_shared(self) -> int:
        """Number of problems that were tried in two groups or more."""
        return int((self._groups_by_name[2] >= 2).sum())

    @property
    def too_many_to_cross(self) -> bool:
        """Whether groups share so many rows that crossing them would take hours."""
        rows = self.shared_index >= 0
        return len(np.unique(self.group[rows])) > MOST_GROUPS or int(rows.sum()) > MOST_ROWS

    @property
    def crossable(self) -> bool:
        """Whether enough problems were tried in several groups to model their difficulty."""
        return self.n_shared >= LEAST_SHARED and not self.too_many_to_cross

    def rows(self, group: int) -> Index:
        """Return the problems of a group.

        Parameters
        ----------
        group : int
            Index of the group.

        Returns
        -------
        ndarray of int
            Indices of problems.
        """
        return np.flatnonzero(self.group == group)

    def rows_by_name(self, rows: Index) -> dict[str, int]:
        """Return problems by name.

        Parameters
        ----------
        rows : ndarray of int
            Indices of problems with different names.

        Returns
        -------
        dict of str to int
            Index of each problem.
        """
        return {self.problem[row]: int(row) for row in rows}

    def tried(self, group: int) -> Index:
        """Return the problems of a group that have attempts.

        Parameters
        ----------
        group : int
            Index of the group.

        Returns
        -------
        ndarray of int
            Indices of problems.
        """
        return np.flatnonzero((self.group == group) & (self.attempts > 0))

    def measured(self, budgets: Index) -> Array:
        """Return the share of each group's problems that had a success within their first N attempts.

        Parameters
        ----------
        budgets : ndarray of int, shape (n_budgets,)
            N, attempts per problem.

        Returns
        -------
        ndarray, shape (n_groups, n_budgets)
            Measured shares, NaN where the order of attempts is not known.
        """
        n, s, first, batch = self.attempts, self.successes, self.first_success, self.design.batch
        groups = map(self.rows, range(len(self.groups)))
        return np.stack([measured_share(n[i], s[i], first[i], batch[i], budgets) for i in groups])

    def counted(self, judge_rates: JudgeRates) -> Counts:
        """Return sufficient statistics of the counts under error rates of a judge.

        Parameters
        ----------
        judge_rates : JudgeRates
            Sensitivity and false-positive rate.

        Returns
        -------
        Counts
            Distinct counts and their likelihood on the grid.
        """
        return count_pairs(self.attempts, self.successes, self.group, self.weight, judge_rates)


def problems_from_trials(trials: Trials, design: str | None = None) -> Problems:
    """Return the counts and groups of a table of trials.

    Parameters
    ----------
    trials : Trials
        A table with one row per problem and group.
    design : str or None, default None
        Sampling design, as `fit_risk` takes it; None infers it.

    Returns
    -------
    Problems
        The counts.

    Raises
    ------
    InputError
        If counts contradict a declared design.
    """
    table, names = trials.table, trials.groups
    keys = list(map(tuple, table[list(names)].to_numpy(dtype=str))) if names else [()] * len(table)
    group_indices = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    group = np.array([group_indices[key] for key in keys], dtype=np.int64)
    attempts, successes, errors = (table[name].to_numpy(dtype=np.int64) for name in COUNTS)
    first = table[FIRST].to_numpy(dtype=float) if FIRST in table else np.full(len(table), np.nan)
    return Problems(
        group_names=names,
        groups=tuple(group_indices),
        group=group,
        problem=tuple(table["problem"]),
        attempts=attempts,
        successes=successes,
        weight=_cluster_weights(table, group),
        errors=errors,
        first_success=first,
        design=design_of(attempts, successes, errors, group, design),
    )


def _cluster_weights(table: pd.DataFrame, group: Index) -> Array:
    """1 over the size of each problem's cluster of near-duplicates."""
    if "cluster" not in table:
        return np.ones(len(table))
    clusters = pd.Series(
        [
            f"{index}\x1f{cluster}" if cluster else f"\x1e{row}"
            for row, (index, cluster) in enumerate(zip(group, table["cluster"], strict=True))
        ]
    )
    return np.asarray(1 / clusters.map(clusters.value_counts()).to_numpy(dtype=float))
