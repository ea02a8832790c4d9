"""What does a loss cost, what do isoFLOP curves show, and what does it cost to train for longer?"""

from typing import Any

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling.decisions.allocation import allocate
from bayescale.scaling.decisions.isoflop import isoflop
from bayescale.scaling.decisions.overtraining import overtraining
from bayescale.scaling.decisions.required_compute import required
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.registry import law
from tests.conftest import TRUTH
from tests.scaling.decisions.decision_cases import fewer, settled, stack

TIED = {"E": 1.7, "A": 400.0, "alpha": 0.3, "B": 500.0, "beta": 0.3}


def optimal_loss(flops: Any, truth: Any) -> Any:
    """Chinchilla's least loss at training compute, in closed form (Hoffmann et al. 2022, equation 4)."""
    a, b = truth["alpha"], truth["beta"]
    n_params = (a * truth["A"] / (b * truth["B"])) ** (1 / (a + b)) * (flops / 6) ** (b / (a + b))
    return law("chinchilla").predict({"n_params": n_params, "n_tokens": flops / 6 / n_params}, truth)


# --- required -----------------------------------------------------------------------------------------------------


def test_at_a_fixed_ratio_in_closed_form(plain_fit: Fit) -> None:
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


def test_what_is_required_undoes_an_allocation(plain_fit: Fit, joint_fit: Fit) -> None:
    for fitted in (plain_fit, joint_fit):
        allocation = fitted.allocate(1e21, family="a")
        target = float(allocation.table["loss_median"][0])
        found = required(fitted, target, family="a")
        assert found.table["flops_median"][0] == pytest.approx(1e21, rel=0.02)
        assert found.table["n_params_median"][0] == pytest.approx(allocation.table["n_params_median"][0], rel=0.02)
        enough = (allocation.dataset["loss"] <= target).to_numpy()[..., 0]
        assert (found.dataset["flops"].to_numpy()[..., 0][enough] <= 1.02e21).all()


def test_the_optimum_in_closed_form(plain_fit: Fit) -> None:
    fitted = settled(fewer(plain_fit, 2), {"a": TRUTH["a"]})
    budgets = np.array([1e19, 3e21, 2e24])
    found = required(fitted, optimal_loss(budgets, TRUTH["a"]).tolist(), family="a").table
    np.testing.assert_allclose(found["flops_median"], budgets, rtol=2e-3)
    np.testing.assert_allclose(found["flops_lower"], found["flops_upper"], rtol=1e-9)


@pytest.mark.parametrize("served", [1e11, 1e13])
def test_cheapest_over_a_life_against_brute_force(plain_fit: Fit, served: float) -> None:
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


def test_a_fixed_ratio_pays_for_serving_too(plain_fit: Fit) -> None:
    found = required(plain_fit, 2.3, family="a", tokens_served=1e12, tokens_per_param=50).dataset
    paid = found["n_params"] * (6 * found["n_tokens"] + 2 * 1e12)
    np.testing.assert_allclose(found["flops"], paid, rtol=1e-4)
    np.testing.assert_allclose(found["n_tokens"] / found["n_params"], 50)


def test_nothing_served_is_training_alone(plain_fit: Fit) -> None:
    plain, none = (required(plain_fit, 2.3, family="a", tokens_served=t).table.iloc[0] for t in (0, 1e6))
    assert none.flops_median == pytest.approx(plain.flops_median, rel=1e-3)
    served = required(plain_fit, 2.3, family="a", tokens_served=1e13).table.iloc[0]
    assert served.flops_median > plain.flops_median
    assert served.n_params_median < plain.n_params_median


def test_below_the_floor_is_never(plain_fit: Fit) -> None:
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


def test_infinite_draws_end_intervals_where_their_share_does(plain_fit: Fit) -> None:
    posterior = plain_fit.tree["posterior"]
    floor = np.full((posterior.sizes["chain"], posterior.sizes["draw"]), 1.7)
    floor[:, ::5] = 2.5  # a fifth of the draws cannot reach 2.4
    fitted = settled(plain_fit, {"a": {**TIED, "E": floor}})
    row = {prob: required(fitted, 2.4, prob, "a", tokens_per_param=20).table.iloc[0] for prob in (0.5, 0.9)}
    assert row[0.5].never == pytest.approx(0.2)
    assert np.isfinite([row[0.5].flops_median, row[0.5].flops_upper]).all()
    assert np.isinf(row[0.9].flops_upper)


def test_what_was_reached_long_before_is_flagged(plain_fit: Fit) -> None:
    row = required(plain_fit, 1000.0, family="a").table.iloc[0]
    assert "least compute searched" in row.flag
    assert row.flops_lower == row.flops_upper


def test_a_harder_target_and_a_new_family_are_less_certain(joint_fit: Fit) -> None:
    known, new = (required(joint_fit, [2.6, 2.3], 0.8, family).table for family in ("a", None))
    width, new_width = (np.log(table["flops_upper"] / table["flops_lower"]) for table in (known, new))
    assert width[0] < width[1]
    assert (width < new_width).all()


def test_distance_of_what_is_required(joint_fit: Fit) -> None:
    table = required(joint_fit, [2.6, 2.0], family="a").table
    assert table["flag"][0] == ""
    assert "beyond the data" in table["flag"][1]


def test_what_cannot_be_required(plain_fit: Fit) -> None:
    wrong: Any
    for wrong in (0.0, -2.0, np.nan, np.inf, "low", []):
        with pytest.raises(InputError, match="loss="):
            required(plain_fit, wrong)
    for wrong in (0.0, np.nan, [20, 30], "few"):
        with pytest.raises(InputError, match="tokens_per_param="):
            required(plain_fit, 2.3, tokens_per_param=wrong)


# --- isoFLOP curves -----------------------------------------------------------------------------------------------


def test_isoflop_curves_are_forecasts_with_their_optimum_lowest(plain_fit: Fit) -> None:
    found = isoflop(plain_fit, [1e19, 1e21], family="a")
    np.testing.assert_allclose(6 * found.table["n_params"] * found.table["n_tokens"], found.table["flops"])
    point = found.table.iloc[30]
    forecast = plain_fit.forecast({"family": "a", "n_params": point.n_params, "n_tokens": point.n_tokens}).table
    assert point.loss_upper == pytest.approx(forecast["law_upper"][0], rel=1e-6)
    lowest = found.dataset["loss"].argmin("point")
    sizes = found.dataset["n_params"].isel(point=lowest)
    step = (32**2) ** (1 / 40)  # forty steps from a 32nd of the optimum to 32 times it
    off = np.log(sizes / found.dataset["optimal_n_params"])
    assert (np.abs(off) < np.log(step)).all()  # without a discrepancy the law's optimum is the curve's
    assert found.optimum.equals(plain_fit.allocate([1e19, 1e21], family="a").table)
    assert "isoFLOP" in found._repr_html_()


def test_isoflop_bands_are_wider_away_from_the_data(joint_fit: Fit) -> None:
    table = isoflop(joint_fit, 1e20, family="a").table
    width = np.log(table["loss_upper"].to_numpy() / table["loss_lower"].to_numpy())
    assert width[20] < min(width[0], width[-1])


def test_isoflop_stays_within_what_can_be_bought(plain_fit: Fit) -> None:
    table = isoflop(plain_fit, 1e13, family="a", span=1e6).table
    assert table["n_params"].min() >= 0.999e4
    assert table["n_tokens"].min() >= 0.999e4
    with pytest.raises(InputError, match="span="):
        isoflop(plain_fit, 1e20, span=1.0)


# --- overtraining -------------------------------------------------------------------------------------------------


def test_price_of_overtraining_in_closed_form(plain_fit: Fit) -> None:
    fitted, truth = settled(fewer(plain_fit, 2), {"a": TRUTH["a"]}), TRUTH["a"]
    row = overtraining(fitted, family="a", n_params=1e9, n_tokens=1e12).table.iloc[0]
    loss = law("chinchilla").predict({"n_params": 1e9, "n_tokens": 1e12}, truth)
    assert row.flops == pytest.approx(6e21)
    assert row.tokens_per_param == pytest.approx(1000)
    assert row.loss_median == pytest.approx(loss)
    assert row.loss_gap_median == pytest.approx(loss - optimal_loss(6e21, truth), rel=1e-3)
    grid = np.geomspace(1e20, 6e21, 1_000_001)
    needed = grid[np.argmax(optimal_loss(grid, truth) <= loss)]
    assert row.compute_ratio_median == pytest.approx(6e21 / needed, rel=2e-3)
    planned = fitted.allocate(needed, family="a").table["n_params_median"][0]
    assert row.params_ratio_median == pytest.approx(1e9 / planned, rel=0.01)
    served = row.break_even_tokens_median
    assert 6e21 + 2 * 1e9 * served == pytest.approx(needed + 2 * planned * served, rel=0.01)


def test_the_optimum_costs_nothing(joint_fit: Fit) -> None:
    best = joint_fit.allocate(1e20, family="a").table.iloc[0]
    row = overtraining(joint_fit, family="a", n_params=best.n_params_median, flops=1e20).table.iloc[0]
    assert row.loss_gap_median == pytest.approx(0, abs=1e-4)
    assert row.compute_ratio_median == pytest.approx(1, abs=0.01)
    assert row.params_ratio_median == pytest.approx(1, abs=0.01)


def test_the_further_from_the_optimum_the_dearer(joint_fit: Fit) -> None:
    table = overtraining(joint_fit, family="a", flops=1e20, tokens_per_param=[1, 50, 1000, 10_000]).table
    assert table["loss_gap_median"].iloc[[1, 2, 3]].is_monotonic_increasing
    assert table["compute_ratio_median"].iloc[[1, 2, 3]].is_monotonic_increasing
    assert table["loss_gap_median"][0] > table["loss_gap_median"][1]
    assert np.isinf(table["break_even_tokens_median"][0])  # larger than planned: serving never pays it back
    width = table["loss_gap_upper"] - table["loss_gap_lower"]
    assert width.iloc[3] > width.iloc[1]


def test_any_two_say_which_run(plain_fit: Fit) -> None:
    fitted = fewer(plain_fit)
    run = {"n_params": 2e9, "n_tokens": 1e11, "flops": 1.2e21, "tokens_per_param": 50.0}
    pairs = [(a, b) for a in run for b in run if a < b]
    rows = [overtraining(fitted, family="a", **{a: run[a], b: run[b]}).table.iloc[0] for a, b in pairs]  # type: ignore[arg-type]
    for row in rows:
        np.testing.assert_allclose([row[name] for name in run], [*run.values()])


def test_what_is_no_run(plain_fit: Fit) -> None:
    with pytest.raises(InputError, match="not none"):
        overtraining(plain_fit)
    with pytest.raises(InputError, match="not n_params and n_tokens and flops"):
        overtraining(plain_fit, n_params=1e9, n_tokens=1e9, flops=6e18)
    with pytest.raises(InputError, match="as many"):
        overtraining(plain_fit, n_params=[1e9, 2e9], n_tokens=[1e9, 2e9, 3e9])
    with pytest.raises(InputError, match="n_params="):
        overtraining(plain_fit, n_params=-1, n_tokens=1e9)
    with pytest.raises(InputError, match="too small"):
        overtraining(plain_fit, flops=1e12, tokens_per_param=1e9)


def test_a_stack_has_requirements_too(plain_fit: Fit, joint_fit: Fit) -> None:
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


def test_the_truth_behind_simulated_runs_is_recovered(plain_fit: Fit) -> None:
    truth, flops = TRUTH["a"], 1e21
    a, b = truth["alpha"], truth["beta"]
    best = (a * truth["A"] / (b * truth["B"])) ** (1 / (a + b)) * (flops / 6) ** (b / (a + b))
    size = plain_fit.allocate(flops, 0.99, "a").table.iloc[0]
    assert size.n_params_lower < best < size.n_params_upper
    cost = required(plain_fit, optimal_loss(flops, truth), 0.99, "a").table.iloc[0]
    assert cost.flops_lower < flops < cost.flops_upper
    run = overtraining(plain_fit, n_params=3e8, flops=flops, family="a", prob=0.99).table.iloc[0]
    loss = law("chinchilla").predict({"n_params": 3e8, "n_tokens": flops / 6 / 3e8}, truth)
    assert run.loss_gap_lower < loss - optimal_loss(flops, truth) < run.loss_gap_upper
    grid = np.geomspace(1e19, flops, 100_001)
    ratio = flops / grid[np.argmax(optimal_loss(grid, truth) <= loss)]
    assert run.compute_ratio_lower < ratio < run.compute_ratio_upper
    for found in (size.n_params_upper / size.n_params_lower, cost.flops_upper / cost.flops_lower):
        assert found < 5  # and it says something
