"""What checks found, as every report says it: a verdict in a sentence, the warnings, and the table behind them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bayescale.core.checks import Checks
from bayescale.report.tables import Format, Table, number, table_of, text

MARKS = {"failed": "FAILED", "warning": "WARNING", "informational": "note", "passed": "passed"}
CAPTION = "What speaks for and against this posterior"


def verdict(checks: Checks, gate: str) -> str:
    """What failed, or that nothing of the gate did, and how many checks warn; `gate` says what it is a gate of, such as
    "convergence"."""
    failed = [f"{row.check}: {row.meaning}" for row in checks.table.itertuples() if row.passed is False]
    if failed:
        return "; ".join(failed) + "."
    passed = sum(value is True for value in checks.table["passed"])
    return f"All {passed} checks of {gate} passed. Checks in all: {checks.counts}."


def checks_table(checks: Checks) -> Table:
    """One row per check. A page folds away the rows that found nothing."""
    table = table_of("checks", checks.table, f"{CAPTION}: {checks.counts}", columns_of_checks())
    quiet = [place for place, row in enumerate(table.records) if state_of(row) in ("passed", "informational")]
    return replace(table, folded=tuple(quiet))


def columns_of_checks() -> dict[str, Format]:
    """How a row of checks reads."""
    return {
        "check": text("check"),
        "result": lambda row: MARKS[state_of(row)],
        "value": number("value", ".3g"),
        "threshold": number("threshold", ".3g"),
        "meaning": text("meaning"),
    }


def state_of(row: Mapping[str, Any]) -> str:
    """The state of a check; of one recorded before there were states, what its gate says."""
    recorded = row.get("state")
    if recorded in MARKS:
        return str(recorded)
    return "informational" if row["passed"] is None else "passed" if row["passed"] else "failed"
