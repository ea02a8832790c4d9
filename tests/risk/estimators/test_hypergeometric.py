"""The log probability that draws without replacement avoid marked ones, against exact fractions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.risk.estimators.hypergeometric import log_avoidance


@settings(deadline=None)
@given(st.integers(1, 200), st.data())
def test_log_avoidance_is_a_ratio_of_binomials(n: int, data: st.DataObject) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    ways = math.comb(n - c, k)
    result = float(log_avoidance(n, c, k))
    if not ways:
        assert result == -np.inf
    else:
        assert result == pytest.approx(math.log(ways) - math.log(math.comb(n, k)), rel=1e-11, abs=1e-11)


def test_arguments_broadcast() -> None:
    assert log_avoidance(10, np.array([1, 2]), np.array([[1], [2], [3]])).shape == (3, 2)
