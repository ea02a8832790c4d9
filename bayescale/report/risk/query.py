"""What a risk report is asked, and how its numbers are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bayescale.core.checks import Checks
from bayescale.plots.style import size_text
from bayescale.report.tables import Format, percent, text
from bayescale.risk.decisions.budget import Budget
from bayescale.risk.predict.forecast import RiskForecast
from bayescale.risk.problems import Problems
from bayescale.risk.result import Risk

MOST_ROWS = 60
MOST_CLAIMS = 6


@dataclass(frozen=True, eq=False)
class Asked:
    """A posterior and what a report says of it; `budgets` rise; `other` takes the judge's errors the other way."""

    risk: Risk
    budgets: tuple[int, ...]
    prob: float
    level: float
    threshold: float
    other: Risk | None = None

    @cached_property
    def problems(self) -> Problems:
        return self.risk.problems

    @cached_property
    def forecast(self) -> RiskForecast:
        return self.risk.at(self.budgets, self.prob)

    @cached_property
    def reached(self) -> Budget:
        return self.risk.budget_for(self.level, self.prob)

    @cached_property
    def checks(self) -> Checks:
        return self.risk.check()

    @property
    def interval(self) -> str:
        """ "90 %"."""
        return exactly(self.prob)

    @property
    def draws(self) -> int:
        return int(self.risk.tree["posterior"].sizes["draw"])

    @property
    def names(self) -> dict[str, Format]:
        """The columns of a table that name a group."""
        return {name: text(name) for name in self.problems.group_names}

    def quoted(self, group: int) -> str:
        """A group as sentences name it: its values in quotation marks and a colon, nothing where there is one group."""
        values = ", ".join(self.problems.groups[group])
        return f"“{values}”: " if values else ""

    def tried(self, group: int) -> np.ndarray:
        """The problems of a group for which an attempt ran."""
        return np.flatnonzero((self.problems.group == group) & (self.problems.attempts > 0))


def exactly(share: float) -> str:
    """A share that was asked for, not rounded: "97.5 %"."""
    return f"{100 * share:.4g}\u00a0%"


def chance(name: str, draws: int) -> Format:
    """A probability counted in draws: none of a thousand is less than 0.1 %, not nothing."""

    def shown(row: Any) -> str:
        if row[name] in (0, 1):
            return f"<{exactly(1 / draws)}" if row[name] == 0 else f">{exactly(1 - 1 / draws)}"
        return percent(row[name])

    return shown


def attempts_text(number: float | None) -> str:
    """ "10,000"; "2.5B" for what nobody counts; "never" for infinity, which a table holds as None."""
    if number is None or np.isinf(number):
        return "never"
    return f"{number:,.0f}" if number < 1e7 else size_text(number)


def few(said: Sequence[str]) -> tuple[str, ...]:
    """The first sentences of a list with one a group, and how many groups more the table has."""
    rest = len(said) - MOST_CLAIMS
    return (*said[:MOST_CLAIMS], f"{rest} more groups: in the table.") if rest > 0 else tuple(said)
