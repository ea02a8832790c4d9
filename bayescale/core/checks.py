"""The result of a check, the table of results, and their summary: what every check of a posterior returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from bayescale.core.display import Page, Shown

type State = Literal["failed", "warning", "informational", "passed"]


STATES: tuple[State, ...] = ("failed", "warning", "informational", "passed")


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes
    ----------
    check : str
        Name of the check.
    passed : bool or None
        Whether the posterior passed a check of the gate; None for any other check.
    value, threshold : float
        The measured value and the value from which on the check fails or warns.
    meaning : str
        The result in one line.
    warns : bool
        Whether a check outside the gate reports something that a reader of the forecast must know.
    """

    check: str
    passed: bool | None
    value: float
    threshold: float
    meaning: str
    warns: bool = False

    @property
    def state(self) -> State:
        """State of the check: "failed" (gate, not published), "warning" (published), "informational" or "passed"."""
        if self.passed is not None:
            return "passed" if self.passed else "failed"
        return "warning" if self.warns else "informational"


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return a table with one row per check.

    Parameters
    ----------
    findings : sequence of Finding
        The results.

    Returns
    -------
    pandas.DataFrame
        Columns `check`, `state`, `passed`, `value`, `threshold` and `meaning`.
    """
    rows = [(f.check, f.state, f.passed, f.value, f.threshold, f.meaning) for f in findings]
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
