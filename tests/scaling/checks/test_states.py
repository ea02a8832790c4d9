"""Four states of a check, counted and listed; and residuals along inputs in numbers that residuals reach."""

import numpy as np
import pytest

from bayescale.core.checks import Checks, Finding, findings_table
from bayescale.report.findings import checks_table, state_of, verdict
from bayescale.scaling.checks.residual_patterns import trends
from bayescale.scaling.checks.residual_scores import scores_of
from tests.scaling.sampling.small_families import design_of, small_families

FINDINGS = [
    Finding("R-hat", True, 1.0, 1.01, "chains agree"),
    Finding("rows", None, 0.9, 0.9, "90 % inside"),
    Finding("trend", None, 0.001, 0.01, "residuals bend", warns=True),
]
FAILED = Finding("ESS bulk", False, 10, 400, "too few draws")


def test_states_are_counted_and_warnings_listed() -> None:
    checks = Checks(findings_table(FINDINGS), {})
    assert checks.table["state"].tolist() == ["passed", "informational", "warning"]
    assert checks.table["passed"].tolist() == [True, None, None]
    assert checks.passed
    assert checks.warnings == ("trend: residuals bend",)
    assert checks.counts == "1 warning, 1 passed, 1 informational"
    assert checks.text.splitlines()[:2] == [f"Checks: {checks.counts}.", "WARN    trend: residuals bend"]
    assert "1 warning" in verdict(checks, "convergence")


def test_what_failed_comes_before_what_warns() -> None:
    checks = Checks(findings_table([*FINDINGS, FAILED]), {})
    assert not checks.passed
    assert checks.text.splitlines()[1] == "FAILED  ESS bulk: too few draws"


def test_a_page_folds_away_what_found_nothing() -> None:
    assert checks_table(Checks(findings_table([*FINDINGS, FAILED]), {})).folded == (0, 1)


@pytest.mark.parametrize(("passed", "state"), [(True, "passed"), (False, "failed"), (None, "informational")])
def test_checks_recorded_before_there_were_states_have_one(passed: bool | None, state: str) -> None:
    assert state_of({"passed": passed}) == state


def test_residuals_along_an_input_never_exceed_those_that_were_seen() -> None:
    """Families of narrow ranges far apart: a polynomial through them said +22 standard deviations."""
    table = small_families(4, 9)
    table["n_params"] *= 10.0 ** np.repeat([0, 1, 2, 3], 9)
    design = design_of(table)
    rng = np.random.default_rng(3)
    for _ in range(20):
        score = np.clip(rng.standard_normal(36), -1.6, 1.6)
        found = trends(design, scores_of(design, score, 1))[1]
        assert np.nanmax(np.abs(found[["smallest", "middle", "largest"]].to_numpy())) <= 3.2
