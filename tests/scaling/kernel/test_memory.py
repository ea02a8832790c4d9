"""Memory of generated code: enough for what is asked, and a mark where there is none."""

import numpy as np
from llvmlite import ir

from bayescale.scaling.kernel.elementary import DOUBLE, WHOLE
from bayescale.scaling.kernel.memory import NO_MEMORY, allocated, released


def module_that_allocates() -> ir.Module:
    """A density that allocates as many numbers as its first argument says and returns 1, or the mark."""
    pointer = DOUBLE.as_pointer()
    module = ir.Module(name="memory")
    kind = ir.FunctionType(DOUBLE, (WHOLE, pointer, WHOLE, pointer, pointer, pointer))
    function = ir.Function(module, kind, "density")
    builder = ir.IRBuilder(function.append_basic_block())
    memory, is_missing = allocated(builder, function.args[0])
    with builder.if_then(is_missing):
        builder.ret(builder.bitcast(ir.Constant(WHOLE, NO_MEMORY), DOUBLE))
    released(builder, memory)
    builder.ret(ir.Constant(DOUBLE, 1.0))
    return module


def test_the_mark_is_a_nan_that_arithmetic_does_not_give() -> None:
    mark = np.array([NO_MEMORY], dtype=np.uint64).view(np.float64)[0]
    assert np.isnan(mark)
    with np.errstate(all="ignore"):
        ordinary = np.array([np.float64(0.0) / 0.0, np.inf - np.inf, np.log(-1.0)])
    assert NO_MEMORY not in ordinary.view(np.uint64).tolist()


def test_memory_that_no_machine_has_is_reported() -> None:
    text = str(module_that_allocates())
    assert "malloc" in text
    assert "free" in text
    assert str(NO_MEMORY) in text
