"""Test where families cross against closed forms, `compare` and `allocate`."""

from typing import Any

import numpy as np
import pytest

from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.compare import compare
from bayescale.scaling.decisions.crossover import crossover
from bayescale.scaling.result import Fit
from tests.scaling.decisions.decision_cases import fewer, settled, stack

A = {"family": "a", "n_params": 2e9, "n_tokens": 4e10}
B = {**A, "family": "b"}

#: Below the size at which both terms of size are equal b is better, above it a.
EVEN = {"E": 1.7, "B": 400.0, "beta": 0.3}


def crossing_fit(fit: Fit, amplitude: Any) -> Fit:
    """Draws in which sizes alone tell the families apart: they cross where A_a·N^-0.4 = 100·N^-0.3."""
    return settled(fit, {"a": {**EVEN, "A": amplitude, "alpha": 0.4}, "b": {**EVEN, "A": 100.0, "alpha": 0.3}})


@pytest.fixture(scope="module")
def amplitude(plain_fit: Fit) -> Any:
    posterior = plain_fit.tree["posterior"]
    shape = posterior.sizes["chain"], posterior.sizes["draw"]
    return np.exp(np.random.default_rng(2).normal(np.log(800.0), 0.05, shape))


def test_crossing_of_two_power_laws_in_closed_form(plain_fit: Fit, amplitude: Any) -> None:
    fitted, expected = crossing_fit(plain_fit, amplitude), (amplitude / 100) ** 10
    found = crossover(fitted, "a", "b", "n_params", low=1e6, high=1e12, at={"n_tokens": 1e11})
    np.testing.assert_allclose(found.dataset["crossing"], expected, rtol=1e-3)
    row = found.table.iloc[0]
    assert row.crossing_median == pytest.approx(np.median(expected), rel=1e-3)
    assert row.crossing_lower == pytest.approx(np.quantile(expected, 0.05), rel=1e-3)
    assert (row.none, row.several, row.a_below_low, row.a_below_high) == (0, 0, 0, 1)
    # at a ratio of 20 tokens the same size costs 120·N²
    along = crossover(fitted, "a", "b", low=1e14, high=1e24)
    np.testing.assert_allclose(along.dataset["crossing"], 120 * expected**2, rtol=5e-3)
    assert np.allclose(along.curve["n_tokens"], 20 * along.curve["n_params"])


def test_crossings_outside_the_range_do_not_count(plain_fit: Fit, amplitude: Any) -> None:
    fitted, expected = crossing_fit(plain_fit, amplitude), (amplitude / 100) ** 10
    high = float(np.quantile(expected, 0.3))
    found = crossover(fitted, "a", "b", "n_params", low=1e6, high=high, at={"n_tokens": 1e11})
    row = found.table.iloc[0]
    assert row.none == pytest.approx(0.7, abs=0.01)
    assert row.a_below_high == pytest.approx(0.3, abs=0.01)
    assert row.crossing_upper < high
    assert (np.isnan(found.dataset["crossing"]) == (found.dataset["crossings"] == 0)).all()
    never = crossover(fitted, "a", "b", "n_params", low=2e4, high=1e5, at={"n_tokens": 1e11}).table.iloc[0]
    assert never.none == 1
    assert np.isnan(never.crossing_median)


def test_crossover_along_compute_optimal_runs(plain_fit: Fit, amplitude: Any) -> None:
    fitted = crossing_fit(fewer(plain_fit, 50), amplitude[:, :50])
    found = crossover(fitted, "a", "b", low=1e17, high=1e24, tokens_per_param=None)
    plans = fitted.allocate([1e17, 1e24], family="a").table["n_params_median"]
    np.testing.assert_allclose(found.curve["a_n_params"].iloc[[0, -1]], plans, rtol=1e-3)
    assert (found.curve["a_n_params"] != found.curve["b_n_params"]).all()


def test_crossover_agrees_with_compare(joint_fit: Fit) -> None:
    found = crossover(joint_fit, "a", "b", low=1e18, high=1e24)
    point = found.curve.iloc[40]
    sizes = {"n_params": point.n_params, "n_tokens": point.n_tokens}
    row = compare(joint_fit, {"family": "a", **sizes}, {"family": "b", **sizes}).table.iloc[0]
    assert point.a_below == pytest.approx(row.law_below, abs=1e-3)
    assert point.difference_median == pytest.approx(row.law_difference_median, rel=1e-4)
    assert found.table["flag"][0] != ""
    assert "90 %" in found._repr_html_()


def test_a_discrepancy_widens_the_difference_of_families(joint_fit: Fit) -> None:
    """What the law may have wrong counts: without it the same draws are surer of who wins far away."""
    tree = joint_fit.tree.copy(deep=True)
    tree["posterior"]["discrepancy_scale"].data[:] = 0
    tree["posterior"]["discrepancy_weights"].data[:] = 0
    sure, unsure = (crossover(one, "a", "b", low=1e18, high=1e24).curve.iloc[-1] for one in (Fit(tree), joint_fit))
    assert sure.difference_upper - sure.difference_lower < unsure.difference_upper - unsure.difference_lower


def test_compare_and_crossover_of_a_stack(plain_fit: Fit, joint_fit: Fit) -> None:
    own = {"chinchilla": fewer(plain_fit, 250), "joint": fewer(joint_fit, 250)}
    both = stack(own, {"chinchilla": 0.4, "joint": 0.6})
    draws = compare(both, A, B).dataset["law_difference"].to_numpy()
    single = [compare(fit, A, B).dataset["law_difference"].to_numpy() for fit in own.values()]
    assert np.logical_or(draws == single[0], draws == single[1]).all()
    assert (draws == single[0]).mean() == pytest.approx(0.4, abs=0.01)
    found = crossover(both, "a", "b", low=1e18, high=1e24)
    ends = [crossover(fit, "a", "b", low=1e18, high=1e24).curve["a_below"] for fit in own.values()]
    np.testing.assert_allclose(found.curve["a_below"], 0.4 * ends[0] + 0.6 * ends[1], atol=0.05)


def test_crossover_with_a_new_family(plain_fit: Fit) -> None:
    row = crossover(plain_fit, "a", None, low=1e18, high=1e22).table.iloc[0]
    assert 0 < row.a_below_high < 1
    assert 0 < row.none < 1


def test_crossover_refuses_wrong_arguments(plain_fit: Fit) -> None:
    wrong: Any
    for wrong in ((1e20, 1e18), (0, 1e18), (np.nan, 1e18), ("x", 1e18), (1e3, 1e18)):
        with pytest.raises(InputError):
            crossover(plain_fit, "a", "b", low=wrong[0], high=wrong[1])
    with pytest.raises(InputError, match="Did you mean 'n_params'"):
        crossover(plain_fit, "a", "b", "n_param", low=1e6, high=1e9)
    with pytest.raises(InputError, match="Did you mean 'b'"):
        crossover(plain_fit, "a", "bb", low=1e18, high=1e22)
    with pytest.raises(InputError, match="are the same"):
        crossover(plain_fit, "a", "a", low=1e18, high=1e22)
    with pytest.raises(InputError, match="tokens_per_param="):
        crossover(plain_fit, "a", "b", low=1e18, high=1e22, tokens_per_param=-1)
    with pytest.raises(LawError, match="n_tokens"):
        crossover(plain_fit, "a", "b", "n_params", low=1e6, high=1e9)
