"""Scores that capabilities imply, their averages, and the convergence of what is reported."""

import numpy as np
import pytest
from scipy.special import expit

from bayescale.capability.posterior import diagnose, has_converged, implied_score, logits, spread
from tests.capability.sampling.prior_state import small_scores
from tests.golden import golden_capability


def test_averages_over_normal_deviations_are_exact() -> None:
    scores, rng = small_scores(), np.random.default_rng(1)
    draws = expit(-1 + 1.5 * rng.standard_normal(400_000)).mean()
    assert implied_score(scores, np.array([-1.0]), 0, 1.5)[0] == pytest.approx(0.25 + 0.75 * draws, abs=0.002)
    assert implied_score(scores, np.array([-1.0]), 0)[0] == pytest.approx(0.25 + 0.75 * expit(-1))


def test_spreads_add_in_quadrature() -> None:
    assert spread(np.array([[4.0, 1.0]]), np.array([1.0, 2.0]), np.array([1.0])) == pytest.approx(3.0)


def test_implied_scores_follow_measured_ones() -> None:
    capability = golden_capability("models")
    scores = capability.scores
    implied = implied_score(scores, logits(capability.draws, 0, scores.family), 0)
    assert np.median(implied, axis=(0, 1)) == pytest.approx(scores.score[:, 0], abs=0.06)


def test_draws_that_differ_between_chains_have_not_converged() -> None:
    capability = golden_capability("models")
    assert has_converged(capability.scores, capability.draws)
    shifted = dict(capability.draws)
    shifted["coefficient"] = shifted["coefficient"] + np.arange(4)[:, None, None, None]
    assert not has_converged(capability.scores, shifted)


def test_constant_quantities_are_left_out() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(size=(4, 50, 1)), np.ones((4, 50, 1))], axis=2)
    names, each = diagnose({"score": values})
    assert names == ["score[0]"]
    assert len(each.rhat) == 1
