"""Test isoFLOP curves against forecasts and `allocate`."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.scaling.decisions.isoflop import isoflop
from bayescale.scaling.result import Fit

TIED = {"E": 1.7, "A": 400.0, "alpha": 0.3, "B": 500.0, "beta": 0.3}


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


def test_isoflop_intervals_are_wider_away_from_the_data(joint_fit: Fit) -> None:
    table = isoflop(joint_fit, 1e20, family="a").table
    width = np.log(table["loss_upper"].to_numpy() / table["loss_lower"].to_numpy())
    assert width[20] < min(width[0], width[-1])


def test_isoflop_curves_end_at_the_smallest_run(plain_fit: Fit) -> None:
    table = isoflop(plain_fit, 1e13, family="a", span=1e6).table
    assert table["n_params"].min() >= 0.999e4
    assert table["n_tokens"].min() >= 0.999e4
    with pytest.raises(InputError, match="span="):
        isoflop(plain_fit, 1e20, span=1.0)


def test_rows_at_a_budget_are_those_of_the_family_within_a_tenth_of_its_compute(plain_fit: Fit) -> None:
    design = plain_fit.designs[0]
    flops = 6 * design.inputs["n_params"] * design.inputs["n_tokens"]
    family = np.array(design.families)[design.family]
    budget = float(flops[family == "a"][0])
    of_a, of_all = (isoflop(plain_fit, [budget, 1e30], family=name).measured for name in ("a", None))
    near = np.abs(np.log(flops / budget)) <= np.log(1.1)
    assert len(of_a) == (near & (family == "a")).sum() > 0
    assert len(of_all) == near.sum()
    assert set(of_a["flops"]) == {budget}
    losses = design.natural(design.scaled_response)[near & (family == "a")]
    np.testing.assert_allclose(np.sort(of_a["loss"]), np.sort(losses))
