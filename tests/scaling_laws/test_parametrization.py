"""Data-centred coordinates: level, slopes and shares."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.scaling_laws.parametrization import natural, reducible_at_centre, term_names
from bayescale.scaling_laws.registry import law

EXPONENT = st.floats(0.05, 0.8)
SLOPE = st.floats(0.01, 0.5)


@given(a=EXPONENT, b=EXPONENT, slope_n=SLOPE, slope_d=SLOPE, q=st.floats(0.3, 1.5), level=st.floats(3.0, 9.0))
def test_coordinates_are_the_level_and_the_slopes_at_the_centre(
    a: float, b: float, slope_n: float, slope_d: float, q: float, level: float
) -> None:
    entry = law("joint")
    centre = {"n_params": 3e8, "n_tokens": 7e9}
    shapes = {"alpha": a, "beta": b, "q": q}
    computed = natural(entry, level, {"A": slope_n, "B": slope_d}, shapes, centre, np)
    assert entry.predict(centre, computed) == pytest.approx(level)
    for column, slope in (("n_params", slope_n), ("n_tokens", slope_d)):
        up, down = ({**centre, column: centre[column] * math.exp(step)} for step in (1e-4, -1e-4))
        measured = (entry.predict(down, computed) - entry.predict(up, computed)) / 2e-4
        assert measured == pytest.approx(slope, rel=1e-4)
    assert computed["E"] == pytest.approx(level - reducible_at_centre(entry, {"A": slope_n, "B": slope_d}, shapes))


def test_without_a_floor_the_level_is_the_law_at_the_centre() -> None:
    entry = law("kaplan")
    assert term_names(entry) == ("N_c",)
    centre = {"n_params": 3e8, "n_tokens": 7e9}
    computed = natural(entry, 3.2, {"N_c": 0.3}, {"alpha_N": 0.08, "alpha_D": 0.1}, centre, np)
    assert entry.predict(centre, computed) == pytest.approx(3.2)
