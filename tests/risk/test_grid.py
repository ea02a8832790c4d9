"""The grid and the likelihood of counts on it, against closed forms and exact sums."""

import numpy as np
import pytest
from scipy.special import betaln, gammaln
from scipy.stats import beta as beta_distribution
from scipy.stats import binom

from bayescale.risk.grid import RATE, JudgeRates, count_pairs
from bayescale.risk.mixing import MIXINGS


def one_group(attempts: list[int], successes: list[int], judge: JudgeRates | None = None):  # type: ignore[no-untyped-def]
    n, s = np.array(attempts, dtype=np.int64), np.array(successes, dtype=np.int64)
    return count_pairs(n, s, np.zeros(len(n), dtype=np.int64), None, judge or JudgeRates())


def beta_mass(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    return MIXINGS["beta"].mass({"a": np.array([a]), "b": np.array([b])})


@pytest.mark.parametrize(("a", "b"), [(0.3, 40.0), (0.4, 4.0), (1.5, 0.7), (2.0, 300.0)])
@pytest.mark.parametrize("n", [1, 30, 100, 5000, 10_000_000])
@pytest.mark.parametrize("level", [0.0, 0.3, 0.7, 0.99])
def test_likelihood_is_beta_binomial_at_any_number_of_attempts(a: float, b: float, n: int, level: float) -> None:
    s = round(n * beta_distribution.ppf(level, a, b))
    found = one_group([n], [s])
    mass, zero = beta_mass(a, b)
    log_chance = np.log(found.likelihood @ mass[0] + found.at_zero * zero[0])[0] + found.log_scale[0]
    assert log_chance == pytest.approx(betaln(a + s, b + n - s) - betaln(a, b), abs=2e-3)


def test_pairs_are_counted_by_group() -> None:
    group = np.array([0, 0, 1, 1, 1])
    found = count_pairs(np.array([5, 5, 5, 7, 5]), np.array([1, 1, 1, 0, 2]), group, np.array([0.5, 0.5, 1, 1, 1]))
    assert found.attempts.tolist() == [5, 5, 7]
    assert found.problems.tolist() == [[2, 0, 0], [1, 1, 1]]
    assert found.weight.tolist() == [[1, 0, 0], [1, 1, 1]]


def test_problem_without_attempts_has_a_constant_likelihood() -> None:
    found = one_group([0], [0])
    np.testing.assert_allclose(found.likelihood, 1.0)
    assert found.at_zero == 1


def test_judge_errors_mix_successes_and_failures() -> None:
    judge = JudgeRates(0.9, 0.02)
    found = one_group([40], [7], judge)
    node = 180
    p = -np.expm1(-RATE[node])
    direct = binom.logpmf(7, 40, 0.9 * p + 0.02 * (1 - p)) - (gammaln(41) - gammaln(8) - gammaln(34))
    assert np.log(found.likelihood[0, node]) + found.log_scale[0] == pytest.approx(direct, rel=1e-9)
    # no attempt truly succeeded: sum over which verdicts are right is (f (1-p))^s ((1-f) (1-p))^(n-s)
    unbroken = 7 * np.log(0.02) + 33 * np.log(0.98)
    assert found.log_unbroken[0] + found.log_scale[0] == pytest.approx(unbroken)
