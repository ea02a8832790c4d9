"""Allocation of attempts against closed forms and the published algorithm."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.errors import InputError
from bayescale.risk.decisions.dynamic_sampling import fewest_successes, least_variance, level
from bayescale.risk.fit import fit_risk
from bayescale.risk.predict.problem_rates import mean_rates
from bayescale.risk.result import Risk


@pytest.fixture(scope="module")
def risk() -> Risk:
    rng = np.random.default_rng(4)
    successes = rng.binomial(50, rng.beta(0.4, 6.0, 40))
    table = pd.DataFrame({"problem": [f"p{i}" for i in range(40)], "attempts": 50, "successes": successes})
    return fit_risk(table, [], mixing="beta", random_seed=1)


def test_fresh_attempts_follow_theorem_1() -> None:
    # b_i proportional to sqrt(p (1 - p)^(2 k - 1))
    p, k = np.array([0.3, 0.01, 1e-3, 1e-4]), 500
    root = np.sqrt(p * (1 - p) ** (2 * k - 1))
    chosen = least_variance(np.zeros(4, dtype=np.int64), root**2, 1_000_000)
    np.testing.assert_allclose(chosen, 1_000_000 * root / root.sum(), atol=1)
    assert chosen.sum() == 1_000_000


def test_variance_falls_as_theorem_1_says() -> None:
    # the theorem's variance is the first-order one, so every problem must have many successes
    rng = np.random.default_rng(6)
    p, k, total = np.geomspace(0.002, 0.06, 40), 100, 4_000_000
    variance = p * (1 - p) ** (2 * k - 1)
    spreads = []
    for attempts in (f(np.zeros(40, dtype=np.int64), total) for f in (_by_variance(variance), level)):
        rates = rng.binomial(attempts, p, (4000, 40)) / attempts
        spreads.append((1 - (1 - rates) ** k).mean(axis=1).var(ddof=1))
    expected = np.sqrt(variance).sum() ** 2 / (40 * variance.sum())
    assert expected < 0.8
    assert spreads[0] / spreads[1] == pytest.approx(expected, rel=0.12)  # each variance is known to 2.2 %


def _by_variance(variance: np.ndarray) -> Callable[[np.ndarray, int], np.ndarray]:
    return lambda attempts, total: least_variance(attempts, variance, total)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=1, max_size=6),
    st.integers(1, 60),
)
@settings(deadline=None, max_examples=100)
def test_no_single_move_lowers_the_variance(problems: list[tuple[int, float]], total: int) -> None:
    attempts, variance = np.array([n for n, _ in problems]), np.array([v for _, v in problems])
    chosen = least_variance(attempts, variance, total)
    assert chosen.sum() == total
    assert (chosen >= 0).all()
    least = np.maximum(attempts + chosen, 1)
    exact = (variance / least).sum()
    for giver in np.flatnonzero(chosen):
        for taker in range(len(problems)):
            moved = chosen.copy()
            moved[giver] -= 1
            moved[taker] += 1
            if (attempts + moved)[giver] >= 1:
                # a whole attempt more or less moves each term by less than this
                slack = (variance / least**2).max() * 2
                assert (variance / np.maximum(attempts + moved, 1)).sum() >= exact - slack


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(1, 100))
@settings(deadline=None)
def test_level_gives_attempts_to_the_fewest_first(attempts: list[int], total: int) -> None:
    one_by_one = np.array(attempts)
    for _ in range(total):
        one_by_one[one_by_one.argmin()] += 1
    np.testing.assert_array_equal(np.sort(np.array(attempts) + level(np.array(attempts), total)), np.sort(one_by_one))


def test_fewest_successes_is_algorithm_1_while_nothing_succeeds() -> None:
    attempts, successes = np.array([5, 3, 9, 2]), np.array([0, 0, 0, 1])
    by_hand, tried = np.zeros(4, dtype=int), attempts.copy()
    for _ in range(7):
        place = min(range(4), key=lambda i: (successes[i], tried[i]))
        tried[place] += 1
        by_hand[place] += 1
    np.testing.assert_array_equal(fewest_successes(attempts, successes, 7), by_hand)


def test_plan_favours_rates_near_one_over_k(risk: Risk) -> None:
    plan = risk.next_attempts(1000, 5000)
    assert plan.table["next_attempts"].sum() == 5000
    assert plan.relative_variance < 0.9
    never = plan.table["successes"] == 0
    assert plan.table.loc[never, "next_attempts"].min() > plan.table.loc[~never, "next_attempts"].max()
    # pass@1 asks for p (1 - p): the highest rates below a half get most
    first = risk.next_attempts(1, 5000).table
    rates = mean_rates(risk, 0)
    assert np.corrcoef(first["next_attempts"], np.sqrt(rates * (1 - rates)))[0, 1] > 0.9


def test_posterior_average_equals_the_plug_in_for_known_rates() -> None:
    # a million attempts leave no doubt of p: then the plan is theorem 1's
    counts = pd.DataFrame({"problem": list("abcd"), "attempts": 1_000_000, "successes": [20_000, 5_000, 1_500, 400]})
    known = fit_risk(counts, [], mixing="beta", random_seed=1)
    p, k = counts["successes"] / 1e6, 300
    root = np.sqrt(p * (1 - p) ** (2 * k - 1)).to_numpy()
    plan = known.next_attempts(k, 10**10).table
    shares = (plan["attempts"] + plan["next_attempts"]).to_numpy() / (10**10 + 4e6)
    np.testing.assert_allclose(shares, root / root.sum(), rtol=0.03)


def test_untried_problem_gets_a_share() -> None:
    table = pd.DataFrame({"problem": list("abc"), "attempts": [20, 20, 0], "successes": [0, 5, 0], "errors": [0, 0, 3]})
    risk = fit_risk(table, [], mixing="beta", random_seed=1)
    assert (risk.next_attempts(100, 300).table["next_attempts"] > 0).iloc[2]


def test_bad_input_is_refused(risk: Risk) -> None:
    with pytest.raises(InputError) as caught:
        risk.next_attempts(0, 0, "greedy")
    assert len(caught.value.problems) == 3
