"""Medians and intervals of draws, and the numbers that ask for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from bayescale.core.summary import (
    median_and_interval,
    number,
    numbers,
    require_prob,
    summaries,
    summarise,
    summarise_reached,
)
from bayescale.errors import InputError


@given(st.floats(0.01, 0.99))
def test_intervals_of_a_normal_distribution(prob: float) -> None:
    """An even grid of normal quantiles has the quantiles of scipy."""
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000, 3.0, 2.0)
    expected = norm.ppf([0.5, (1 - prob) / 2, (1 + prob) / 2], 3.0, 2.0)
    np.testing.assert_allclose(median_and_interval(draws, prob), expected, atol=0.02)


def test_columns_summarise_chains_and_draws_of_each_row() -> None:
    draws = np.arange(101.0).repeat(3).reshape(101, 3)[None] + [0.0, 1000.0, 2000.0]
    columns = summarise(np.concatenate([draws, draws]), 0.8, "loss")
    assert list(columns) == ["loss_median", "loss_lower", "loss_upper"]
    np.testing.assert_allclose(columns["loss_median"], [50, 1050, 2050])
    np.testing.assert_allclose(columns["loss_lower"], [10, 1010, 2010], atol=0.5)
    assert [*summaries({"a": draws, "b": draws}, 0.8)] == [f"{name}_{end}" for name in "ab" for end in ENDS]


ENDS = ("median", "lower", "upper")


@pytest.mark.parametrize(
    ("n_infinite", "infinite"),
    [(0, ()), (4, ()), (6, ("upper",)), (50, ("upper",)), (51, ("median", "upper")), (96, ENDS)],
)
def test_quantiles_are_infinite_where_the_share_of_draws_is(n_infinite: int, infinite: tuple[str, ...]) -> None:
    draws = np.where(np.arange(100) < 100 - n_infinite, np.linspace(1, 2, 100), np.inf).reshape(4, 25)
    columns = summarise_reached(draws, 0.9, "flops")
    assert {name for name in ENDS if np.isinf(columns[f"flops_{name}"])} == {*infinite}
    assert all(value in draws for value in columns.values())


@pytest.mark.parametrize("prob", [0, 1, 1.5, -0.1, float("nan"), True, "0.9", None])
def test_a_probability_lies_strictly_between_0_and_1(prob: float) -> None:
    with pytest.raises(InputError, match=r"prob=.* must lie between 0 and 1"):
        require_prob(prob)


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("x", "must be a number, or several, such as 2"),
        (10**400, "must be a number, or several"),
        ([], "must be finite and above 0"),
        ([1.0, 0.0], "must be finite and above 0"),
        ([[1.0]], "must be finite"),
        (float("nan"), "must be finite"),
        ([1e61], "must be at most 1e\\+60"),
    ],
)
def test_numbers_that_cannot_be_used_are_named(value: object, allowed: str) -> None:
    with pytest.raises(InputError, match=f"loss=.*{allowed}"):
        numbers("loss", value, "such as 2")


def test_one_number_or_several() -> None:
    assert numbers("loss", 2, "such as 2").tolist() == [2.0]
    assert numbers("loss", (1, 2.5), "such as 2").tolist() == [1.0, 2.5]
    assert numbers("loss", -3, "such as 2", least=-np.inf).tolist() == [-3.0]
    assert number("loss", np.float32(2), "such as 2") == 2.0
    for several in ([2.0], [1.0, 2.0], True):
        with pytest.raises(InputError, match="must be one number, such as 2"):
            number("loss", several, "such as 2")
