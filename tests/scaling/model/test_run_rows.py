"""Test sums over the rows of runs, in NumPy and PyTensor."""

import numpy as np
import pytensor
import pytensor.tensor as pt
from hypothesis import given
from hypothesis import strategies as st

from bayescale.scaling.model.run_rows import RunRows, sum_by_run


def test_sums_do_not_need_sorted_rows() -> None:
    rows = RunRows(np.array([2, 0, 2, 1]), np.full(4, np.inf), 3)
    np.testing.assert_array_equal(sum_by_run(np.array([[1.0, 10.0, 100.0, 1000.0]]), rows, np), [[10.0, 1000.0, 101.0]])


@given(st.lists(st.integers(0, 4), max_size=20), st.randoms())
def test_sums_are_those_of_the_rows_of_each_run(extra: list[int], random: object) -> None:
    runs = [*range(5), *extra]  # every run has a row
    random.shuffle(runs)  # type: ignore[attr-defined]
    run = np.array(runs)
    values = np.arange(2.0 * len(run)).reshape(2, -1) ** 2
    expected = np.column_stack([values[:, run == k].sum(axis=1) for k in range(5)])
    np.testing.assert_array_equal(sum_by_run(values, RunRows(run, np.full(len(run), np.inf), 5), np), expected)


def test_tensors_sum_as_arrays_do() -> None:
    run, values = np.array([0, 2, 1, 2, 0, 0]), np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    vector = pt.vector("values", dtype="float64")
    sums = sum_by_run(vector, RunRows(pt.as_tensor(run), None, 3), pt)
    compiled = pytensor.function([vector], sums, mode="FAST_COMPILE")
    np.testing.assert_array_equal(compiled(values), [49.0, 4.0, 10.0])
