"""Test accelerator hours, days and money of compute."""

from typing import Any

import pytest

from bayescale.errors import InputError
from bayescale.scaling.decisions.hardware import Hardware
from bayescale.scaling.result import Fit

H100 = Hardware("h100", mfu=0.4, price_per_hour=2.5, count=1024)


def test_hours_days_and_money_of_a_budget(plain_fit: Fit) -> None:
    """Llama 3 405B: 3.8e25 FLOP at 41 % of 989 TFLOP/s are 26 million hours of H100s (arXiv 2407.21783: 30.84)."""
    hours = 3.8e25 / (989e12 * 0.4 * 3600)
    row = plain_fit.allocate(3.8e25, family="a", hardware=H100).table.iloc[0]
    assert row.accelerator_hours == pytest.approx(hours)
    assert row.price == pytest.approx(2.5 * hours)
    assert row.days == pytest.approx(hours / 1024 / 24)
    bare = plain_fit.allocate(3.8e25, family="a", hardware=Hardware(989e12, 0.4)).table
    assert bare["accelerator_hours"][0] == pytest.approx(hours)
    assert not {"price", "days"} & set(bare)


def test_a_budget_of_money_buys_the_compute_it_pays_for(plain_fit: Fit) -> None:
    flops = H100.flops(price=1e6)
    assert plain_fit.allocate(flops, hardware=H100).table["price"][0] == pytest.approx(1e6)


def test_required_money_has_the_interval_of_compute(plain_fit: Fit) -> None:
    row = plain_fit.required(2.3, family="a", hardware=H100).table.iloc[0]
    for end in ("median", "lower", "upper"):
        assert row[f"price_{end}"] / 2.5 == pytest.approx(row[f"flops_{end}"] / (989e12 * 0.4 * 3600))
    never = plain_fit.required(0.1, family="a", hardware=H100).table.iloc[0]
    assert never.price_median == float("inf")


def test_candidates_cost_hours(plain_fit: Fit) -> None:
    candidates = [{"n_params": 1e9, "n_tokens": 2e10, "family": "a"}]
    target = {"n_params": 7e9, "n_tokens": 1.4e11, "family": "a"}
    table = plain_fit.plan(candidates, target, hardware=H100, repeats=2).table
    assert table["accelerator_hours"][0] == pytest.approx(2 * 1.2e20 / (989e12 * 0.4 * 3600))
    with pytest.raises(InputError, match="needs costs in FLOP"):
        plain_fit.plan([{**candidates[0], "hours": 3}], target, cost="hours", hardware=H100)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("H1000", 0.4), "Did you mean 'H100'"),
        (("H100", 40.0), "mfu=40.0 must be a share"),
        ((989.0, 0.4), "peak between"),
        (("H100", 0.4, -1.0), "price_per_hour=-1.0"),
        (("H100", 0.4, 2.0, 0), "count=0"),
    ],
)
def test_wrong_hardware_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Hardware(*arguments)


def test_all_problems_are_listed_and_money_needs_a_price() -> None:
    with pytest.raises(InputError) as caught:
        Hardware("H1", 2.0, 0.0)
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError, match="price_per_hour"):
        Hardware("H100", 0.4).flops(1e6)
