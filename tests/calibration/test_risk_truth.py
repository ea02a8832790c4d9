"""True mixing laws and rates that are drawn from the prior."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.calibration.risk_truth import Plan, true_draw
from bayescale.risk.grid import RATE
from bayescale.risk.mixing import mixings as laws_named


def test_rates_follow_the_law_that_was_drawn() -> None:
    plan = Plan(laws_named("beta_or_never"), ("beta_or_never",), 1, 200_000, 10, (1000,))
    truth = true_draw(plan, np.random.default_rng(5))
    for budget in (1, 100, 10_000):
        expected = float((truth.mass @ -np.expm1(-RATE * budget))[0])
        assert -np.expm1(-truth.rate * budget).mean() == pytest.approx(expected, abs=0.005)
    assert (truth.rate == 0).mean() == pytest.approx(float(truth.zero[0]), abs=0.005)


def test_rates_of_shared_problems_follow_the_law_and_are_correlated() -> None:
    plan = Plan(laws_named("logit_normal"), ("logit_normal",), 3, 20_000, 10, (1000,), crossed=True)
    truth = true_draw(plan, np.random.default_rng(11))
    for group in range(3):
        expected = float(truth.mass[group] @ -np.expm1(-RATE * 100))
        assert -np.expm1(-truth.rate[group] * 100).mean() == pytest.approx(expected, abs=0.02)
    correlation = np.corrcoef(np.log(np.maximum(truth.rate, 1e-10)))
    loadings = np.sort(truth.loading)
    assert correlation[0, 1] < loadings[-1] * loadings[-2] + 0.05
    apart = true_draw(replace(plan, crossed=False), np.random.default_rng(11))
    assert abs(np.corrcoef(np.log(np.maximum(apart.rate, 1e-10)))[0, 1]) < 0.03
