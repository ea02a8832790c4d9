"""The projection without parameters: values at, between and beyond its two sizes, and refused input."""

import math

import numpy as np
import pytest

from bayescale import projektor
from bayescale.errors import InputError, LawError
from bayescale.scaling_laws.registry import law


def test_projection_is_linear_in_log_size() -> None:
    # two sizes a decade apart: each further decade takes away what the first did
    projected = projektor([3.0, 2.6], [1e4, 1e5], [1e4, 1e5, 1e6, 1e3, math.sqrt(1e9)])
    assert projected == pytest.approx([3.0, 2.6, 2.2, 3.4, 2.8])


def test_projection_broadcasts_over_draws_and_sizes() -> None:
    draws = np.random.default_rng(1).normal([3.0, 2.6], 0.01, size=(4, 5, 2))
    several, single = projektor(draws, [1e4, 1e5], [1e6, 1e7]), projektor(draws, [1e4, 1e5], 1e6)
    assert several.shape == (4, 5, 2)
    assert single.shape == (4, 5)
    assert several[..., 0] == pytest.approx(single)
    assert several[..., 1].std() > several[..., 0].std()  # farther away, the same noise counts for more


@pytest.mark.parametrize(
    ("responses", "sizes", "at", "message"),
    [
        ([3.0, 2.6, 2.2], [1e4, 1e5], 1e6, "length 2"),
        ([3.0, 2.6], [1e4, 1e5, 1e6], 1e6, r"shape \(2,\), not \(3,\)"),
        ([3.0, math.nan], [1e4, 1e5], 1e6, "finite"),
        ([3.0, 2.6], [1e4, 1e4], 1e6, "different"),
        ([3.0, 2.6], [0.0, 1e4], 1e6, "above 0"),
        ([3.0, 2.6], [1e3, 1e4], -1.0, "above 0"),
    ],
)
def test_invalid_input_is_refused(responses: object, sizes: object, at: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        projektor(responses, sizes, at)  # type: ignore[arg-type]


def test_law_of_this_name_points_to_the_function() -> None:
    with pytest.raises(LawError, match=r"bayescale\.projektor"):
        law("projektor")
