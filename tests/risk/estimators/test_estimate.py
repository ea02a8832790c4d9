"""All estimators: limits, shapes, monotonicity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.errors import InputError
from bayescale.risk.estimators import ESTIMATORS
from bayescale.risk.estimators.beta_binomial import (
    beta_binomial,
)
from bayescale.risk.estimators.naive import naive
from bayescale.risk.estimators.saber import anchored

BUDGETS = [1000, 10_000]


def simulated(
    problems: int = 159, alpha: float = 0.4, beta: float = 4.0, n: object = 100, seed: int = 0
) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    attempts = np.broadcast_to(np.asarray(n), problems)
    rates = rng.beta(alpha, beta, problems)
    return attempts, rng.binomial(attempts, rates), rates


def test_parametric_estimators_are_near_the_truth_for_beta_rates() -> None:
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
def test_estimates_rise_with_the_budget(pairs: list[tuple[int, int]]) -> None:
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


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match=r"3\.0 \(row 2\) is more than the attempts"):
        beta_binomial([5, 2], [1, 3], [10])
    with pytest.raises(InputError, match="budgets=0 must be"):
        naive([5], [1], [0])
    with pytest.raises(InputError, match="prob=1"):
        anchored([5], [1], [10], prob=1.0)
    with pytest.raises(InputError, match="one axis, of problems"):
        naive([[5, 5], [5, 5]], 1, [10])
