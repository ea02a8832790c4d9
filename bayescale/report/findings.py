"""What checks found, as every report says it: a verdict in a sentence, and the table behind it."""

from bayescale.inference.check import Checks
from bayescale.report.tables import Format, Table, number, table_of, text

MARKS = {True: "passed", False: "FAILED"}


def verdict(checks: Checks, gate: str) -> str:
    """What failed, or that nothing of the gate did; `gate` says what it is a gate of, such as "convergence"."""
    failed = [f"{row.check} {row.meaning}" for row in checks.table.itertuples() if row.passed is False]
    if failed:
        return "; ".join(failed) + "."
    passed = sum(value is True for value in checks.table["passed"])
    return f"All {passed} checks of {gate} passed; what else there is to know is listed under Checks."


def checks_table(checks: Checks) -> Table:
    return table_of("checks", checks.table, "What speaks for and against this posterior", columns_of_checks())


def columns_of_checks() -> dict[str, Format]:
    """How a row of checks reads."""
    return {
        "check": text("check"),
        "result": lambda row: MARKS.get(row["passed"], "note") if row["passed"] is not None else "note",
        "value": number("value", ".3g"),
        "threshold": number("threshold", ".3g"),
        "meaning": text("meaning"),
    }
