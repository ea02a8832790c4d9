"""Estimators: published tables, likelihoods maximised by other means, limits, and what each is known to get wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from bayescale.errors import InputError
from bayescale.risk.estimators import ESTIMATORS
from bayescale.risk.estimators.beta_binomial import (
    _negative_log_likelihood,
    beta_asr,
    beta_binomial,
    fit_beta_binomial,
)
from bayescale.risk.estimators.exact import mean_pass_at_k, pass_at_k
from bayescale.risk.estimators.naive import naive
from bayescale.risk.estimators.saber import anchored, plugin_asr

BUDGETS = [1000, 10_000]


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
def test_the_likelihood_has_no_higher_point_nearby(n: object) -> None:
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


def test_exact_beta_binomial_is_near_the_truth_where_rates_are_beta_and_the_plug_in_is_not() -> None:
    errors: dict[str, list[float]] = {name: [] for name in ESTIMATORS}
    for seed in range(15):
        attempts, successes, rates = simulated(seed=seed)
        truth = float(np.mean(1 - (1 - rates) ** 1000))
        for name, estimate in ESTIMATORS.items():
            errors[name].append(100 * abs(estimate(attempts, successes, [1000]).value[0] - truth))
    mean = {name: np.mean(values) for name, values in errors.items()}
    assert max(mean["beta_binomial"], mean["anchored"], mean["plugin"]) < 3.5
    assert max(mean["coverage_line_brown"], mean["coverage_line_hughes"]) < 3.5
    assert mean["naive"] > 10


def test_naive_is_the_plug_in_and_below_the_unbiased_estimate() -> None:
    found = naive([10, 20], [1, 5], [1, 10])
    np.testing.assert_allclose(found.value, [(0.1 + 0.25) / 2, 1 - (0.9**10 + 0.75**10) / 2])
    assert found.value[1] < mean_pass_at_k([10, 20], [1, 5], 10).value
    assert found.lower is None
    assert found.upper is None


def test_anchored_is_the_published_form_where_attempts_are_even() -> None:
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


def test_anchored_within_the_attempts_is_what_was_measured() -> None:
    attempts, successes = np.array([50, 200, 200]), np.array([0, 0, 7])
    found = anchored(attempts, successes, [20, 50]).value
    within = anchored([50] * 30, [0] * 10 + [1] * 10 + [9] * 10, [20, 50, 51])
    assert within.lower is not None and within.upper is not None  # noqa: PT018
    assert np.isnan(within.lower).tolist() == np.isnan(within.upper).tolist() == [True, True, False]
    np.testing.assert_allclose(found, [pass_at_k(attempts, successes, k).mean() for k in (20, 50)])
    alpha = fit_beta_binomial(attempts, successes).alpha
    at_100 = anchored(attempts, successes, [100]).value[0]
    assert at_100 == pytest.approx(1 - (0.5**alpha + 1 + 1 - pass_at_k(200, 7, 100)) / 3)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_limits_and_shapes(name: str) -> None:
    estimate = ESTIMATORS[name]
    nothing, everything = estimate([20] * 5, [0] * 5, BUDGETS), estimate([20] * 5, [20] * 5, BUDGETS)
    np.testing.assert_allclose(nothing.value, 0, atol=1e-12)
    np.testing.assert_allclose(everything.value, 1, atol=1e-12)
    for found in (nothing, everything, estimate([7, 30, 12], [1, 0, 12], 50), estimate(1, 1, 5), estimate(1, 0, 5)):
        assert found.name == name
        assert found.source
        assert found.caveat
        assert found.budgets.shape == found.value.shape
        assert ((found.value >= 0) & (found.value <= 1)).all()


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=12))
@settings(deadline=None, max_examples=40)
def test_any_counts_have_an_estimate_that_rises_with_the_budget(pairs: list[tuple[int, int]]) -> None:
    attempts = np.array([n for n, _ in pairs])
    successes = np.array([min(n, s) for n, s in pairs])
    for name, estimate in ESTIMATORS.items():
        found = estimate(attempts, successes, [1, 10, 100, 1000, 100_000])
        assert np.isfinite(found.value).all(), name
        assert ((found.value >= -1e-12) & (found.value <= 1 + 1e-12)).all(), name
        assert (np.diff(found.value) >= -1e-7).all(), name
        if found.lower is not None and found.upper is not None:
            has_interval = np.isfinite(found.lower)
            within = name == "anchored" and np.array([1, 10, 100, 1000, 100_000]) <= attempts.min()
            assert (has_interval == ~np.broadcast_to(within, has_interval.shape)).all(), name
            around = (found.lower <= found.value + 1e-12) & (found.value <= found.upper + 1e-12)
            assert around[has_interval].all(), name


def test_bounds_of_the_family_are_said() -> None:
    assert "all or nothing" in fit_beta_binomial([20] * 40, [0, 20] * 20).bound
    alike = fit_beta_binomial([100] * 40, [10] * 40)
    assert "by no more than chance" in alike.bound
    assert alike.alpha / (alike.alpha + alike.beta) == pytest.approx(0.1, rel=1e-5)
    found = anchored([100] * 40, [10] * 39 + [0], [1000])
    assert found.lower is None or found.lower[0] <= found.value[0]
    assert "no attempt succeeded" in beta_binomial([20] * 3, [0] * 3, [1000]).caveat
    one_each = fit_beta_binomial([1] * 10, [0, 1] * 5)
    assert np.isnan(one_each.se_alpha)


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match=r"3\.0 \(row 2\) is more than the attempts"):
        beta_binomial([5, 2], [1, 3], [10])
    with pytest.raises(InputError, match="budgets=0 must be"):
        naive([5], [1], [0])
    with pytest.raises(InputError, match="prob=1"):
        anchored([5], [1], [10], prob=1.0)
    with pytest.raises(InputError, match="one axis, of problems"):
        naive([[5, 5], [5, 5]], 1, [10])


def test_bad_parameters_of_a_beta_are_refused() -> None:
    for asr in (beta_asr, plugin_asr):
        with pytest.raises(InputError) as caught:
            asr(-0.1, np.nan, 10)
        assert len(caught.value.problems) == 2
        with pytest.raises(InputError, match="budgets=0"):
            asr(0.4, 4.0, 0)
        with pytest.raises(InputError, match="do not fit"):
            asr([0.4, 0.5], [4.0, 5.0], [1, 2, 3])


def test_the_likelihood_is_finite_where_every_attempt_of_a_problem_succeeded() -> None:
    # at the end of the search beta is 4e-18, and must not vanish beside the attempts
    value, slopes = _negative_log_likelihood(np.array([40.0, 0.0]), *(np.array([x]) for x in (100.0, 100.0, 1.0)))
    assert np.isfinite(value)
    assert np.isfinite(slopes).all()
