"""The publication gate: thresholds, and the worst of all quantities by name."""

import numpy as np
import pytest

from bayescale.core.diagnostics import (
    Diagnosis,
    QuantityDiagnostics,
    bfmi,
    diagnose,
    quantity_diagnostics,
    weight_findings,
)


def test_failures_name_the_diagnostic() -> None:
    rng = np.random.default_rng(0)
    stats = {"diverging": np.zeros((4, 500), bool), "energy": rng.standard_normal((4, 500))}
    good = diagnose(quantity_diagnostics(rng.standard_normal((4, 500, 3))), stats)
    assert good.passed
    apart = rng.standard_normal((4, 500, 3)) + np.arange(4)[:, None, None]
    stats["diverging"][0, 3] = True
    bad = diagnose(quantity_diagnostics(apart), stats)
    assert not bad.passed
    assert any("R-hat" in text for text in bad.failures)
    assert any("1 divergent" in text for text in bad.failures)


STATS = {"diverging": np.zeros((2, 10), bool), "energy": np.random.default_rng(1).standard_normal((2, 10))}


def test_the_worst_quantity_is_named() -> None:
    each = QuantityDiagnostics(np.array([1.0, 1.2]), np.array([900.0, 500.0]), np.array([300.0, 800.0]))
    diagnosis = diagnose(each, STATS, ["E", "alpha"])
    assert diagnosis.worst == {"rhat": "alpha", "ess_bulk": "alpha", "ess_tail": "E"}
    failed = {finding.check: finding.meaning for finding in diagnosis.findings if not finding.passed}
    assert failed["R-hat"] == "1.2 at worst (alpha): chains disagree: sample longer"
    assert "ESS bulk" not in failed
    assert failed["ESS tail"].startswith("300 at worst (E)")


def test_an_unknown_diagnostic_fails() -> None:
    each = QuantityDiagnostics(np.array([1.0, np.nan]), np.array([900.0, 500.0]), np.array([900.0, 800.0]))
    diagnosis = diagnose(each, STATS, ["E", "alpha"])
    assert not diagnosis.passed
    assert diagnosis.worst["rhat"] == "alpha"
    assert diagnosis.failures == ["R-hat nan is above 1.01"]


@pytest.mark.parametrize(("rhat", "ess", "passed"), [(1.01, 400.0, True), (1.0101, 400.0, False), (1.01, 399.0, False)])
def test_thresholds_are_inclusive(rhat: float, ess: float, passed: bool) -> None:
    assert Diagnosis(rhat, ess, ess, 0, 0.3).passed is passed
    assert not Diagnosis(rhat, ess, ess, 1, 0.3).passed
    assert not Diagnosis(rhat, ess, ess, 0, 0.29).passed


def test_bfmi_of_independent_energies_is_two() -> None:
    """Differences of independent values have twice the variance."""
    energy = np.random.default_rng(0).standard_normal((2, 20_000))
    np.testing.assert_allclose(bfmi(energy), 2.0, rtol=0.05)


@pytest.mark.parametrize(
    ("pareto_k", "size", "passed"), [(0.7, 400.0, True), (0.71, 400.0, False), (np.nan, 9e9, False)]
)
def test_weights_are_judged_by_tail_and_size(pareto_k: float, size: float, passed: bool) -> None:
    assert all(finding.passed for finding in weight_findings(pareto_k, size)) is passed
