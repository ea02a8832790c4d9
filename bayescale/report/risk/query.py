"""The question of a risk report, the answers of the posterior to it, and the format of its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bayescale.core.checks import Checks
from bayescale.plots.wording import size_text
from bayescale.report.formats import Format, percent, text
from bayescale.risk.decisions.budget import Budget
from bayescale.risk.predict.forecast import RiskForecast
from bayescale.risk.problems import Problems
from bayescale.risk.result import Risk

MOST_ROWS = 60
MOST_SENTENCES = 6


@dataclass(frozen=True, eq=False)
class Query:
    """A posterior and what a report asks of it.

    Parameters
    ----------
    risk : Risk
        The posterior.
    budgets : tuple of int
        Attempts per prompt, increasing.
    prob : float
        Probability of the intervals.
    level : float
        Share of prompts; the report states how many attempts break that many.
    threshold : float
        Share of prompts; the report states how probable it is that more are broken.
    other : Risk, optional
        The posterior of the same trials under the other assumption on the judge's errors.
    """

    risk: Risk
    budgets: tuple[int, ...]
    prob: float
    level: float
    threshold: float
    other: Risk | None = None

    @cached_property
    def problems(self) -> Problems:
        """The problems with their counts."""
        return self.risk.problems

    @cached_property
    def forecast(self) -> RiskForecast:
        """ASR@N at the budgets."""
        return self.risk.at(self.budgets, self.prob)

    @cached_property
    def reached(self) -> Budget:
        """Attempts until the level is reached."""
        return self.risk.budget_for(self.level, self.prob)

    @cached_property
    def checks(self) -> Checks:
        """The checks of the posterior."""
        return self.risk.check()

    @property
    def interval(self) -> str:
        """The probability of the intervals, such as "90 %"."""
        return exactly(self.prob)

    @property
    def draws(self) -> int:
        """Number of draws of the posterior."""
        return int(self.risk.tree["posterior"].sizes["draw"])

    @property
    def names(self) -> dict[str, Format]:
        """The columns of a table that name a group."""
        return {name: text(name) for name in self.problems.group_names}

    def quoted(self, group: int) -> str:
        """Return a group as the beginning of a sentence.

        Parameters
        ----------
        group : int
            Place of the group.

        Returns
        -------
        str
            Its values in quotation marks and a colon; empty where there is one group without a name.
        """
        values = ", ".join(self.problems.groups[group])
        return f"“{values}”: " if values else ""

    def tried(self, group: int) -> np.ndarray:
        """Return the problems of a group with at least one attempt.

        Parameters
        ----------
        group : int
            Place of the group.

        Returns
        -------
        numpy.ndarray
            Places of the problems.
        """
        return np.flatnonzero((self.problems.group == group) & (self.problems.attempts > 0))


def exactly(share: float) -> str:
    """Format a share that the user chose, without rounding: "97.5 %".

    Parameters
    ----------
    share : float
        The share.

    Returns
    -------
    str
        The text.
    """
    return f"{100 * share:.4g}\u00a0%"


def chance(name: str, draws: int) -> Format:
    """Format a probability that is a share of draws. No draw of a thousand means less than 0.1 %, not 0.

    Parameters
    ----------
    name : str
        The column.
    draws : int
        Number of draws.

    Returns
    -------
    Format
        Text of a row.
    """

    def cell(row: Any) -> str:
        if row[name] in (0, 1):
            return f"<{exactly(1 / draws)}" if row[name] == 0 else f">{exactly(1 - 1 / draws)}"
        return percent(row[name])

    return cell


def attempts_text(number: float | None) -> str:
    """Format a number of attempts: "10,000", "2.5B", "never".

    Parameters
    ----------
    number : float or None
        The number; infinity, which a record holds as None, is "never".

    Returns
    -------
    str
        The text.
    """
    if number is None or np.isinf(number):
        return "never"
    return f"{number:,.0f}" if number < 1e7 else size_text(number)


def few(sentences: Sequence[str]) -> tuple[str, ...]:
    """Shorten a list with one sentence per group.

    Parameters
    ----------
    sentences : sequence of str
        The sentences.

    Returns
    -------
    tuple of str
        The first six, and the number of further groups in the table.
    """
    rest = len(sentences) - MOST_SENTENCES
    if rest <= 0:
        return tuple(sentences)
    return (*sentences[:MOST_SENTENCES], f"The table contains {rest} more group{'s' * (rest > 1)}.")
