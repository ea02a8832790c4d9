"""Roots of monotone functions, and thresholds of conditions on whole numbers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.risk.root_finding import increasing_root, largest_integer


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8))
def test_root_of_a_cubic(roots: list[float]) -> None:
    targets = np.array(roots)
    found = increasing_root(lambda x, root: (x - root) ** 3 + (x - root), -100.0, 100.0, (targets,))
    np.testing.assert_allclose(found, targets, atol=1e-9)


def test_root_outside_the_range_is_the_nearest_end() -> None:
    found = increasing_root(lambda x, root: x - root, 0.0, 1.0, (np.array([-3.0, 0.25, 7.0]),))
    np.testing.assert_allclose(found, [0.0, 0.25, 1.0])


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=8))
def test_largest_integer_below_a_threshold(thresholds: list[int]) -> None:
    limits = np.array(thresholds, dtype=float)
    found = largest_integer(lambda n: n <= limits, limits.shape, -1, 2e12)
    np.testing.assert_array_equal(found, limits)


def test_largest_integer_of_a_condition_that_never_holds() -> None:
    assert largest_integer(lambda n: n < 0, (1,), 0, 100.0).tolist() == [0.0]
