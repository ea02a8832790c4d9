"""The beta-binomial estimator: published values, likelihood, limits."""

import numpy as np
import pytest
from scipy.stats import betabinom

from bayescale.errors import InputError
from bayescale.risk.estimators.beta_binomial import (
    _negative_log_likelihood,
    beta_asr,
    beta_binomial,
    fit_beta_binomial,
)
from bayescale.risk.estimators.saber import anchored, plugin_asr


def simulated(
    problems: int = 159, alpha: float = 0.4, beta: float = 4.0, n: object = 100, seed: int = 0
) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    attempts = np.broadcast_to(np.asarray(n), problems)
    rates = rng.beta(alpha, beta, problems)
    return attempts, rng.binomial(attempts, rates), rates


@pytest.mark.parametrize(
    ("alpha", "beta", "asr"), [(0.16, 0.44, 0.75506), (0.37, 2.14, 0.90272), (0.54, 16.16, 0.89395)]
)
def test_published_asr_of_a_beta(alpha: float, beta: float, asr: float) -> None:
    assert beta_asr(alpha, beta, 1000) == pytest.approx(asr, abs=5e-6)


def test_asr_of_a_beta_is_the_product_over_attempts_and_has_limits() -> None:
    i = np.arange(50)
    assert beta_asr(0.3, 7.0, 50) == pytest.approx(1 - np.prod((7 + i) / (7.3 + i)), rel=1e-12)
    assert beta_asr(0.3, 7.0, 1) == pytest.approx(0.3 / 7.3, rel=1e-13)
    assert beta_asr(0.0, np.inf, 10) == 0
    assert beta_asr(np.inf, 0.0, 10) == 1


@pytest.mark.parametrize("n", [30, np.random.default_rng(1).integers(5, 200, 159)], ids=["even", "uneven"])
def test_estimate_maximises_the_likelihood(n: object) -> None:
    attempts, successes, _ = simulated(n=n, seed=3)
    found = fit_beta_binomial(attempts, successes)

    def height(alpha: float, beta: float) -> float:
        return float(np.sum(betabinom.logpmf(successes, attempts, alpha, beta)))

    best = height(found.alpha, found.beta)
    grid = [height(found.alpha * a, found.beta * b) for a in np.geomspace(0.2, 5, 41) for b in np.geomspace(0.2, 5, 41)]
    assert best >= max(grid) - 1e-9
    step = 1e-3
    slopes = [
        (height(found.alpha * np.exp(step), found.beta) - height(found.alpha * np.exp(-step), found.beta)) / step,
        (height(found.alpha, found.beta * np.exp(step)) - height(found.alpha, found.beta * np.exp(-step))) / step,
    ]
    np.testing.assert_allclose(slopes, 0, atol=1e-3)
    # the observed information by differences, as the standard error's oracle
    h = 1e-3 * np.array([found.alpha, found.beta])
    of = np.zeros((2, 2))
    for r, c in np.ndindex(2, 2):
        for i, j in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            moved = np.array([found.alpha, found.beta]) + i * h * (np.arange(2) == r) + j * h * (np.arange(2) == c)
            of[r, c] -= i * j * height(*moved) / (4 * h[r] * h[c])
    assert found.se_alpha == pytest.approx(np.sqrt(np.linalg.inv(of)[0, 0]), rel=1e-3)


def test_alpha_is_recovered_and_its_interval_covers() -> None:
    found = [fit_beta_binomial(*simulated(seed=seed)[:2]) for seed in range(100)]
    alpha, se = (np.array([getattr(one, name) for one in found]) for name in ("alpha", "se_alpha"))
    assert np.median(alpha) == pytest.approx(0.4, rel=0.09)
    covered = (np.abs(alpha - 0.4) < 1.645 * se).mean()
    # 0.9 with a standard error of 0.03
    assert 0.81 < covered < 0.98


def test_limits_of_the_family_are_reported() -> None:
    assert "no or every attempt succeeded" in fit_beta_binomial([20] * 40, [0, 20] * 20).bound
    alike = fit_beta_binomial([100] * 40, [10] * 40)
    assert "no more than chance" in alike.bound
    assert alike.alpha / (alike.alpha + alike.beta) == pytest.approx(0.1, rel=1e-5)
    found = anchored([100] * 40, [10] * 39 + [0], [1000])
    assert found.lower is None or found.lower[0] <= found.value[0]
    assert "no attempt succeeded" in beta_binomial([20] * 3, [0] * 3, [1000]).caveat
    one_each = fit_beta_binomial([1] * 10, [0, 1] * 5)
    assert np.isnan(one_each.se_alpha)


def test_bad_parameters_are_refused() -> None:
    for asr in (beta_asr, plugin_asr):
        with pytest.raises(InputError) as caught:
            asr(-0.1, np.nan, 10)
        assert len(caught.value.problems) == 2
        with pytest.raises(InputError, match="budgets=0"):
            asr(0.4, 4.0, 0)
        with pytest.raises(InputError, match="do not broadcast"):
            asr([0.4, 0.5], [4.0, 5.0], [1, 2, 3])


def test_likelihood_is_finite_if_every_attempt_succeeded() -> None:
    # at the end of the search beta is 4e-18, and must not vanish beside the attempts
    value, slopes = _negative_log_likelihood(np.array([40.0, 0.0]), *(np.array([x]) for x in (100.0, 100.0, 1.0)))
    assert np.isfinite(value)
    assert np.isfinite(slopes).all()
