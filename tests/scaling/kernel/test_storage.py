"""Loops, blocks of rows and addresses of kept vectors."""

import ctypes
from collections.abc import Callable

import numpy as np
import pytest
from llvmlite import ir

from bayescale.scaling.kernel.elementary import DOUBLE, WHOLE, number
from bayescale.scaling.kernel.emission import NAME
from bayescale.scaling.kernel.machine_code import compiled, loaded
from bayescale.scaling.kernel.recorder import gathered, total
from bayescale.scaling.kernel.storage import BLOCK, LANES, Element, counted, joined, lanes, whole
from tests.scaling.kernel.evaluation import Recorded, compiled_function


def call(write: Callable[[ir.IRBuilder, ir.Value], ir.Value], length: int) -> float:
    """What statements return for a length."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(DOUBLE, (WHOLE,)), NAME)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    builder.ret(write(builder, function.args[0]))
    kernel = loaded(compiled(str(module)))
    return float(ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)(kernel.address)(length))


@pytest.mark.parametrize("length", [0, 1, 3, 4, 5, 9])
@pytest.mark.parametrize("step", [1, LANES])
def test_statements_are_repeated_up_to_the_length(length: int, step: int) -> None:
    def write(builder: ir.IRBuilder, bound: ir.Value) -> ir.Value:
        total = builder.alloca(DOUBLE)
        builder.store(number(0.0), total)
        with counted(builder, bound, step) as index:
            part = builder.fadd(builder.sitofp(index, DOUBLE), number(100.0))
            builder.store(builder.fadd(builder.load(total), part), total)
        return builder.load(total)

    assert call(write, length) == sum(100 + i for i in range(0, length, step))


def test_lanes_are_in_the_order_in_which_they_were_joined() -> None:
    def write(builder: ir.IRBuilder, bound: ir.Value) -> ir.Value:
        vector = joined(builder, [number(10.0**k) for k in range(LANES)])
        assert vector.type == BLOCK
        first, *others = lanes(builder, vector)
        value = first
        for k, each in enumerate(others, start=2):
            value = builder.fadd(value, builder.fmul(number(float(k)), each))
        return value

    assert call(write, 0) == 4321.0


def test_an_element_is_its_only_row() -> None:
    element = Element(whole(3))
    assert element.rows == (element.first,)


@pytest.mark.parametrize("n_obs", range(1, 11))
def test_every_row_counts_once_whatever_is_left_of_the_last_block(n_obs: int) -> None:
    """Values that are kept for a second loop, too: sums of squares about the mean."""
    recorded = Recorded()
    values = gathered(recorded.first, "family") * recorded.column(4)
    centred = total((values - recorded.xp.mean(values)) ** 2)
    rng = np.random.default_rng(n_obs)
    table = rng.uniform(1, 2, (n_obs, 7))
    table[:, 1] = rng.integers(0, 3, n_obs)
    point = rng.uniform(1, 2, 9)
    function = compiled_function(centred, recorded.elements, (recorded.number,) * 4, table)
    expected = point[3:6][table[:, 1].astype(int)] * table[:, 4]
    assert function(point)[0] == pytest.approx(n_obs * np.var(expected), rel=1e-12, abs=1e-14)
