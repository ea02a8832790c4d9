"""The coverage law as Brown et al. and as Hughes et al. fit it, against independent readings of paper and code."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

from bayescale.risk.estimators.coverage_line import coverage_line_brown, coverage_line_hughes
from bayescale.risk.estimators.exact import mean_pass_at_k
from benchmarks.shared import SHARED

NUMBERS = np.array([1_000, 10_000, 1_000_000])


def simulated(problems: int = 159, n: int = 100, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return np.full(problems, n), rng.binomial(n, rng.beta(0.4, 4.0, problems))


def test_brown_is_curve_fit_through_forty_log_spaced_points() -> None:
    # appendix C.1: 40 points evenly spaced on a log scale, duplicates removed, SciPy's curve_fit of exp(a k^-b)
    attempts, successes = simulated()
    k = np.unique(np.logspace(0, 2, 40).astype(int))
    reached = mean_pass_at_k(attempts, successes, k).value
    (a, b), _ = curve_fit(lambda x, a, b: np.exp(a * x**-b), k, reached, p0=(-2.0, 0.3))
    np.testing.assert_allclose(
        coverage_line_brown(attempts, successes, NUMBERS).value, np.exp(a * NUMBERS.astype(float) ** -b), rtol=1e-5
    )


def test_hughes_is_a_line_through_shuffled_orders() -> None:
    # the authors' code: shuffle each problem's attempts, ASR up to k, mean of -log(ASR + 1e-5), line on log k
    attempts, successes = simulated(problems=40, n=60)
    rng = np.random.default_rng(1)
    outcomes = np.arange(60) < successes[:, None]
    orders = 3000
    total = np.zeros(60)
    for _ in range(orders):
        reached = np.maximum.accumulate(rng.permuted(outcomes, axis=1), axis=1).mean(axis=0)
        total += -np.log(reached + 1e-5)
    k = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60])
    slope, level = np.polyfit(np.log(k), np.log(total[k - 1] / orders), 1)
    expected = np.exp(-np.exp(level + slope * np.log(NUMBERS)))
    np.testing.assert_allclose(coverage_line_hughes(attempts, successes, NUMBERS).value, expected, atol=2e-3)


def test_hughes_with_many_broken_problems_is_the_line_through_the_mean_curve() -> None:
    # the noise of the orders vanishes; above 10,000 broken problems the expansion takes over
    attempts, successes = simulated(problems=60_000, n=30)
    k = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30])
    reached = mean_pass_at_k(attempts, successes, k).value
    slope, level = np.polyfit(np.log(k), np.log(-np.log(reached + 1e-5)), 1)
    expected = np.exp(-np.exp(level + slope * np.log(NUMBERS)))
    np.testing.assert_allclose(coverage_line_hughes(attempts, successes, NUMBERS).value, expected, atol=2e-4)


def test_both_stop_at_the_fewest_attempts_of_any_problem() -> None:
    attempts = np.r_[np.full(20, 10), np.full(139, 100)]
    rng = np.random.default_rng(3)
    successes = rng.binomial(attempts, rng.beta(0.4, 4.0, 159))
    k = np.arange(1, 11)
    reached = mean_pass_at_k(attempts, successes, k).value
    chosen = np.unique(np.logspace(0, 1, 40).astype(int))
    (a, b), _ = curve_fit(lambda x, a, b: np.exp(a * x**-b), chosen, reached[chosen - 1], p0=(-2.0, 0.3))
    found = coverage_line_brown(attempts, successes, NUMBERS).value
    np.testing.assert_allclose(found, np.exp(a * NUMBERS.astype(float) ** -b), rtol=1e-5)
    assert np.isfinite(coverage_line_hughes(attempts, successes, NUMBERS).value).all()


def test_the_two_lines_differ() -> None:
    attempts, successes = simulated()
    brown, hughes = (f(attempts, successes, NUMBERS).value for f in (coverage_line_brown, coverage_line_hughes))
    assert np.abs(brown - hughes).max() > 1e-4


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="public data are not beside the repository")
def test_lines_forecast_math_coverage_from_a_tenth_of_the_attempts() -> None:
    # five Pythia models of Brown et al.; Hughes et al. report errors of 2.5 to 6.3 points for the same forecast
    counts = pd.read_csv(SHARED / "data" / "pythia_math_10k" / "counts.csv")
    errors: dict[str, list[float]] = {"brown": [], "hughes": []}
    rng = np.random.default_rng(0)
    for _, pool in counts.groupby("model"):
        made, broken = pool["n_samples"].to_numpy(), pool["n_successes"].to_numpy()
        successes = rng.hypergeometric(broken, made - broken, 1000)
        truth = (broken > 0).mean()
        for name, line in (("brown", coverage_line_brown), ("hughes", coverage_line_hughes)):
            errors[name].append(100 * abs(line(1000, successes, 10_000).value[0] - truth))
    assert np.mean(errors["brown"]) < 8
    assert np.mean(errors["hughes"]) < 8
