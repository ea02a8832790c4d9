"""Known columns: axes, possible values, and their words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.quantities import KNOWN, SIZES, Quantity, from_axis, impossible, to_axis


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
