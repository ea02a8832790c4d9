"""Test the compute that a loss takes against closed forms, brute force and `allocate`."""

from typing import Any

import numpy as np
import pytest

import bayescale as bs
from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.allocation import allocate
from bayescale.scaling.decisions.isoflop import isoflop
from bayescale.scaling.decisions.overtraining import overtraining
from bayescale.scaling.decisions.required_compute import required
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.result import Fit
from tests.conftest import TRUTH
from tests.scaling.decisions.decision_cases import fewer, optimal_loss, settled, stack
from tests.scaling.recovery.test_simulated_laws import CASES, simulated

TIED = {"E": 1.7, "A": 400.0, "alpha": 0.3, "B": 500.0, "beta": 0.3}


def test_required_compute_at_a_fixed_ratio_in_closed_form(plain_fit: Fit) -> None:
    """With one exponent L = E + (A + B·r^-a)·N^-a, draw by draw."""
    tree = plain_fit.tree.copy(deep=True)
    tree["posterior"]["beta"].data[:] = tree["posterior"]["alpha"].data
    own = tree["posterior"].to_dataset().sel(family="a")
    found = required(FittedLaws(tree), [2.6, 2.3], family="a", tokens_per_param=50)
    for i, loss in enumerate((2.6, 2.3)):
        amplitude = own["A"] + own["B"] * 50 ** -own["alpha"]
        n_params = ((loss - own["E"]) / amplitude) ** (-1 / own["alpha"])
        np.testing.assert_allclose(found.dataset["flops"][..., i], 6 * 50 * n_params**2, rtol=1e-4)
        np.testing.assert_allclose(found.dataset["n_params"][..., i], n_params, rtol=1e-4)
        np.testing.assert_allclose(found.dataset["n_tokens"][..., i], 50 * n_params, rtol=1e-4)


def test_required_inverts_allocate(plain_fit: Fit, joint_fit: Fit) -> None:
    for fitted in (plain_fit, joint_fit):
        allocation = fitted.allocate(1e21, family="a")
        target = float(allocation.table["loss_median"][0])
        found = required(fitted, target, family="a")
        assert found.table["flops_median"][0] == pytest.approx(1e21, rel=0.02)
        assert found.table["n_params_median"][0] == pytest.approx(allocation.table["n_params_median"][0], rel=0.02)
        enough = (allocation.dataset["loss"] <= target).to_numpy()[..., 0]
        assert (found.dataset["flops"].to_numpy()[..., 0][enough] <= 1.02e21).all()


def test_required_compute_at_the_optimum_in_closed_form(plain_fit: Fit) -> None:
    fitted = settled(fewer(plain_fit, 2), {"a": TRUTH["a"]})
    budgets = np.array([1e19, 3e21, 2e24])
    found = required(fitted, optimal_loss(budgets, TRUTH["a"]).tolist(), family="a").table
    np.testing.assert_allclose(found["flops_median"], budgets, rtol=2e-3)
    np.testing.assert_allclose(found["flops_lower"], found["flops_upper"], rtol=1e-9)


@pytest.mark.parametrize("served", [1e11, 1e13])
def test_required_compute_with_serving_against_brute_force(plain_fit: Fit, served: float) -> None:
    fitted, truth, loss = settled(fewer(plain_fit, 2), {"a": TRUTH["a"]}), TRUTH["a"], 2.3
    n_params = np.exp(np.linspace(np.log(1e8), np.log(1e13), 400_001))
    rest = loss - truth["E"] - truth["A"] * n_params ** -truth["alpha"]
    with np.errstate(invalid="ignore"):
        n_tokens = (rest / truth["B"]) ** (-1 / truth["beta"])  # what this size takes to reach the loss
        cost = np.where(rest > 0, n_params * (6 * n_tokens + 2 * served), np.inf)
    best = np.argmin(cost)
    row = required(fitted, loss, family="a", tokens_served=served).table.iloc[0]
    assert row.flops_median == pytest.approx(cost[best], rel=2e-3)
    assert row.n_params_median == pytest.approx(n_params[best], rel=0.03)
    assert row.n_tokens_median == pytest.approx(n_tokens[best], rel=0.03)
    assert row.tokens_served == served


def test_required_compute_at_a_fixed_ratio_includes_serving(plain_fit: Fit) -> None:
    found = required(plain_fit, 2.3, family="a", tokens_served=1e12, tokens_per_param=50).dataset
    paid = found["n_params"] * (6 * found["n_tokens"] + 2 * 1e12)
    np.testing.assert_allclose(found["flops"], paid, rtol=1e-4)
    np.testing.assert_allclose(found["n_tokens"] / found["n_params"], 50)


def test_required_compute_grows_with_tokens_served(plain_fit: Fit) -> None:
    plain, none = (required(plain_fit, 2.3, family="a", tokens_served=t).table.iloc[0] for t in (0, 1e6))
    assert none.flops_median == pytest.approx(plain.flops_median, rel=1e-3)
    served = required(plain_fit, 2.3, family="a", tokens_served=1e13).table.iloc[0]
    assert served.flops_median > plain.flops_median
    assert served.n_params_median < plain.n_params_median


def test_a_loss_below_the_floor_is_never_reached(plain_fit: Fit) -> None:
    floor = plain_fit.tree["posterior"]["E"].sel(family="a")
    found = required(plain_fit, [float(floor.min()) - 0.01, float(floor.median())], family="a", prob=0.5)
    assert np.isinf(found.dataset["flops"][..., 0]).all()
    hopeless, doubtful = found.table.iloc[0], found.table.iloc[1]
    assert hopeless.never == 1
    assert np.isinf([hopeless.flops_lower, hopeless.n_params_median, hopeless.n_tokens_upper]).all()
    assert np.isinf(hopeless.extrapolation)
    assert "in 100 % of draws" in hopeless.flag
    assert doubtful.never >= 0.5  # draws whose floor is below may still take more than is searched
    assert np.isinf(doubtful.flops_upper)
    assert "90 %" not in found._repr_html_()


def test_infinite_draws_determine_quantiles_by_their_share(plain_fit: Fit) -> None:
    posterior = plain_fit.tree["posterior"]
    floor = np.full((posterior.sizes["chain"], posterior.sizes["draw"]), 1.7)
    floor[:, ::5] = 2.5  # a fifth of the draws cannot reach 2.4
    fitted = settled(plain_fit, {"a": {**TIED, "E": floor}})
    row = {prob: required(fitted, 2.4, prob, "a", tokens_per_param=20).table.iloc[0] for prob in (0.5, 0.9)}
    assert row[0.5].never == pytest.approx(0.2)
    assert np.isfinite([row[0.5].flops_median, row[0.5].flops_upper]).all()
    assert np.isinf(row[0.9].flops_upper)


def test_a_loss_reached_at_the_start_of_the_search_is_flagged(plain_fit: Fit) -> None:
    row = required(plain_fit, 1000.0, family="a").table.iloc[0]
    assert "least compute searched" in row.flag
    assert row.flops_lower == row.flops_upper


def test_lower_losses_and_new_families_are_less_certain(joint_fit: Fit) -> None:
    known, new = (required(joint_fit, [2.6, 2.3], 0.8, family).table for family in ("a", None))
    width, new_width = (np.log(table["flops_upper"] / table["flops_lower"]) for table in (known, new))
    assert width[0] < width[1]
    assert (width < new_width).all()


def test_required_compute_far_beyond_the_data_is_flagged(joint_fit: Fit) -> None:
    table = required(joint_fit, [2.6, 2.0], family="a").table
    assert table["flag"][0] == ""
    assert "beyond the data" in table["flag"][1]


def test_required_refuses_wrong_arguments(plain_fit: Fit) -> None:
    wrong: Any
    for wrong in (0.0, -2.0, np.nan, np.inf, "low", []):
        with pytest.raises(InputError, match="loss="):
            required(plain_fit, wrong)
    for wrong in (0.0, np.nan, [20, 30], "few"):
        with pytest.raises(InputError, match="tokens_per_param="):
            required(plain_fit, 2.3, tokens_per_param=wrong)


def test_required_and_overtraining_of_a_stack(plain_fit: Fit, joint_fit: Fit) -> None:
    own = {"chinchilla": fewer(plain_fit), "joint": fewer(joint_fit)}
    alone = required(stack(own, {"chinchilla": 1.0, "joint": 0.0}), 2.3, family="a")
    single = required(own["chinchilla"], 2.3, family="a")
    np.testing.assert_array_equal(alone.dataset["flops"], single.dataset["flops"])
    both = stack(own, {"chinchilla": 0.5, "joint": 0.5})
    row = required(both, 2.3, family="a").table.iloc[0]
    medians = sorted(required(fit, 2.3, family="a").table["flops_median"][0] for fit in own.values())
    assert 0.9 * medians[0] < row.flops_median < 1.1 * medians[1]
    target = float(allocate(both, 1e21, family="a").table["loss_median"][0])
    assert required(both, target, family="a").table["flops_median"][0] == pytest.approx(1e21, rel=0.05)
    ratio = overtraining(both, family="a", flops=1e21, tokens_per_param=[70, 2000]).table["compute_ratio_median"]
    assert ratio[0] < ratio[1]
    assert len(isoflop(both, 1e21, family="a").table) == 41


def test_a_negative_target_is_reached_where_the_forecast_says_so() -> None:
    fit = bs.fit(simulated(CASES[0]), law="vocabulary", discrepancy=False, random_seed=1, progress=False)
    cost = "6 * (n_params_nonvocab + n_params_vocab) * n_tokens"
    found = fit.required(-4.6, cost=cost, at={"n_params_vocab": 5e7}).table.iloc[0]
    run = {name: found[f"{name}_median"] for name in ("n_params_nonvocab", "n_tokens")}
    forecast = fit.forecast({**run, "n_params_vocab": 5e7}).table.iloc[0]
    assert forecast["law_median"] == pytest.approx(-4.6, abs=0.02)
    with pytest.raises(InputError, match="must be finite and above -10"):
        fit.required(-11.0, cost=cost, at={"n_params_vocab": 5e7})
    with pytest.raises(LawError, match="allocate and required take cost="):
        fit.required(-4.6)
