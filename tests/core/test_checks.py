"""Checks: registration, the four states of a result, counts and lists."""

import pandas as pd
import pytest

from bayescale.core.checks import CheckResult, Checks, check, results_table, run_checks
from bayescale.report.findings import checks_table, state_of, verdict

RESULTS = [
    CheckResult(1.0, 1.01, "the chains agree", True, check="R-hat"),
    CheckResult(0.9, 0.9, "90 % inside", check="rows"),
    CheckResult(0.001, 0.01, "residuals bend", warns=True, check="trend"),
]
FAILED = CheckResult(10, 400, "too few draws", False, check="ESS bulk")


def checks_of(results: list[CheckResult]) -> Checks:
    return Checks(results_table(results), {})


def test_states_are_counted_and_warnings_listed() -> None:
    checks = checks_of(RESULTS)
    assert checks.table["state"].tolist() == ["passed", "informational", "warning"]
    assert checks.table["passed"].tolist() == [True, None, None]
    assert checks.passed
    assert checks.warnings == ("trend: residuals bend",)
    assert checks.counts == "1 warning, 1 passed, 1 informational"
    assert checks.text.splitlines()[:2] == [f"Checks: {checks.counts}.", "WARN    trend: residuals bend"]
    assert "1 warning" in verdict(checks, "convergence")


def test_failures_come_before_warnings() -> None:
    checks = checks_of([*RESULTS, FAILED])
    assert not checks.passed
    assert checks.failures == ("too few draws",)
    assert checks.text.splitlines()[1] == "FAILED  ESS bulk: too few draws"


def test_a_page_folds_away_results_without_a_warning() -> None:
    assert checks_table(checks_of([*RESULTS, FAILED])).folded == (0, 1)


@pytest.mark.parametrize(("passed", "state"), [(True, "passed"), (False, "failed"), (None, "informational")])
def test_checks_stored_before_states_existed_have_one(passed: bool | None, state: str) -> None:
    assert state_of({"passed": passed}) == state


@check("is even")
def is_even(context: int) -> CheckResult:
    table = pd.DataFrame({"number": [context]})
    return CheckResult(context % 2, 0.5, f"{context}", warns=context % 2 == 1, details={"numbers": table})


@check("is small", applies=lambda context: context >= 0)
def is_small(context: int) -> CheckResult:
    return CheckResult(context, 10, f"{context}", passed=context <= 10)


def test_checks_that_apply_run_in_order() -> None:
    checks = run_checks([is_small, is_even], 11)
    assert checks.table["check"].tolist() == ["is small", "is even"]
    assert checks.table["state"].tolist() == ["failed", "warning"]
    assert checks.details["numbers"]["number"].tolist() == [11]
    assert run_checks([is_small, is_even], -2).table["check"].tolist() == ["is even"]
