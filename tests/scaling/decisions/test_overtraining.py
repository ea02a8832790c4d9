"""Test the cost of overtraining against closed forms."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling.decisions.overtraining import overtraining
from bayescale.scaling.decisions.required_compute import required
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.registry import law
from tests.conftest import TRUTH
from tests.scaling.decisions.decision_cases import fewer, optimal_loss, settled

TIED = {"E": 1.7, "A": 400.0, "alpha": 0.3, "B": 500.0, "beta": 0.3}


def test_overtraining_in_closed_form(plain_fit: Fit) -> None:
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


def test_the_optimal_run_has_no_loss_gap(joint_fit: Fit) -> None:
    best = joint_fit.allocate(1e20, family="a").table.iloc[0]
    row = overtraining(joint_fit, family="a", n_params=best.n_params_median, flops=1e20).table.iloc[0]
    assert row.loss_gap_median == pytest.approx(0, abs=1e-4)
    assert row.compute_ratio_median == pytest.approx(1, abs=0.01)
    assert row.params_ratio_median == pytest.approx(1, abs=0.01)


def test_loss_gap_grows_with_distance_from_the_optimum(joint_fit: Fit) -> None:
    table = overtraining(joint_fit, family="a", flops=1e20, tokens_per_param=[1, 50, 1000, 10_000]).table
    assert table["loss_gap_median"].iloc[[1, 2, 3]].is_monotonic_increasing
    assert table["compute_ratio_median"].iloc[[1, 2, 3]].is_monotonic_increasing
    assert table["loss_gap_median"][0] > table["loss_gap_median"][1]
    assert np.isinf(table["break_even_tokens_median"][0])  # larger than planned: serving never pays it back
    width = table["loss_gap_upper"] - table["loss_gap_lower"]
    assert width.iloc[3] > width.iloc[1]


def test_any_two_quantities_specify_the_run(plain_fit: Fit) -> None:
    fitted = fewer(plain_fit)
    run = {"n_params": 2e9, "n_tokens": 1e11, "flops": 1.2e21, "tokens_per_param": 50.0}
    pairs = [(a, b) for a in run for b in run if a < b]
    rows = [overtraining(fitted, family="a", **{a: run[a], b: run[b]}).table.iloc[0] for a, b in pairs]  # type: ignore[arg-type]
    for row in rows:
        np.testing.assert_allclose([row[name] for name in run], [*run.values()])


def test_overtraining_refuses_wrong_arguments(plain_fit: Fit) -> None:
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


def test_decisions_recover_the_law_behind_simulated_runs(plain_fit: Fit) -> None:
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
