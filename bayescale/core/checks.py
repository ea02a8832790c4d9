"""Checks of a posterior: a check, its result, the table of results, and the function that runs a list of checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, Protocol

import pandas as pd

from bayescale.core.display import Page, Shown

type State = Literal["failed", "warning", "informational", "passed"]


STATES: tuple[State, ...] = ("failed", "warning", "informational", "passed")


@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    Parameters
    ----------
    value : float
        The measured value; NaN where the check cannot be computed.
    threshold : float
        The value from which on the check fails or warns.
    meaning : str
        The result in one sentence: its number and what it means.
    passed : bool or None, default None
        Whether the posterior passed a check of the gate; None for any other check.
    warns : bool, default False
        Whether a check outside the gate reports something that a reader of the forecast must know.
    details : mapping of str to pandas.DataFrame, optional
        The tables behind the result, by name.
    check : str, default ""
        Name of the check. The check sets it.
    """

    value: float
    threshold: float
    meaning: str
    passed: bool | None = None
    warns: bool = False
    details: Mapping[str, pd.DataFrame] = field(default=MappingProxyType({}), repr=False, compare=False)
    check: str = ""

    @property
    def state(self) -> State:
        """State of the check: "failed" (gate, not published), "warning" (published), "informational" or "passed"."""
        if self.passed is not None:
            return "passed" if self.passed else "failed"
        return "warning" if self.warns else "informational"


@dataclass(frozen=True)
class Check[Context]:
    """A check: its name, the function that computes it, and when it applies.

    Parameters
    ----------
    name : str
        Name in the table of results.
    function : callable
        From what is checked to the result. It neither prints nor raises.
    applies : callable
        From what is checked to whether the check is part of the table at all.
    """

    name: str
    function: Callable[[Context], CheckResult]
    applies: Callable[[Context], bool]

    def __call__(self, context: Context) -> CheckResult:
        """Compute the result.

        Parameters
        ----------
        context : object
            What is checked.

        Returns
        -------
        CheckResult
            The result, with the name of the check.
        """
        return replace(self.function(context), check=self.name)


class _Decorator(Protocol):
    def __call__[Context](self, function: Callable[[Context], CheckResult]) -> Check[Context]: ...


def _always(context: object) -> bool:
    return True


def check(name: str, applies: Callable[[Any], bool] = _always) -> _Decorator:
    """Make a check of a function: a decorator.

    Parameters
    ----------
    name : str
        Name of the check in the table of results.
    applies : callable, optional
        From what is checked to whether the check is part of the table; by default it always is.

    Returns
    -------
    callable
        From the function to its `Check`.
    """

    def decorate[Context](function: Callable[[Context], CheckResult]) -> Check[Context]:
        return Check(name, function, applies)

    return decorate


def results_table(results: Sequence[CheckResult]) -> pd.DataFrame:
    """Return a table with one row per check.

    Parameters
    ----------
    results : sequence of CheckResult
        The results.

    Returns
    -------
    pandas.DataFrame
        Columns `check`, `state`, `passed`, `value`, `threshold` and `meaning`.
    """
    rows = [(r.check, r.state, r.passed, r.value, r.threshold, r.meaning) for r in results]
    table = pd.DataFrame(rows, columns=["check", "state", "passed", "value", "threshold", "meaning"])
    return table.astype({"check": "str", "state": "str", "passed": object, "meaning": "str"})


@dataclass(frozen=True, repr=False)
class Checks(Shown):
    """Results of the checks of a posterior.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per check: `check`; `state` ("failed": a check of the gate, the posterior is not published; "warning":
        the posterior is published, and a reader must know this; "informational"; "passed": a check of the gate);
        `passed` (None outside the gate); `value`; `threshold`; `meaning`.
    details : mapping of str to pandas.DataFrame
        The tables behind the checks: `convergence` per quantity; `leave_one_out` per run; `predictive` and `residuals`
        per training row; `neighbours` and `trends` per input; `families` per family and pooled parameter; `rungs` per
        bin of training length; `sensitivity` per target; `ranges` per input.
    """

    table: pd.DataFrame
    details: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether every check of the gate passed."""
        return all(value is not False for value in self.table["passed"])

    @property
    def failures(self) -> tuple[str, ...]:
        """Meaning of each check that failed."""
        failed = [row.passed is False for row in self.table.itertuples()]
        return tuple(self.table["meaning"][failed])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Name and meaning of each check that warns."""
        warned = self.table[self.table["state"] == "warning"]
        return tuple(f"{row.check}: {row.meaning}" for row in warned.itertuples())

    @property
    def counts(self) -> str:
        """Number of checks by state, as in "5 passed, 2 warnings, 6 informational"."""
        numbers = self.table["state"].value_counts().to_dict()
        words = {"warning": "warning" if numbers.get("warning") == 1 else "warnings"}
        order: tuple[State, ...] = ("failed", "warning", "passed", "informational")
        return ", ".join(f"{numbers[state]} {words.get(state, state)}" for state in order if numbers.get(state))

    @property
    def text(self) -> str:
        """Number of checks by state, then one line per check: failures first, then warnings."""
        ordered = self.table.sort_values("state", key=lambda states: states.map(STATES.index), kind="stable")
        mark = {"failed": "FAILED", "warning": "WARN", "informational": "note", "passed": "passed"}
        lines = [f"{mark[str(row.state)]:6}  {row.check}: {row.meaning}" for row in ordered.itertuples()]
        return "\n".join([f"Checks: {self.counts}.", *lines])

    @property
    def _page(self) -> Page:
        verdict = "passed its checks" if self.passed else "FAILED its checks: do not rely on it"
        return Page(f"The posterior {verdict} ({self.counts})", self.table, self.warnings)


def run_checks[Context](checks: Sequence[Check[Context]], context: Context) -> Checks:
    """Run every check that applies.

    Parameters
    ----------
    checks : sequence of Check
        The checks, in the order of the table.
    context : object
        What is checked.

    Returns
    -------
    Checks
        One row per check, and the tables behind them.
    """
    results = [single(context) for single in checks if single.applies(context)]
    details = {name: table for result in results for name, table in result.details.items()}
    return Checks(results_table(results), MappingProxyType(details))
