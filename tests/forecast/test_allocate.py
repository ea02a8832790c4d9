"""Is the compute-optimal run the one that loses least?"""

from typing import Any

import numpy as np
import pytest

from bayescale.data.runs import read_runs
from bayescale.errors import InputError, LawError
from bayescale.fitted import Fit
from bayescale.forecast.allocate import allocate
from bayescale.inference.design import Spec, make_design
from bayescale.inference.posterior import to_tree
from bayescale.inference.sample import Sampler
from bayescale.laws import law
from tests.conftest import MadeUp, simulated_runs


def test_optimum_of_chinchilla_in_closed_form(plain_fit: Fit) -> None:
    found = plain_fit.allocate(flops=[1e20, 1e22], family="a").dataset
    posterior = plain_fit.tree["posterior"].to_dataset().sel(family="a")
    a, b = posterior["alpha"], posterior["beta"]
    ratio = (a * posterior["A"] / (b * posterior["B"])) ** (1 / (a + b))  # Hoffmann et al. 2022, equation 4
    for i, budget in enumerate((1e20, 1e22)):
        expected = ratio * (budget / 6) ** (b / (a + b))
        np.testing.assert_allclose(found["n_params"][..., i], expected, rtol=1e-4)
        np.testing.assert_allclose(found["n_tokens"][..., i] * expected * 6, budget, rtol=1e-4)


def test_table(joint_fit: Fit) -> None:
    allocation = joint_fit.allocate(flops=1e21, prob=0.8, family="b")
    names = ["n_params", "n_tokens", "tokens_per_param", "loss"]
    summaries = [f"{name}_{what}" for name in names for what in ("median", "lower", "upper")]
    assert allocation.table.columns.tolist() == ["family", "flops", *summaries, "extrapolation", "flag"]
    row = allocation.table.iloc[0]
    assert row.n_params_lower < row.n_params_median < row.n_params_upper
    assert 6 * row.n_params_median * row.n_tokens_median == pytest.approx(1e21)
    assert "80 %" in allocation._repr_html_()


def test_loss_is_that_of_a_forecast_there(joint_fit: Fit) -> None:
    row = joint_fit.allocate(flops=1e21, family="b").table.iloc[0]
    target = {"family": "b", "n_params": row.n_params_median, "n_tokens": row.n_tokens_median}
    forecast = joint_fit.forecast([target]).table.iloc[0]
    np.testing.assert_allclose(
        [row.loss_median, row.loss_lower, row.loss_upper],
        [forecast.law_median, forecast.law_lower, forecast.law_upper],
        rtol=1e-6,
    )


def test_a_new_family_is_less_certain(plain_fit: Fit) -> None:
    def width(family: Any) -> Any:
        row = plain_fit.allocate(flops=1e21, family=family).table.iloc[0]
        return np.log(row.n_params_upper / row.n_params_lower)

    assert width(None) > width("a")


def test_distance_is_flagged(plain_fit: Fit) -> None:
    table = plain_fit.allocate(flops=[1e20, 1e25], family="a").table
    assert table["flag"][0] == ""
    assert "beyond the data" in table["flag"][1]


def test_an_optimum_at_the_edge_is_flagged(plain_fit: Fit) -> None:
    tree = plain_fit.tree.copy(deep=True)
    tree["posterior"]["A"].data[:] = 1e-3  # size hardly matters: everything goes into tokens
    tree["posterior"]["alpha"].data[:] = 2.0
    assert "at the edge" in allocate(tree, 1e20, family="a").table["flag"][0]


def test_what_cannot_be_allocated(plain_fit: Fit, made_up: MadeUp) -> None:
    wrong: Any
    for wrong in (0, -1e20, np.nan, "much", [], [1e20, np.inf]):
        with pytest.raises(InputError, match="flops="):
            plain_fit.allocate(flops=wrong)
    with pytest.raises(InputError, match="Did you mean 'a'"):
        plain_fit.allocate(flops=1e20, family="aa")
    runs = simulated_runs().assign(flops=lambda t: 6 * t.n_params * t.n_tokens)
    design = make_design(read_runs(runs), Spec(law("power_floor"), discrepancy=False))
    with pytest.raises(LawError, match="n_params and n_tokens"):
        allocate(to_tree(design, made_up(design), Sampler(), 1), 1e20)
