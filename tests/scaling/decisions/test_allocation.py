"""Test compute-optimal runs against closed forms and fine grids, with serving and without."""

from typing import Any

import numpy as np
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.allocation import _minimizer, allocate
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import TRUTH, MadeUp, simulated_runs
from tests.scaling.decisions.decision_cases import fewer, settled, stack


def test_optimum_of_the_chinchilla_law_in_closed_form(plain_fit: Fit) -> None:
    found = plain_fit.allocate(flops=[1e20, 1e22], family="a").dataset
    posterior = plain_fit.tree["posterior"].to_dataset().sel(family="a")
    a, b = posterior["alpha"], posterior["beta"]
    ratio = (a * posterior["A"] / (b * posterior["B"])) ** (1 / (a + b))  # Hoffmann et al. 2022, equation 4
    for i, budget in enumerate((1e20, 1e22)):
        expected = ratio * (budget / 6) ** (b / (a + b))
        np.testing.assert_allclose(found["n_params"][..., i], expected, rtol=1e-4)
        np.testing.assert_allclose(found["n_tokens"][..., i] * expected * 6, budget, rtol=1e-4)


def test_minimizer_agrees_with_a_fine_grid() -> None:
    rng = np.random.default_rng(4)
    centre, slope = rng.uniform(12, 30, (3, 40, 1)), rng.uniform(0.05, 0.4, (3, 40, 1))
    low, high = np.array([10.0, 11.0]), np.array([32.0, 33.0])

    def loss(x: Any, centre: Any, slope: Any) -> Any:
        return np.exp(-slope * (x - centre)) + np.exp(0.3 * (x - centre))

    minimizer = _minimizer(loss, low, high, (centre, slope))
    assert minimizer.shape == (3, 40, 2)
    for budget in range(2):
        grid = np.linspace(low[budget], high[budget], 20_001)
        on_grid = grid[loss(grid, centre, slope).argmin(axis=-1)]
        np.testing.assert_allclose(minimizer[..., budget], on_grid, atol=0.51 * (grid[1] - grid[0]))
    closed_form = centre + np.log(slope / 0.3) / (slope + 0.3)
    inside = (closed_form > low) & (closed_form < high)
    np.testing.assert_allclose(minimizer[inside], np.broadcast_to(closed_form, minimizer.shape)[inside], rtol=1e-6)


def test_minimizer_at_an_end_and_where_losses_are_not_finite() -> None:
    low, high = np.array([1.0]), np.array([64.0])  # a grid at the whole numbers
    slope = np.array([-1.0, 1.0])[:, None]
    np.testing.assert_allclose(_minimizer(lambda x, slope: slope * x, low, high, (slope,)), [[64.0], [1.0]], rtol=1e-6)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(_minimizer(lambda x: np.where(x < 8.5, np.inf, x), low, high, ()), [9.0])
        np.testing.assert_allclose(_minimizer(lambda x: np.where(x < 8.5, np.nan, x), low, high, ()), [9.0])
        assert _minimizer(lambda x: np.inf * x, low, high, ()).tolist() == [1.0]


def test_allocation_table(joint_fit: Fit) -> None:
    allocation = joint_fit.allocate(flops=1e21, prob=0.8, family="b")
    names = ["n_params", "n_tokens", "tokens_per_param", "loss"]
    summaries = [f"{name}_{what}" for name in names for what in ("median", "lower", "upper")]
    assert allocation.table.columns.tolist() == ["family", "flops", *summaries, "extrapolation", "flag"]
    row = allocation.table.iloc[0]
    assert row.n_params_lower < row.n_params_median < row.n_params_upper
    assert 6 * row.n_params_median * row.n_tokens_median == pytest.approx(1e21)
    assert "80 %" in allocation._repr_html_()


def test_loss_is_that_of_a_forecast_at_the_optimum(joint_fit: Fit) -> None:
    row = joint_fit.allocate(flops=1e21, family="b").table.iloc[0]
    target = {"family": "b", "n_params": row.n_params_median, "n_tokens": row.n_tokens_median}
    forecast = joint_fit.forecast([target]).table.iloc[0]
    np.testing.assert_allclose(
        [row.loss_median, row.loss_lower, row.loss_upper],
        [forecast.law_median, forecast.law_lower, forecast.law_upper],
        rtol=1e-6,
    )


@pytest.mark.parametrize("served", [1e10, 1e12, 1e15])
def test_optimum_with_serving_against_brute_force(plain_fit: Fit, served: float) -> None:
    fitted, budget, truth = settled(fewer(plain_fit, 2), {"a": TRUTH["a"]}), 1e22, TRUTH["a"]
    found = allocate(fitted, budget, family="a", tokens_served=served)
    n_tokens = np.exp(np.linspace(np.log(1e8), np.log(1e16), 400_001))
    n_params = budget / (6 * n_tokens + 2 * served)
    losses = law("chinchilla").predict({"n_params": n_params, "n_tokens": n_tokens}, truth)
    best = np.argmin(losses)
    row = found.table.iloc[0]
    assert row.n_params_median == pytest.approx(n_params[best], rel=1e-3)
    assert row.n_tokens_median == pytest.approx(n_tokens[best], rel=1e-3)
    assert row.loss_median == pytest.approx(losses[best], rel=1e-9)
    assert row.training_flops_median == pytest.approx(6 * n_params[best] * n_tokens[best], rel=1e-3)
    assert "tokens served" in found._repr_html_()


def test_serving_makes_models_smaller(plain_fit: Fit) -> None:
    rows = [allocate(plain_fit, 1e22, family="a", tokens_served=t).table.iloc[0] for t in (0, 1e6, 1e11, 1e13)]
    assert "tokens_served" not in rows[0]
    assert rows[1].n_params_median == pytest.approx(rows[0].n_params_median, rel=1e-4)
    assert rows[1].n_params_median > rows[2].n_params_median > rows[3].n_params_median
    assert rows[0].loss_median < rows[2].loss_median < rows[3].loss_median
    per_param = [row.tokens_per_param_median for row in rows[1:]]
    assert per_param == sorted(per_param)


def test_a_new_family_is_less_certain(plain_fit: Fit) -> None:
    def width(family: Any) -> Any:
        row = plain_fit.allocate(flops=1e21, family=family).table.iloc[0]
        return np.log(row.n_params_upper / row.n_params_lower)

    assert width(None) > width("a")


def test_an_optimum_far_beyond_the_data_is_flagged(plain_fit: Fit) -> None:
    table = plain_fit.allocate(flops=[1e20, 1e25], family="a").table
    assert table["flag"][0] == ""
    assert "beyond the data" in table["flag"][1]


def test_an_optimum_at_the_edge_is_flagged(plain_fit: Fit) -> None:
    nothing_in_size = settled(plain_fit, {"a": {"A": 1e-3, "alpha": 2.0}})  # everything goes into tokens
    assert "at the edge" in allocate(nothing_in_size, 1e20, family="a").table["flag"][0]


def test_other_inputs_are_held_fixed(made_up: MadeUp) -> None:
    runs = simulated_runs().assign(n_unique_tokens=lambda t: t.n_tokens / 2)
    design = make_design(read_runs(runs), Spec(law("data_constrained"), discrepancy=False))
    tree = to_tree(design, made_up(design), Sampler(), 1)
    with pytest.raises(LawError, match="give the value to hold it at"):
        allocate(FittedLaws(tree), 1e20, family="a")
    for wrong in ({"n_unique_tokens": -1.0}, {"n_unique_token": 1e9}, {"n_unique_tokens": 1e9, "n_params": 1e9}):
        with pytest.raises(InputError, match="n_unique_token"):
            allocate(FittedLaws(tree), 1e20, family="a", at=wrong)
    found = allocate(FittedLaws(tree), 1e20, family="a", at={"n_unique_tokens": 1e9}).dataset
    posterior = tree["posterior"].to_dataset().sel(family="a")
    parameters = {name: posterior[name].to_numpy() for name in law("data_constrained").parameter_names}

    def loss(factor: float) -> Any:
        n_params = found["n_params"].to_numpy()[..., 0] * factor
        inputs = {"n_params": n_params, "n_tokens": 1e20 / 6 / n_params, "n_unique_tokens": 1e9}
        return law("data_constrained").predict(inputs, parameters)

    assert (loss(1.0) <= np.minimum(loss(0.9), loss(1.1))).all()


def test_allocation_of_a_stack_mixes_its_laws(plain_fit: Fit, joint_fit: Fit) -> None:
    own = {"chinchilla": plain_fit, "joint": joint_fit}
    alone = {name: fit.allocate(1e21, family="a") for name, fit in own.items()}
    one = allocate(stack(own, {"chinchilla": 1.0, "joint": 0.0}), 1e21, family="a")
    np.testing.assert_array_equal(one.dataset["n_params"], alone["chinchilla"].dataset["n_params"])
    both = allocate(stack(own, {"chinchilla": 0.5, "joint": 0.5}), 1e21, family="a")
    mine = [(both.dataset["n_params"] == answer.dataset["n_params"]).to_numpy() for answer in alone.values()]
    assert np.logical_or(*mine).all()
    assert mine[0].mean() == pytest.approx(0.5, abs=0.01)
    medians = sorted(answer.table["n_params_median"][0] for answer in alone.values())
    median = both.table["n_params_median"][0]  # of half of the draws of each law: within Monte Carlo error
    assert 0.98 * medians[0] <= median <= 1.02 * medians[1]


def test_a_stack_takes_the_inputs_of_each_law(made_up: MadeUp) -> None:
    runs = read_runs(simulated_runs().assign(n_unique_tokens=lambda t: t.n_tokens / 2))
    members = {}
    for name in ("chinchilla", "data_constrained"):
        design = make_design(runs, Spec(law(name), discrepancy=False))
        members[name] = Fit(to_tree(design, made_up(design), Sampler(), 1))
    both = stack(members, {"chinchilla": 0.5, "data_constrained": 0.5})
    with pytest.raises(LawError, match="also takes n_unique_tokens"):
        allocate(both, 1e20, family="a")
    row = allocate(both, 1e20, family="a", at={"n_unique_tokens": 1e9}).table.iloc[0]
    assert row.n_params_lower < row.n_params_median < row.n_params_upper


def test_allocate_refuses_wrong_arguments(plain_fit: Fit, made_up: MadeUp) -> None:
    wrong: Any
    for wrong in (0, -1e20, np.nan, "much", [], [1e20, np.inf], [[1e20]]):
        with pytest.raises(InputError, match="flops="):
            plain_fit.allocate(flops=wrong)
    for wrong in (-1.0, np.nan, np.inf, "many", True, [1e12]):
        with pytest.raises(InputError, match="tokens_served="):
            allocate(plain_fit, 1e20, tokens_served=wrong)
    with pytest.raises(InputError, match="above 2e\\+19"):  # serving alone costs more, however small the model
        allocate(plain_fit, 1e19, tokens_served=1e15)
    with pytest.raises(InputError, match="Did you mean 'a'"):
        plain_fit.allocate(flops=1e20, family="aa")
    with pytest.raises(InputError, match="at="):
        allocate(plain_fit, 1e20, at=5)  # type: ignore[arg-type]
    runs = simulated_runs().assign(flops=lambda t: 6 * t.n_params * t.n_tokens)
    design = make_design(read_runs(runs), Spec(law("power_floor"), discrepancy=False))
    with pytest.raises(LawError, match="n_params and n_tokens"):
        allocate(FittedLaws(to_tree(design, made_up(design), Sampler(), 1)), 1e20)
