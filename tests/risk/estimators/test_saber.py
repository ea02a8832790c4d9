"""SABER's plug-in, small-N correction and budget against the paper's numbers (arXiv 2601.22636) and closed forms."""

import numpy as np
import pytest
from scipy.special import gamma
from scipy.stats import betabinom

from bayescale.errors import InputError
from bayescale.risk.estimators.beta_binomial import _covariance, beta_asr, fit_beta_binomial
from bayescale.risk.estimators.exact import pass_at_k
from bayescale.risk.estimators.saber import anchored, plugin, plugin_asr, saber_budget

#: Table 5's fitted α and β, and table 1's measured ASR@1000 in percent: attacker by victim by judge.
CELLS = np.array(
    [
        (0.16, 0.44, 75.16),
        (0.15, 0.50, 72.18),
        (1.44, 0.67, 100.00),
        (1.01, 0.77, 99.31),
        (0.37, 2.14, 92.62),
        (0.31, 2.10, 88.59),
        (0.81, 14.31, 97.55),
        (0.54, 16.16, 87.99),
        (0.99, 3.94, 99.97),
        (0.72, 4.04, 98.43),
        (0.64, 5.55, 98.66),
        (0.51, 7.76, 92.71),
    ]
)

BUDGETS = [1000, 10_000]


def simulated(seed: int = 0, n: int = 100, problems: int = 159) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rates = rng.beta(0.4, 4.0, problems)
    return np.full(problems, n), rng.binomial(n, rates), rates


def test_power_law_at_the_papers_parameters_gives_the_papers_asr() -> None:
    alpha, beta, measured = CELLS.T
    for asr in (
        plugin_asr(alpha, beta, 1000),
        plugin_asr(alpha, beta, 1000, small_n=True),
        beta_asr(alpha, beta, 1000),
    ):
        error = 100 * asr - measured
        assert np.abs(error).mean() < 1.05
        assert np.abs(error).max() < 2.8


def test_power_law_is_equation_11_and_its_correction_equation_56() -> None:
    numbers = np.array([20.0, 1e3, 1e6])
    constant = gamma(0.37 + 2.14) / gamma(2.14)
    np.testing.assert_allclose(plugin_asr(0.37, 2.14, numbers), 1 - constant * numbers**-0.37, rtol=1e-12)
    shifted = numbers + 2.14 + (0.37 - 1) / 2
    np.testing.assert_allclose(plugin_asr(0.37, 2.14, numbers, small_n=True), 1 - constant * shifted**-0.37, rtol=1e-12)


def test_errors_of_the_power_law_are_those_the_paper_states() -> None:
    # section 3.2: about 1 % at most for α < 1, β < 2 and N ≥ 20; corrected, below 0.1 % for α < 1, β < 4 and N ≥ 5
    alpha, beta = np.meshgrid(np.linspace(0.02, 0.99, 30), np.linspace(0.05, 3.99, 60))
    low = beta < 2
    exact = beta_asr(alpha, beta, 20)
    assert np.abs(plugin_asr(alpha, beta, 20) - exact)[low].max() < 0.0125
    assert np.abs(plugin_asr(alpha, beta, 5, small_n=True) - beta_asr(alpha, beta, 5)).max() < 0.001
    # and the first neglected term of appendix B.1.5 bounds the corrected error
    effective = 20 + beta + (alpha - 1) / 2
    constant = gamma(alpha + beta) / gamma(beta)
    bound = np.abs(alpha * (alpha + 1) * (alpha - 1)) / 24 * constant * effective ** (-alpha - 2)
    assert (np.abs(plugin_asr(alpha, beta, 20, small_n=True) - exact) <= bound + 1e-15).all()


def test_spread_of_alpha_at_a_fixed_total_is_least_near_ten_attempts() -> None:
    # figure 10: 10,000 attempts in all, α = 0.4, β = 4; a standard deviation of about 0.05 at n = 10, K = 1,000
    def spread(n: int) -> float:
        s = np.arange(n + 1.0)
        expected = 10_000 / n * betabinom.pmf(s, n, 0.4, 4.0)
        return float(np.sqrt(_covariance(0.4, 4.0, np.full(n + 1, float(n)), s, expected)[0, 0]))

    spreads = {n: spread(n) for n in range(2, 200)}
    best = min(spreads, key=lambda n: spreads[n])
    assert 7 <= best <= 14
    assert spreads[best] == pytest.approx(0.04, abs=0.01)


def test_plugin_uses_the_maximum_likelihood_and_its_interval_covers() -> None:
    attempts, successes, _ = simulated()
    fit = fit_beta_binomial(attempts, successes)
    estimate = plugin(attempts, successes, [1000, 10_000])
    np.testing.assert_allclose(estimate.value, plugin_asr(fit.alpha, fit.beta, [1000, 10_000]))
    truth, repeats = beta_asr(0.4, 4.0, 1000), 80
    covered = 0
    for seed in range(repeats):
        found = plugin(*simulated(seed)[:2], 1000)
        assert found.lower is not None
        assert found.upper is not None
        covered += bool(found.lower[0] <= truth <= found.upper[0])
    assert 0.78 < covered / repeats <= 0.99  # 0.9 with a standard error of 0.034


def test_plugin_interval_widens_with_less_data() -> None:
    widths = []
    for problems in (40, 640):
        found = plugin(*simulated(problems=problems)[:2], 1000)
        assert found.lower is not None
        assert found.upper is not None
        widths.append(found.upper[0] - found.lower[0])
    assert widths[1] < 0.5 * widths[0]


def test_correction_brings_plugin_to_the_exact_form_at_small_numbers() -> None:
    attempts, successes, _ = simulated(n=30)
    fit = fit_beta_binomial(attempts, successes)
    for n in (5, 20, 50):
        exact = beta_asr(fit.alpha, fit.beta, n)
        corrected, plain = (plugin(attempts, successes, n, small_n=flag).value[0] for flag in (True, False))
        assert abs(corrected - exact) < 1e-3
        assert abs(plain - exact) > 5 * abs(corrected - exact)
    at_anchor = anchored(attempts, successes, [60], small_n=True).value[0]
    shift = fit.beta + (fit.alpha - 1) / 2
    unbroken = (successes == 0).mean()
    assert at_anchor == pytest.approx(1 - unbroken * ((30 + shift) / (60 + shift)) ** fit.alpha)


def test_plugin_takes_uneven_attempts() -> None:
    # the paper's uneven setting: attempts uniform on 1 to 2 n
    rng = np.random.default_rng(2)
    errors = []
    for _ in range(20):
        rates = rng.beta(0.4, 4.0, 159)
        attempts = rng.integers(1, 101, 159)
        truth = np.mean(1 - (1 - rates) ** 200)
        errors.append(abs(plugin(attempts, rng.binomial(attempts, rates), 200).value[0] - truth))
    assert np.mean(errors) < 0.04


def test_budget_inverts_the_anchored_estimator() -> None:
    attempts, successes, _ = simulated()
    table = saber_budget(attempts, successes, [0.9, 0.95])
    for level, number in zip(table["level"], table["attempts"], strict=True):
        around = anchored(attempts, successes, [int(number), int(number) + 1]).value
        assert around[0] <= level + 1e-9 <= around[1] + 1e-6
    assert (table["lower"] < table["attempts"]).all()
    assert (table["attempts"] < table["upper"]).all()


def test_budget_is_equation_16() -> None:
    # 80 of 100 problems broken in 200 attempts each; the paper's own code gives n ((1 - ASR) / (1 - level))^(1 / α)
    successes = np.r_[np.zeros(20, dtype=int), np.arange(1, 81)]
    alpha = fit_beta_binomial(200, successes).alpha
    table = saber_budget(200, successes, [0.5, 0.95])
    np.testing.assert_allclose(table["attempts"], [200, 200 * (0.2 / 0.05) ** (1 / alpha)])


def test_budget_without_a_success_is_infinite_and_with_all_is_the_attempts() -> None:
    assert saber_budget(20, [0] * 5, 0.5)["attempts"].to_list() == [np.inf]
    assert saber_budget(20, [20] * 5, 0.5)["attempts"].to_list() == [20]


def test_budget_refuses_uneven_attempts_and_levels_outside_zero_to_one() -> None:
    with pytest.raises(InputError) as caught:
        saber_budget([10, 20], [1, 2], [0.5, 1.0])
    assert len(caught.value.problems) == 2
    assert "attempts differ, from 10 to 20" in str(caught.value)


def test_rare_rates_and_a_billion_attempts() -> None:
    rng = np.random.default_rng(0)
    rates = rng.beta(0.3, 3e8, 400)
    attempts = np.full(400, 10**9)
    successes = rng.binomial(attempts, rates)
    truth = np.mean(-np.expm1(1e10 * np.log1p(-rates)))
    fit = fit_beta_binomial(attempts, successes)
    assert fit.bound == ""
    assert fit.alpha == pytest.approx(0.3, abs=0.08)
    for estimate in (plugin(attempts, successes, 10**10), anchored(attempts, successes, 10**10)):
        assert estimate.value[0] == pytest.approx(truth, abs=0.06)
    # p = 1e-12 and N = 1e9: 1 - (1 - p)^N to all digits
    assert beta_asr(1e6, 1e18, 10**9) == pytest.approx(1e-3, rel=1e-3)
    assert beta_asr(1.0, 1e12 - 1, 1) == pytest.approx(1e-12, rel=1e-6)


def test_anchored_is_the_published_form_for_equal_attempts() -> None:
    attempts, successes, _ = simulated()
    found, fitted = anchored(attempts, successes, BUDGETS), fit_beta_binomial(attempts, successes)
    unbroken = (successes == 0).mean()
    assert found.lower is not None
    assert found.upper is not None
    np.testing.assert_allclose(found.value, 1 - unbroken * (100 / np.array(BUDGETS)) ** fitted.alpha)
    high = fitted.alpha + 1.6448536 * fitted.se_alpha
    np.testing.assert_allclose(found.upper, 1 - unbroken * (100 / np.array(BUDGETS)) ** high)
    assert ((found.lower < found.value) & (found.value < found.upper)).all()
    wider = anchored(attempts, successes, BUDGETS, prob=0.99)
    assert wider.upper is not None
    assert (wider.upper > found.upper).all()


def test_anchored_within_the_attempts_is_measured() -> None:
    attempts, successes = np.array([50, 200, 200]), np.array([0, 0, 7])
    found = anchored(attempts, successes, [20, 50]).value
    within = anchored([50] * 30, [0] * 10 + [1] * 10 + [9] * 10, [20, 50, 51])
    assert within.lower is not None and within.upper is not None  # noqa: PT018
    assert np.isnan(within.lower).tolist() == np.isnan(within.upper).tolist() == [True, True, False]
    np.testing.assert_allclose(found, [pass_at_k(attempts, successes, k).mean() for k in (20, 50)])
    alpha = fit_beta_binomial(attempts, successes).alpha
    at_100 = anchored(attempts, successes, [100]).value[0]
    assert at_100 == pytest.approx(1 - (0.5**alpha + 1 + 1 - pass_at_k(200, 7, 100)) / 3)
