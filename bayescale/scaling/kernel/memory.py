"""Memory that generated code allocates, and what a density returns where there is none."""

from llvmlite import ir

from bayescale.scaling.kernel.elementary import DOUBLE, WHOLE

ARRAY = DOUBLE.as_pointer()
NUMBER_BYTES = 8
#: What a density returns where there is no memory for its vectors: the bits of a NaN that no arithmetic gives.
NO_MEMORY = 0x7FF8_6E6F_6D65_6D00


def allocated(builder: ir.IRBuilder, count: ir.Value) -> tuple[ir.Value, ir.Value]:
    """Allocate memory for numbers.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where, in a module that allocates at one place.
    count : llvmlite.ir.Value
        How many numbers; one more is allocated, because no memory at all may have no address.

    Returns
    -------
    memory, is_missing : llvmlite.ir.Value
        Address of the memory, and whether there was none.
    """
    allocate = ir.Function(builder.module, ir.FunctionType(ARRAY, (WHOLE,)), "malloc")
    allocate.return_value.add_attribute("noalias")
    size = builder.mul(builder.add(count, ir.Constant(WHOLE, 1)), ir.Constant(WHOLE, NUMBER_BYTES))
    memory = builder.call(allocate, (size,))
    return memory, builder.icmp_unsigned("==", memory, ir.Constant(ARRAY, None))


def released(builder: ir.IRBuilder, memory: ir.Value) -> None:
    """Free memory that was allocated.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where.
    memory : llvmlite.ir.Value
        Its address.
    """
    free = builder.module.globals.get("free")
    free = free or ir.Function(builder.module, ir.FunctionType(ir.VoidType(), (ARRAY,)), "free")
    builder.call(free, (memory,))
