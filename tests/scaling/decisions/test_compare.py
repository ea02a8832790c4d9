"""Which of two runs is better, and where does one family overtake another?"""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale.data.runs import read_runs
from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.compare import compare, monte_carlo_error
from bayescale.scaling.decisions.crossover import crossover
from bayescale.scaling.model.design import Spec, make_design
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs
from tests.scaling.decisions.decision_cases import fewer, settled, stack

A = {"family": "a", "n_params": 2e9, "n_tokens": 4e10}
B = {**A, "family": "b"}
BIGGER = {**A, "n_params": 2.2e9}


# --- compare ------------------------------------------------------------------------------------------------------


def test_a_comparison_is_of_the_forecasts_draws(joint_fit: Fit) -> None:
    found = compare(joint_fit, A, B, prob=0.8)
    both = joint_fit.forecast([A, B]).dataset
    for kind in ("law", "run"):
        one, other = both[kind].to_numpy()[..., 0], both[kind].to_numpy()[..., 1]
        np.testing.assert_allclose(found.dataset[f"{kind}_difference"][..., 0], one - other)
        row = found.table.iloc[0]
        assert row[f"{kind}_below"] == (one < other).mean()
        assert row[f"{kind}_difference_upper"] == pytest.approx(np.quantile(one - other, 0.9))
        assert row[f"{kind}_percent_median"] == pytest.approx(np.median(100 * (one / other - 1)))
    assert found.table["a_family"].tolist() == ["a"]
    assert found.table["b_n_params"].tolist() == [2e9]
    assert "80 %" in found._repr_html_()


def test_what_is_common_cancels(joint_fit: Fit) -> None:
    row = compare(joint_fit, BIGGER, A).table.iloc[0]
    losses = joint_fit.forecast([BIGGER, A]).dataset["law"].to_numpy()
    apart = np.sqrt(losses.reshape(-1, 2).var(axis=0).sum())  # were they independent
    assert row.law_difference_upper - row.law_difference_lower < 0.5 * 2 * 1.645 * apart
    assert row.law_below > 0.9


def test_one_run_each_is_less_certain_than_the_law(joint_fit: Fit) -> None:
    row = compare(joint_fit, BIGGER, A).table.iloc[0]
    assert abs(row.run_below - 0.5) < abs(row.law_below - 0.5)
    assert row.run_difference_upper - row.run_difference_lower > row.law_difference_upper - row.law_difference_lower


def test_sides_can_be_swapped(joint_fit: Fit) -> None:
    there, back = compare(joint_fit, A, BIGGER).table.iloc[0], compare(joint_fit, BIGGER, A).table.iloc[0]
    assert there.law_below + back.law_below == pytest.approx(1)
    assert there.law_difference_median == pytest.approx(-back.law_difference_median, rel=1e-6)


def test_twins_are_even(joint_fit: Fit) -> None:
    row = compare(joint_fit, A, A).table.iloc[0]
    assert row.law_below == 0.5
    assert row.run_below == pytest.approx(0.5, abs=4 * row.run_below_mcse)
    assert row.law_difference_lower == row.law_difference_upper == 0
    assert row.run_difference_lower < 0 < row.run_difference_upper


def test_one_against_many_and_tables(plain_fit: Fit) -> None:
    many = pd.DataFrame([A, B, BIGGER]).assign(name=["x", "y", "z"])
    table = compare(plain_fit, many, B).table
    assert table["a_name"].tolist() == ["x", "y", "z"]
    assert table["b_family"].tolist() == ["b"] * 3
    assert table["law_below"][1] == 0.5
    single = compare(plain_fit, A, B).table
    assert table["law_difference_median"][0] == pytest.approx(single["law_difference_median"][0], rel=1e-6)
    assert len(compare(plain_fit, B, many).table) == 3


def test_sides_may_name_the_family_column_differently(made_up: MadeUp) -> None:
    runs = read_runs(simulated_runs().rename(columns={"family": "model"}))
    design = make_design(runs, Spec(law("chinchilla"), family="model", discrepancy=False))
    tree = to_tree(design, made_up(design), Sampler(), 1)
    mine = {"model" if name == "family" else name: value for name, value in A.items()}
    nobody = {name: value for name, value in A.items() if name != "family"}
    table = compare(FittedLaws(tree), [mine, mine], [B, nobody]).table
    assert table["a_family"].tolist() == ["a", "a"]
    assert [one if isinstance(one, str) else None for one in table["b_family"]] == ["b", None]
    assert table["law_difference_median"][0] == compare(FittedLaws(tree), A, B).table["law_difference_median"][0]
    assert compare(FittedLaws(tree), mine, nobody).table["b_family"].isna().all()


def test_the_farther_one_is_flagged(plain_fit: Fit) -> None:
    table = compare(plain_fit, [A, A], [B, {**B, "n_tokens": 4e14}]).table
    assert table["flag"][0] == ""
    assert "beyond the data" in table["flag"][1]


def test_monte_carlo_error_grows_with_autocorrelation() -> None:
    rng = np.random.default_rng(1)
    fresh = (rng.random((4, 1000, 1)) < 0.3).astype(float)
    sticky = np.repeat(fresh[:, :100], 10, axis=1)
    assert monte_carlo_error(fresh)[0] == pytest.approx(np.sqrt(0.3 * 0.7 / 4000), rel=0.15)
    assert monte_carlo_error(sticky)[0] > 2 * monte_carlo_error(fresh)[0]
    assert monte_carlo_error(np.ones((4, 1000, 1))).tolist() == [1 / 4000]


def test_what_cannot_be_compared(plain_fit: Fit) -> None:
    with pytest.raises(InputError) as caught:
        compare(plain_fit, {**A, "family": "aa"}, {"family": "b", "n_params": -1.0})
    text = str(caught.value)
    assert "a: target 1: family 'aa'" in text
    assert "b: input 'n_tokens' is missing" in text
    assert "b: target 1: n_params=-1.0" in text
    with pytest.raises(InputError, match="a has 2 targets and b has 3"):
        compare(plain_fit, [A, A], [B, B, B])
    with pytest.raises(InputError, match="a: targets must be"):
        compare(plain_fit, [], B)
    with pytest.raises(InputError, match="prob="):
        compare(plain_fit, A, B, prob=90)


# --- crossover ----------------------------------------------------------------------------------------------------

#: Of these, b is the better one below where both terms of size are equal, and a above.
EVEN = {"E": 1.7, "B": 400.0, "beta": 0.3}


def crossing_fit(fit: Fit, amplitude: Any) -> Fit:
    """Draws in which sizes alone tell the families apart: they cross where A_a·N^-0.4 = 100·N^-0.3."""
    return settled(fit, {"a": {**EVEN, "A": amplitude, "alpha": 0.4}, "b": {**EVEN, "A": 100.0, "alpha": 0.3}})


@pytest.fixture(scope="module")
def amplitude(plain_fit: Fit) -> Any:
    posterior = plain_fit.tree["posterior"]
    shape = posterior.sizes["chain"], posterior.sizes["draw"]
    return np.exp(np.random.default_rng(2).normal(np.log(800.0), 0.05, shape))


def test_two_power_laws_cross_where_they_should(plain_fit: Fit, amplitude: Any) -> None:
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


def test_crossings_outside_the_range_are_none(plain_fit: Fit, amplitude: Any) -> None:
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


def test_each_along_its_own_optimum(plain_fit: Fit, amplitude: Any) -> None:
    fitted = crossing_fit(fewer(plain_fit, 50), amplitude[:, :50])
    found = crossover(fitted, "a", "b", low=1e17, high=1e24, tokens_per_param=None)
    plans = fitted.allocate([1e17, 1e24], family="a").table["n_params_median"]
    np.testing.assert_allclose(found.curve["a_n_params"].iloc[[0, -1]], plans, rtol=1e-3)
    assert (found.curve["a_n_params"] != found.curve["b_n_params"]).all()


def test_probability_of_winning_is_that_of_a_comparison(joint_fit: Fit) -> None:
    found = crossover(joint_fit, "a", "b", low=1e18, high=1e24)
    point = found.curve.iloc[40]
    sizes = {"n_params": point.n_params, "n_tokens": point.n_tokens}
    row = compare(joint_fit, {"family": "a", **sizes}, {"family": "b", **sizes}).table.iloc[0]
    assert point.a_below == pytest.approx(row.law_below, abs=1e-3)
    assert point.difference_median == pytest.approx(row.law_difference_median, rel=1e-4)
    assert found.table["flag"][0] != ""
    assert "90 %" in found._repr_html_()


def test_a_discrepancy_leaves_the_winner_less_certain(joint_fit: Fit) -> None:
    """What the law may have wrong counts: without it the same draws are surer of who wins far away."""
    tree = joint_fit.tree.copy(deep=True)
    tree["posterior"]["discrepancy_scale"].data[:] = 0
    tree["posterior"]["discrepancy_weights"].data[:] = 0
    sure, unsure = (crossover(one, "a", "b", low=1e18, high=1e24).curve.iloc[-1] for one in (Fit(tree), joint_fit))
    assert sure.difference_upper - sure.difference_lower < unsure.difference_upper - unsure.difference_lower


def test_a_stack_decides_too(plain_fit: Fit, joint_fit: Fit) -> None:
    own = {"chinchilla": fewer(plain_fit, 250), "joint": fewer(joint_fit, 250)}
    both = stack(own, {"chinchilla": 0.4, "joint": 0.6})
    draws = compare(both, A, B).dataset["law_difference"].to_numpy()
    single = [compare(fit, A, B).dataset["law_difference"].to_numpy() for fit in own.values()]
    assert np.logical_or(draws == single[0], draws == single[1]).all()
    assert (draws == single[0]).mean() == pytest.approx(0.4, abs=0.01)
    found = crossover(both, "a", "b", low=1e18, high=1e24)
    ends = [crossover(fit, "a", "b", low=1e18, high=1e24).curve["a_below"] for fit in own.values()]
    np.testing.assert_allclose(found.curve["a_below"], 0.4 * ends[0] + 0.6 * ends[1], atol=0.05)


def test_a_new_family_can_be_overtaken(plain_fit: Fit) -> None:
    row = crossover(plain_fit, "a", None, low=1e18, high=1e22).table.iloc[0]
    assert 0 < row.a_below_high < 1
    assert 0 < row.none < 1


def test_what_cannot_cross(plain_fit: Fit) -> None:
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
