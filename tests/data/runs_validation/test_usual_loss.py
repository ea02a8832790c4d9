"""The usual loss is that of the published law, and missing sizes are compute-optimal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.runs_validation.usual_loss import (
    Columns,
    expected_loss,
    finite_values,
    median_exceeds,
    row_number,
    sizes_of,
)


def test_the_published_law() -> None:
    loss = expected_loss(np.array([70e9]), np.array([1.4e12]))[0]
    assert loss == pytest.approx(1.69 + 406.4 / 70e9**0.34 + 410.7 / 1.4e12**0.28)
    assert expected_loss(np.array([1e30]), np.array([1e30]))[0] == pytest.approx(1.69, abs=1e-4)


def test_missing_sizes_have_twenty_tokens_per_parameter() -> None:
    rows = {"row": np.arange(1.0, 4.0)}
    size, data = sizes_of(Columns({**rows, "flops": np.array([1.2e20, np.nan, -1.0])}))
    assert size[0] == pytest.approx(1e9)
    assert data[0] == pytest.approx(2e10)
    assert np.isnan(size[1:]).all()
    size, data = sizes_of(Columns({**rows, "n_tokens": np.full(3, 2e9)}))
    assert size.tolist() == [1e8] * 3
    assert np.isnan(sizes_of(Columns({**rows, "n_params": np.full(3, 1e8), "step": np.ones(3)}))[0]).all()


def test_values_and_rows() -> None:
    table = Columns({"x": np.array([1.0, np.nan, np.inf]), "row": np.array([4.0, 5.0, 6.0])})
    assert finite_values(table, "x").tolist() == [1.0]
    assert row_number(table, 2) == 6


@given(
    st.lists(st.sampled_from([-np.inf, 1.0, 2.0, 3.0, np.inf, np.nan]), max_size=9), st.sampled_from([1.0, 1.5, 2.0])
)
def test_the_median_is_compared_without_sorting(values: list[float], bound: float) -> None:
    numbers = np.array(values)
    counted = numbers[~np.isnan(numbers)]
    with np.errstate(invalid="ignore"):
        assert median_exceeds(numbers, bound) == bool(len(counted) and np.median(counted) > bound)


def test_the_usual_loss_is_that_of_the_sizes() -> None:
    table = Columns({"row": np.arange(2.0), "n_params": np.array([1e8, np.nan]), "n_tokens": np.array([2e9, 4e9])})
    np.testing.assert_array_equal(table.usual_loss, expected_loss(np.array([1e8, 2e8]), np.array([2e9, 4e9])))
