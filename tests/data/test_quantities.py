"""Known columns: axes, possible values, and their words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.quantities import (
    KNOWN,
    SIZES,
    WEIGHT,
    Quantity,
    from_axis,
    impossible,
    known_columns,
    known_quantity,
    to_axis,
    wrong_weight_sums,
)


@given(st.sampled_from([*KNOWN, "unknown"]), st.lists(st.floats(1e-9, 1e30), min_size=1, max_size=4))
def test_values_return_from_their_axis(name: str, values: list[float]) -> None:
    array = np.array(values)
    np.testing.assert_allclose(from_axis(name, to_axis(name, array)), array, rtol=1e-12)


def test_axes_are_logarithmic_but_for_quantities_that_may_be_zero() -> None:
    assert to_axis("n_params", math.e**20) == pytest.approx(20.0)
    assert to_axis("unknown", math.e) == pytest.approx(1.0)
    assert to_axis("sparsity", 0.0) == 0.0
    assert from_axis("days", 30.0) == 30.0


@given(st.sampled_from(list(KNOWN)), st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=6))
def test_impossible_values_are_those_outside_the_bounds(name: str, values: list[float]) -> None:
    known = KNOWN[name]
    allows_zero = known.axis == "linear"
    expected = [
        place
        for place, value in enumerate(values)
        if not math.isfinite(value)
        or value > known.most
        or value < known.least
        or (known.least == 0 and value == 0 and not allows_zero)
    ]
    assert [place for place, _ in impossible(name, values)] == expected


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        (Quantity("tokens", 1, 2), "more than 0 (tokens)"),
        (Quantity("days", 0, 2, axis="linear"), "0 or more (days)"),
        (Quantity("streams", 1, 9, least=1), "at least 1 (streams)"),
        (Quantity("share", 0, 1, most=1), "more than 0 and at most 1 (share)"),
    ],
)
def test_possible_values_in_words(quantity: Quantity, words: str) -> None:
    assert quantity.allowed == words


def test_plausible_values_are_possible() -> None:
    for name, known in KNOWN.items():
        assert known.low < known.high, name
        assert not impossible(name, [min(known.high, known.most)]), name
    assert all(KNOWN[name].count for name in SIZES)


def test_columns_of_weights_are_known_shares() -> None:
    names = ["run", "n_tokens", "weight_web", "lossy", "weight_code"]
    assert known_columns(names) == ["n_tokens", "weight_web", "weight_code"]
    assert impossible("weight_web", [0.0, 1.0, 1.1, -0.1]) == [(2, WEIGHT.allowed), (3, WEIGHT.allowed)]
    assert to_axis("weight_web", 0.0) == from_axis("weight_web", 0.0) == 0.0
    assert known_quantity("height_web") is None


def test_sums_of_weights_other_than_one_are_found() -> None:
    assert wrong_weight_sums([[0.5, 0.5], [0.5, 0.4], [0.335, 0.67]]) == [(1, pytest.approx(0.9))]
    assert wrong_weight_sums([[0.2], [0.3]]) == []
