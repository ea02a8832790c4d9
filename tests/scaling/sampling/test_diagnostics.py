"""Test the convergence of draws: figures of known processes, and the worst quantity."""

from typing import Any

import numpy as np
import pytest

from bayescale.core.draws.chain_statistics import QuantityDiagnostics, quantity_diagnostics
from bayescale.core.gate import CHAIN_CRITERIA
from bayescale.scaling.sampling.diagnostics import (
    Diagnosis,
    bfmi,
    diagnose,
    merely_short,
)


def independent_draws() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    stats = {"diverging": np.zeros((4, 500), bool), "energy": rng.standard_normal((4, 500))}
    return rng.standard_normal((4, 500, 3)), stats


def diagnose_draws(draws: np.ndarray, stats: dict[str, np.ndarray]) -> Diagnosis:
    return diagnose(quantity_diagnostics(draws), stats)


def test_independent_draws_pass() -> None:
    diagnosis = diagnose_draws(*independent_draws())
    assert diagnosis.passed
    assert diagnosis.failures == []
    assert diagnosis.ess_bulk == pytest.approx(2000, rel=0.15)  # as many as there are


def test_failures_are_stated() -> None:
    draws, stats = independent_draws()
    stats["diverging"][0, 3] = True
    diagnosis = diagnose_draws(draws + np.arange(4)[:, None, None], stats)
    assert not diagnosis.passed
    assert diagnosis.failures[0] == f"the largest R-hat is {diagnosis.rhat:.4g}, above 1.01"
    assert "the number of divergent transitions is 1, above 0" in diagnosis.failures


def test_effective_sizes_agree_with_the_theory_of_autoregression() -> None:
    """An AR(1) process with coefficient 0.5 has (1 - 0.5) / (1 + 0.5) as many effective draws as draws."""
    rng = np.random.default_rng(1)
    draws = rng.standard_normal((4, 4000, 1))
    for i in range(1, draws.shape[1]):
        draws[:, i] = 0.5 * draws[:, i - 1] + np.sqrt(0.75) * draws[:, i]
    assert quantity_diagnostics(draws).ess_bulk[0] == pytest.approx(16_000 / 3, rel=0.1)


def test_bfmi_is_two_for_independent_energies() -> None:
    energy = np.random.default_rng(2).standard_normal((2, 20_000))
    assert bfmi(energy) == pytest.approx([2, 2], rel=0.03)


def test_a_diagnosis_compares_every_criterion() -> None:
    diagnosis = Diagnosis(rhat=1.2, ess_bulk=10, ess_tail=20, divergences=3, bfmi=0.1)
    assert len(diagnosis.failures) == len(CHAIN_CRITERIA)


def test_the_worst_quantity_is_named() -> None:
    _, stats = independent_draws()
    each = QuantityDiagnostics(np.array([1.0, 1.2]), np.array([900.0, 500.0]), np.array([300.0, 800.0]))
    diagnosis = diagnose(each, stats, ["E", "alpha"])
    assert diagnosis.worst == {"rhat": "alpha", "ess_bulk": "alpha", "ess_tail": "E"}
    failed = {result.check: result.meaning for result in diagnosis.results if not result.passed}
    assert set(failed) == {"R-hat", "ESS tail"}
    assert "the largest R-hat is 1.2 (alpha), above 1.01" in failed["R-hat"]


def test_a_quantity_that_is_nan_is_the_worst() -> None:
    _, stats = independent_draws()
    each = QuantityDiagnostics(np.array([1.3, np.nan]), np.array([900.0, 500.0]), np.array([900.0, 800.0]))
    diagnosis = diagnose(each, stats, ["E", "alpha"])
    assert np.isnan(diagnosis.rhat)
    assert diagnosis.worst["rhat"] == "alpha"
    assert not diagnosis.passed


@pytest.mark.parametrize(
    ("changes", "short"),
    [
        ({}, True),
        ({"rhat": 1.04}, True),
        ({"rhat": 1.06}, False),
        ({"divergences": 1}, False),
        ({"bfmi": 0.2}, False),
        ({"ess_tail": 100.0}, False),
        ({"ess_bulk": 900.0}, False),
    ],
)
def test_draws_are_merely_short_where_more_of_them_would_pass(changes: dict[str, Any], short: bool) -> None:
    figures = {"rhat": 1.005, "ess_bulk": 300.0, "ess_tail": 900.0, "divergences": 0, "bfmi": 0.8}
    assert merely_short(Diagnosis(**{**figures, **changes})) == short
