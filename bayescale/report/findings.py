"""The results of checks in a report: a verdict in one sentence, and a table."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bayescale.core.checks import Checks
from bayescale.report.formats import Format, number, text
from bayescale.report.tables import Table, table_of

MARKS = {"failed": "FAILED", "warning": "WARNING", "informational": "note", "passed": "passed"}
CAPTION = "Diagnostics"


def verdict(checks: Checks, gate: str) -> str:
    """Say in a sentence which checks of the gate failed, or that all passed.

    Parameters
    ----------
    checks : Checks
        The results.
    gate : str
        What the gate tests, such as "convergence".

    Returns
    -------
    str
        The failures; without any, the number of checks in each state.
    """
    failed = [f"{row.check}: {row.meaning}" for row in checks.table.itertuples() if row.passed is False]
    if failed:
        return "; ".join(failed) + "."
    passed = sum(value is True for value in checks.table["passed"])
    return f"All {passed} checks of {gate} passed. All checks: {checks.counts}."


def checks_table(checks: Checks) -> Table:
    """Format checks for readers, one row each. A page folds the rows without a warning away.

    Parameters
    ----------
    checks : Checks
        The results.

    Returns
    -------
    Table
        Name, state, value, threshold and meaning of each check.
    """
    table = table_of("checks", checks.table, f"{CAPTION}: {checks.counts}", columns_of_checks())
    quiet = [place for place, row in enumerate(table.records) if state_of(row) in ("passed", "informational")]
    return replace(table, folded=tuple(quiet))


def columns_of_checks() -> dict[str, Format]:
    """Return the columns of a table of checks.

    Returns
    -------
    dict of str to Format
        The text of each column, by its heading.
    """
    return {
        "check": text("check"),
        "result": lambda row: MARKS[state_of(row)],
        "value": number("value", ".3g"),
        "threshold": number("threshold", ".3g"),
        "meaning": text("meaning"),
    }


def state_of(row: Mapping[str, Any]) -> str:
    """Return the state of a check. A check of an earlier release has none, and its result at the gate decides.

    Parameters
    ----------
    row : mapping
        A row of a table of checks.

    Returns
    -------
    str
        "failed", "warning", "informational" or "passed".
    """
    recorded = row.get("state")
    if recorded in MARKS:
        return str(recorded)
    return "informational" if row["passed"] is None else "passed" if row["passed"] else "failed"
