"""A recording over every axis computes what NumPy does, whatever the lengths of the axes."""

import ctypes

import llvmlite.binding as llvm
import numpy as np
import pytest

from bayescale.scaling.kernel.derivatives import gradient
from bayescale.scaling.kernel.emission import NAME, Recording, module_of
from bayescale.scaling.kernel.machine_code import compiled, loaded
from bayescale.scaling.kernel.nodes import Node
from bayescale.scaling.kernel.recorder import gathered, matrix_times, total, transpose_times
from tests.scaling.kernel.evaluation import FIRST_FUNCTION, LENGTHS, N_COLUMNS, SIZE, Array, Recorded, constants, rows


def recorded_value(r: Recorded) -> Node:
    """A value that passes through every axis and every structural operation."""
    mean = gathered(r.xp.exp(r.first), "family") * r.column(4) + matrix_times(r.weights, FIRST_FUNCTION)
    residuals = r.column(0) - mean
    differences = residuals - r.number * r.xp.previous(residuals)
    per_run = r.xp.log(1 + r.xp.sum_by_run(differences**2))
    shrunk = total((r.weights - transpose_times(residuals, FIRST_FUNCTION)) ** 2)
    centred = residuals - r.xp.mean(residuals)
    return total(per_run) + shrunk / r.constant(2) + total(centred**2) * r.constant(3) + r.xp.mean(r.second**2)


def expected_value(point: Array, table: Array, others: Array, n_families: int) -> float:
    number, weights, first, second = point[0], point[1:3], point[3 : 3 + n_families], point[3 + n_families :]
    family, run, matrix = table[:, 1].astype(int), table[:, 2].astype(int), table[:, FIRST_FUNCTION:]
    residuals = table[:, 0] - np.exp(first)[family] * table[:, 4] - matrix @ weights
    differences = residuals - number * np.concatenate([residuals[:1], residuals[:-1]])
    per_run = np.log(1 + np.bincount(run, differences**2, minlength=int(others[1])))
    shrunk = ((weights - residuals @ matrix) ** 2).sum()
    centred = residuals - residuals.mean()
    return float(per_run.sum() + shrunk / others[2] + (centred**2).sum() * others[3] + (second**2).mean())


def compile_value() -> object:
    recorded = Recorded()
    value = recorded_value(recorded)
    slopes = tuple(gradient(value, recorded.elements))
    return loaded(compiled(str(module_of(Recording(value, recorded.elements, slopes, LENGTHS["basis"], N_COLUMNS)))))


def data(n_families: int, n_runs: int, n_obs: int) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(n_obs)
    table = rng.uniform(0.5, 2.0, (n_obs, N_COLUMNS))
    table[:, 1], table[:, 2] = np.arange(n_obs) % n_families, np.arange(n_obs) * n_runs // n_obs
    return rng.uniform(0.3, 1.0, 3 + 2 * n_families), table, np.array([n_families, n_runs, 1.5, 0.25])


@pytest.mark.parametrize("lengths", [(3, 4, 9), (1, 1, 1), (2, 5, 5), (7, 30, 203)])
def test_one_function_serves_data_of_every_length(lengths: tuple[int, int, int]) -> None:
    kernel, (point, table, others) = compile_value(), data(*lengths)
    written = np.full(len(point) + 1, np.nan)
    addresses = (table.ctypes.data, others.ctypes.data, written.ctypes.data)

    def value_at(there: Array) -> float:
        return kernel.function(len(there), there.ctypes.data, len(table), *addresses)  # type: ignore[attr-defined]

    assert value_at(point) == pytest.approx(expected_value(point, table, others, lengths[0]), rel=1e-13)
    slopes = written.copy()
    steps = 1e-6 * np.eye(len(point))
    measured = [(value_at(point + step) - value_at(point - step)) / 2e-6 for step in steps]
    np.testing.assert_allclose(slopes[:-1], measured, rtol=1e-6, atol=1e-9 * abs(value_at(point)))
    assert np.isnan(slopes[-1])  # nothing is written beyond the point


def test_data_are_not_written_to() -> None:
    kernel = compile_value()
    point, table, others, written = np.ones(SIZE), rows(), constants(), np.empty(SIZE)
    before = point.copy(), table.copy(), others.copy()
    addresses = (table.ctypes.data, others.ctypes.data, written.ctypes.data)
    values = [kernel.function(SIZE, point.ctypes.data, len(table), *addresses) for _ in range(3)]  # type: ignore[attr-defined]
    assert values[0] == values[1] == values[2]
    for part, same in zip((point, table, others), before, strict=True):
        np.testing.assert_array_equal(part, same)


def test_a_recording_is_written_the_same_each_time() -> None:
    texts = set()
    for _ in range(2):
        recorded = Recorded()
        value = recorded_value(recorded)
        slopes = tuple(gradient(value, recorded.elements))
        texts.add(str(module_of(Recording(value, recorded.elements, slopes, LENGTHS["basis"], N_COLUMNS))))
    assert len(texts) == 1


def test_a_value_that_is_constant_needs_no_loop() -> None:
    recorded = Recorded()
    recording = Recording(recorded.tape.number(2.5), (recorded.number,), (recorded.tape.number(0.0),), 0, 1)
    module = module_of(recording)
    llvm.parse_assembly(str(module)).verify()
    kernel, written = loaded(compiled(str(module))), np.array([np.nan])
    pointer = written.ctypes.data_as(ctypes.c_void_p)
    assert kernel.function(1, pointer, 0, constants().ctypes.data, constants().ctypes.data, pointer) == 2.5
    assert written[0] == 0.0
    assert [function.name for function in module.functions if not function.is_declaration] == [NAME]
