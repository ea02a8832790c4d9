"""Exact estimators against rational arithmetic, against simulation, and against each other."""

import math
from decimal import Decimal, getcontext
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.errors import InputError
from bayescale.risk.estimators.exact import (
    best_of_n,
    best_of_n_divergence,
    mean_pass_at_k,
    pass_at_k,
    pass_at_k_variance,
    pass_hat_k,
)


@st.composite
def counts(draw: st.DrawFn, most: int = 400) -> tuple[int, int, int]:
    """(n, c, k) with 0 ≤ c ≤ n and 1 ≤ k ≤ n."""
    n = draw(st.integers(1, most))
    return n, draw(st.integers(0, n)), draw(st.integers(1, n))


def close(value: object, truth: Fraction, relative: float) -> bool:
    """Within a relative error, measured in rational arithmetic so that a truth of 1e-250 counts too."""
    return abs(Fraction(float(np.asarray(value))) - truth) <= relative * truth


@given(counts())
@settings(max_examples=400)
def test_both_agree_with_rational_arithmetic(case: tuple[int, int, int]) -> None:
    n, c, k = case
    all_of_them = Fraction(math.comb(n, k))
    assert close(pass_at_k(n, c, k), 1 - math.comb(n - c, k) / all_of_them, 1e-14)
    assert close(pass_hat_k(n, c, k), math.comb(c, k) / all_of_them, 1e-12)


def log_factorial(x: int) -> Decimal:
    """With 50 digits: Stirling's series from 1000 on."""
    if x < 1000:
        return Decimal(math.factorial(x)).ln()
    two_pi = Decimal("6.28318530717958647692528676655900576839433879875021")
    series = [Fraction(1, 12), Fraction(-1, 360), Fraction(1, 1260), Fraction(-1, 1680), Fraction(1, 1188)]
    terms = (Decimal(t.numerator) / t.denominator / Decimal(x) ** (2 * j + 1) for j, t in enumerate(series))
    return (x + Decimal("0.5")) * Decimal(x).ln() - x + two_pi.ln() / 2 + sum(terms)


@pytest.mark.parametrize("n", [5_000, 1_000_003, 10_000_000])
def test_digits_do_not_get_lost_at_ten_million_attempts(n: int) -> None:
    getcontext().prec = 50
    rng = np.random.default_rng(n)
    for _ in range(150):
        c, k = (int(x) for x in np.exp(rng.uniform(0, np.log(n - 1), 2)))
        if rng.random() < 0.3:
            c = n - c
        k = min(k, n - c) or 1
        # that k drawn avoid the c that succeeded
        log_none = log_factorial(n - c) + log_factorial(n - k) - log_factorial(n) - log_factorial(n - c - k)
        none = log_none.exp()
        assert abs(Decimal(float(pass_at_k(n, c, k))) / (1 - none) - 1) < Decimal("1e-14"), (n, c, k)
        if none > Decimal("1e-300"):
            assert abs(Decimal(float(pass_hat_k(n, n - c, k))) / none - 1) < Decimal("1e-12"), (n, c, k)


@given(counts())
def test_more_draws_reach_more_and_one_draw_is_the_rate(case: tuple[int, int, int]) -> None:
    n, c, _ = case
    k = np.arange(1, n + 1)
    reached, all_of_them = pass_at_k(n, c, k), pass_hat_k(n, c, k)
    assert (np.diff(reached) >= -1e-15).all()
    assert (np.diff(all_of_them) <= 1e-15).all()
    assert reached[0] == pytest.approx(c / n, rel=1e-14)
    assert all_of_them[0] == pytest.approx(c / n, rel=1e-14)
    assert reached[-1] == (c > 0)
    assert all_of_them[-1] == (c == n)
    assert ((reached >= 0) & (reached <= 1) & (all_of_them >= 0) & (all_of_them <= 1)).all()


@given(counts())
def test_all_succeed_exactly_where_no_failure_is_drawn(case: tuple[int, int, int]) -> None:
    n, c, k = case
    assert pass_hat_k(n, c, k) == pytest.approx(1 - pass_at_k(n, n - c, k), abs=1e-14)


def test_unbiased_where_the_plug_in_is_not() -> None:
    # exact expectations over the binomial: no simulation error
    n, p, k = 12, 0.07, 5
    c = np.arange(n + 1)
    chance = np.array([math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in c])
    truth = 1 - (1 - p) ** k
    assert chance @ pass_at_k(n, c, k) == pytest.approx(truth, rel=1e-13)
    assert chance @ pass_hat_k(n, c, k) == pytest.approx(p**k, rel=1e-12)
    assert chance @ (1 - (1 - c / n) ** k) < truth - 0.005
    variance = chance @ (pass_at_k(n, c, k) - truth) ** 2
    assert chance @ pass_at_k_variance(n, c, k) == pytest.approx(variance, rel=1e-12)


def test_variance_is_exact_in_rationals_and_never_negative() -> None:
    n, k = 9, 4
    for c in range(n + 1):
        one, two = (Fraction(math.comb(n - c, j), math.comb(n, j)) for j in (k, 2 * k))
        assert float(pass_at_k_variance(n, c, k)) == pytest.approx(float(one**2 - two), abs=1e-15)
    large = pass_at_k_variance(10_000_000, np.array([1, 3, 1000, 9_999_999]), 10)
    assert (large >= 0).all()
    # c = 1, k = 10: h_k² − h_2k = (k/n)² within a factor 1 + O(1/n)
    assert large[0] == pytest.approx(1e-12, rel=1e-6)


def test_standard_errors_of_a_benchmark_match_its_spread_over_repeats() -> None:
    rng = np.random.default_rng(5)
    problems, n, k, repeats = 40, 60, 10, 1000
    fixed_rates = rng.beta(0.5, 5, problems)
    for sampled in (False, True):
        rates = rng.beta(0.5, 5, (repeats, problems)) if sampled else np.tile(fixed_rates, (repeats, 1))
        found = [mean_pass_at_k(n, c, k) for c in rng.binomial(n, rates)]
        spread = np.std([one.value for one in found])
        said = np.sqrt(np.mean([(one.se_sampled if sampled else one.se_fixed) ** 2 for one in found]))
        # a standard deviation from 1000 values has a relative standard error of 2.2 %; this is four of them
        assert said == pytest.approx(spread, rel=0.09)
        other = np.sqrt(np.mean([(one.se_fixed if sampled else one.se_sampled) ** 2 for one in found]))
        assert abs(other / spread - 1) > 0.3, "the two standard errors must differ here, or the test says nothing"


def test_means_over_several_k_and_where_no_variance_exists() -> None:
    found = mean_pass_at_k([10, 20, 30], [1, 0, 6], [1, 5, 8])
    assert found.problems == 3
    np.testing.assert_allclose(found.value, pass_at_k([10, 20, 30], [1, 0, 6], np.array([[1], [5], [8]])).mean(axis=1))
    assert list(np.isnan(found.se_fixed)) == [False, False, True]
    assert mean_pass_at_k(10, 1, 1).value == pytest.approx(0.1)
    assert np.isnan(mean_pass_at_k(10, 1, 1).se_sampled)


def test_numbers_lists_columns_and_flags_are_all_read() -> None:
    table = pd.DataFrame({"attempts": [10, 10], "successes": [0, 10]})
    assert pass_at_k(table["attempts"], table["successes"], 3).tolist() == [0.0, 1.0]
    assert isinstance(float(pass_at_k(10, 3, 2)), float)
    assert np.ndim(pass_at_k(10, 3, 2)) == 0
    assert pass_at_k(1, True, 1) == 1
    assert math.copysign(1, pass_at_k(10, 0, 3)) == 1, "no success is 0, not −0"


def test_k_above_the_attempts_names_problems_and_the_way_out() -> None:
    with pytest.raises(
        InputError, match=r"k=1000: 100 \(row 2\), 500 \(row 4\).*bs\.fit_risk\(trials\)\.at\(\[1000\]\)"
    ):
        pass_at_k([2000, 100, 1000, 500], [1, 1, 1, 1], 1000)
    with pytest.raises(InputError, match=r"2 k attempts.*k=6: 10 \(row 1\)"):
        pass_at_k_variance([10, 12], [1, 1], 6)
    with pytest.raises(InputError, match=r"for several k of every problem give k\[:, None\]"):
        pass_at_k([10, 10], [1, 1], [1, 2, 3])


def test_every_unusable_row_is_listed_at_once() -> None:
    with pytest.raises(InputError) as caught:
        pass_at_k([10, 0, 2.5, 5, np.nan], [-1, 0, 1, 6, 1], 1)
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    for said in ("0.0 (row 2), 2.5 (row 3), nan (row 5)", "-1.0 (row 1)", "6.0 (row 4) is more than the attempts"):
        assert said in text
    with pytest.raises(InputError, match=r"k=0, 1\.5 must be a whole number"):
        pass_at_k(10, 1, [0, 1.5])
    with pytest.raises(InputError, match="do not broadcast"):
        pass_at_k([1, 2, 3], [1, 2], 1)
    with pytest.raises(InputError, match="no problem"):
        pass_at_k([], [], 1)
    with pytest.raises(InputError, match="must be numbers"):
        pass_at_k(["many"], [1], 1)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=7), st.data())
def test_best_of_n_is_the_mean_over_all_subsets(rewards: list[int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(rewards)))
    subsets = [max(chosen) for chosen in combinations(rewards, n)]
    assert float(best_of_n(rewards, n)) == pytest.approx(np.mean(subsets), abs=1e-12)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 2)), min_size=1, max_size=6), st.data())
def test_best_by_a_score_is_the_mean_over_all_orders(pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(pairs)))
    # among equal scores the first of a random order wins, which is a draw at random
    paid = [max(order[:n], key=lambda pair: pair[1])[0] for order in permutations(pairs)]
    reward, score = zip(*pairs, strict=True)
    assert float(best_of_n(reward, n, score)) == pytest.approx(np.mean(paid), abs=1e-12)


def test_best_of_n_over_problems_and_n() -> None:
    rewards = np.random.default_rng(1).normal(size=(3, 50))
    found = best_of_n(rewards, [1, 7, 50])
    assert found.shape == (3, 3)
    np.testing.assert_allclose(found[:, 0], rewards.mean(axis=1), atol=1e-13)
    np.testing.assert_allclose(found[:, 2], rewards.max(axis=1), atol=1e-13)
    np.testing.assert_allclose(found[1, 1], best_of_n(rewards[1], 7), atol=1e-13)
    # chosen by what is the opposite of the reward, the best of all is the worst
    np.testing.assert_allclose(best_of_n(rewards, 50, -rewards), rewards.min(axis=1), atol=1e-13)
    # rewards of success or failure: pass@k
    wins = np.repeat([1.0, 0.0], [3, 17])
    np.testing.assert_allclose(best_of_n(wins, [2, 9]), pass_at_k(20, 3, np.array([2, 9])), atol=1e-14)


def test_best_of_n_refuses_what_it_cannot_use() -> None:
    with pytest.raises(InputError) as caught:
        best_of_n([1.0, 2.0], 3, [1.0])
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="not finite in row 2"):
        best_of_n([[1.0, 2.0], [np.nan, 1.0]], 1)


def test_divergence_of_best_of_n() -> None:
    np.testing.assert_allclose(best_of_n_divergence([1, 4, 16, 1000]), [0, 0.63629, 1.83509, 5.90876], atol=5e-6)
    with pytest.raises(InputError, match="n=0 must be"):
        best_of_n_divergence(0)
