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
    """One check: `passed` is None where it only informs; `meaning` is one line; `warns` where it informs of something
    that a reader of the forecast must know."""

    check: str
    passed: bool | None
    value: float
    threshold: float
    meaning: str
    warns: bool = False

    @property
    def state(self) -> State:
        """What the check says: "failed" (of the gate: not published), "warning" (published), "informational" or
        "passed" (of the gate)."""
        if self.passed is not None:
            return "passed" if self.passed else "failed"
        return "warning" if self.warns else "informational"


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """One row per check: check, state, passed, value, threshold, meaning."""
    rows = [(one.check, one.state, one.passed, one.value, one.threshold, one.meaning) for one in findings]
    table = pd.DataFrame(rows, columns=["check", "state", "passed", "value", "threshold", "meaning"])
    return table.astype({"check": "str", "state": "str", "passed": object, "meaning": "str"})


@dataclass(frozen=True, repr=False)
class Checks(Shown):
    """Findings about a posterior.

    table    one row per check: check, state ("failed": the gate, not published; "warning": published, and to be known;
             "informational"; "passed": the gate), passed (of the gate alone, else None), value, threshold, meaning.
    details  tables behind it: `convergence` per quantity; `leave_one_out` per run; `predictive` and `residuals` per
             training row; `neighbours` and `trends` per input; `families` per family and pooled parameter; `rungs` per
             bin of training length; `sensitivity` per target; `ranges` per input.
    """

    table: pd.DataFrame
    details: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether every check of the gate passed; informational ones do not count."""
        return all(value is not False for value in self.table["passed"])

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed, in words."""
        failed = [row.passed is False for row in self.table.itertuples()]
        return tuple(self.table["meaning"][failed])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What does not keep the posterior from being published and must be known, in words."""
        warned = self.table[self.table["state"] == "warning"]
        return tuple(f"{row.check}: {row.meaning}" for row in warned.itertuples())

    @property
    def counts(self) -> str:
        """How many checks are in which state: "5 passed, 2 warnings, 6 informational"."""
        numbers = self.table["state"].value_counts().to_dict()
        words = {"warning": "warning" if numbers.get("warning") == 1 else "warnings"}
        order: tuple[State, ...] = ("failed", "warning", "passed", "informational")
        return ", ".join(f"{numbers[state]} {words.get(state, state)}" for state in order if numbers.get(state))

    @property
    def text(self) -> str:
        """How many checks are in which state, then all findings, one line each: what failed and what warns first."""
        ordered = self.table.sort_values("state", key=lambda states: states.map(STATES.index), kind="stable")
        mark = {"failed": "FAILED", "warning": "WARN", "informational": "note", "passed": "passed"}
        lines = [f"{mark[str(row.state)]:6}  {row.check}: {row.meaning}" for row in ordered.itertuples()]
        return "\n".join([f"Checks: {self.counts}.", *lines])

    @property
    def _page(self) -> Page:
        verdict = "passed its checks" if self.passed else "FAILED its checks: do not rely on it"
        return Page(f"The posterior {verdict} ({self.counts})", self.table, self.warnings)
