"""Test the pre-posterior analysis against normal posteriors in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.scaling.decisions.preposterior import (
    CandidateDraws,
    current_intervals,
    outcome_weights,
    simulated_outcomes,
    updated_intervals,
    weighted_intervals,
)
from bayescale.scaling_laws.link import Scale


def normal(share: float, noise: float, n_draws: int = 4000, seed: int = 1) -> CandidateDraws:
    """Draws of one target and one candidate, standard normal with a correlation, measured with normal noise."""
    rng = np.random.default_rng(seed)
    centre = rng.standard_normal((n_draws, 1))
    at_target = share * centre + np.sqrt(1 - share**2) * rng.standard_normal((n_draws, 1))
    everywhere = np.ones((n_draws, 1))
    return CandidateDraws(at_target, centre, noise * everywhere, 1e6 * everywhere, Scale("log"), seed)


def relative_width(draws: CandidateDraws, repeats: int = 1) -> float:
    """Expected width after the run over the width before."""
    after = updated_intervals(draws, 0, 0.9, repeats).intervals.width[0].mean()
    return float(after / current_intervals(draws, 0.9).width[0, 0])


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
@pytest.mark.parametrize("noise", [2.0, 0.5, 0.1])
@pytest.mark.parametrize("repeats", [1, 4])
def test_normal_posteriors_in_closed_form(share: float, noise: float, repeats: int) -> None:
    exact = np.sqrt(1 - share**2 / (1 + noise**2 / repeats))
    assert relative_width(normal(share, noise), repeats) == pytest.approx(exact, abs=0.03)


def test_few_effective_draws_overstate_shrinkage() -> None:
    exact = np.sqrt(1 - 0.5**2)
    enough, few = (normal(0.5, noise, n_draws=1000) for noise in (0.3, 0.003))
    assert np.median(updated_intervals(enough, 0, 0.9, 1).effective_draws) > 200
    assert np.median(updated_intervals(few, 0, 0.9, 1).effective_draws) < 20
    assert abs(relative_width(enough) - np.sqrt(1 - 0.5**2 / 1.09)) < 0.05
    assert relative_width(few) < exact - 0.2


def test_updated_means_and_variances_add_up() -> None:
    """Means after the run average to today's mean, and variances add up to today's (law of total variance)."""
    draws = normal(0.8, 0.5)
    truth, values = simulated_outcomes(draws, 0, 1)
    weights = outcome_weights(draws, 0, values)
    weights[np.arange(len(truth)), truth] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    means = weights @ draws.law[:, 0]
    inside = (weights * (draws.law[:, 0] - means[:, None]) ** 2).sum(axis=1).mean()
    assert means.mean() == pytest.approx(draws.law.mean(), abs=0.03)
    assert inside + means.var() == pytest.approx(draws.law.var(), rel=0.05)
    assert inside == pytest.approx(draws.law.var() * (1 - 0.8**2 / 1.25), rel=0.05)


def test_weights_are_densities_of_heavy_tailed_noise() -> None:
    from scipy.stats import t

    draws = replace(normal(0.5, 0.3, n_draws=50), df=np.full((50, 1), 3.5))
    values = np.array([[0.2, -0.4], [3.0, 0.1]])
    expected = t.pdf(values[:, None, :], 3.5, draws.centre, 0.3).prod(axis=-1)
    np.testing.assert_allclose(outcome_weights(draws, 0, values), expected / expected.max(axis=1, keepdims=True))


def test_intervals_of_equal_weights_are_quantiles() -> None:
    draws = np.random.default_rng(2).gamma(0.5, size=(4000, 2))
    found = weighted_intervals(np.ones((1, 4000)), draws, 0.8)
    expected = np.quantile(draws, [0.1, 0.9], axis=0)
    np.testing.assert_allclose([found.lower[0, 0], found.upper[0, 0]], expected, rtol=0.02, atol=1e-3)
    assert found.width.shape == (21, 1, 2)
