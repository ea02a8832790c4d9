"""The C callbacks that nutpie calls: change of coordinates and a jump to the machine code of a density.

One small file, cached by Numba on disk.
"""

import warnings
from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, cfunc, types
from numba.extending import intrinsic

VECTOR = types.float64[::1]


@intrinsic  # type: ignore[untyped-decorator]
def _at(typingctx: Any, address: Any) -> Any:
    """The address as a pointer."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), codegen


@intrinsic  # type: ignore[untyped-decorator]
def _density(typingctx: Any, address: Any, point: Any, n_obs: Any, rows: Any, constants: Any, gradient: Any) -> Any:
    """Call a compiled density (`scaling/kernel/emission.py`) by addresses; it writes the gradient to an array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number, double = ir.IntType(64), ir.DoubleType()
        array = double.as_pointer()
        function = ir.FunctionType(double, (number, array, number, array, array, array))
        point, gradient = (context.make_array(VECTOR)(context, builder, args[i]) for i in (1, 5))
        size = builder.extract_value(point.shape, 0)
        rows, constants = (builder.inttoptr(args[i], array) for i in (3, 4))
        called = builder.inttoptr(args[0], function.as_pointer())
        return builder.call(called, (size, point.data, args[2], rows, constants, gradient.data))

    number = types.int64
    return types.float64(number, VECTOR, number, number, number, VECTOR), codegen


with warnings.catch_warnings():
    warnings.simplefilter("ignore")

    @cfunc(
        types.int64(
            types.uint64,
            types.CPointer(types.float64),
            types.CPointer(types.float64),
            types.CPointer(types.float64),
            types.voidptr,
        ),
        cache=True,
        fastmath={"contract", "reassoc"},  # sums may be taken in vectors
    )
    def log_density(size, coordinate_, gradient_, value_, arguments_):  # type: ignore[no-untyped-def]
        """Log density at a sampling coordinate and its gradient; the return value 3 rejects the step."""
        arguments = carray(arguments_, (11,), np.int64)
        n_nodes, scale = arguments[9], arguments[10]
        centres = carray(_at(arguments[3]), (n_nodes, size), np.float64)
        matrices = carray(_at(arguments[4]), (n_nodes, size, size), np.float64)
        grid = carray(_at(arguments[5]), (2,), np.float64)
        coordinate = carray(coordinate_, (size,))
        gradient = carray(gradient_, (size,))
        nodes = np.zeros(4, np.int64)
        weights = np.array([1.0, 0.0, 0.0, 0.0])  # of the nodes, and below their derivatives with respect to log s
        slopes = np.zeros(4)
        if scale >= 0:
            log_scale = centres[0, scale] + matrices[0, scale, scale] * coordinate[scale]
            position = (log_scale - grid[0]) / grid[1]
            inside = 0.0 < position < n_nodes - 1
            position = min(max(position, 0.0), n_nodes - 1.0)
            left = min(int(position), n_nodes - 2)
            t = position - left
            for k in range(4):
                nodes[k] = min(max(left + k - 1, 0), n_nodes - 1)
            weights[:] = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
            weights *= 0.5
            if inside:
                slopes[:] = (-1 + 4 * t - 3 * t**2, -10 * t + 9 * t**2, 1 + 8 * t - 9 * t**2, -2 * t + 3 * t**2)
                slopes *= 0.5 / grid[1]
        point = np.zeros(size)
        moved = np.zeros(size)  # how the point moves with log s
        diagonal = np.zeros(size)
        turned = np.zeros(size)  # how the diagonal moves with log s
        for k in range(4):
            if weights[k] == 0.0 and slopes[k] == 0.0:
                continue
            centre, matrix = centres[nodes[k]], matrices[nodes[k]]
            for i in range(size):
                total = centre[i]
                for j in range(i + 1):
                    total += matrix[i, j] * coordinate[j]
                point[i] += weights[k] * total
                moved[i] += slopes[k] * total
                diagonal[i] += weights[k] * matrix[i, i]
                turned[i] += slopes[k] * matrix[i, i]
        jacobian = 0.0
        pull = 0.0
        for i in range(size):
            if i != scale:
                if diagonal[i] <= 0.0:
                    return 3
                jacobian += np.log(diagonal[i])
                pull += turned[i] / diagonal[i]
        if scale >= 0:
            moved[scale] = 0.0
        slope = np.empty(size)
        value_[0] = jacobian + _density(arguments[0], point, arguments[6], arguments[1], arguments[2], slope)
        for j in range(size):
            gradient[j] = 0.0
        for k in range(4):
            if weights[k] == 0.0:
                continue
            matrix = matrices[nodes[k]]
            for i in range(size):
                factor = weights[k] * slope[i]
                for j in range(i + 1):
                    gradient[j] += factor * matrix[i, j]
        for i in range(size):
            pull += moved[i] * slope[i]
        if scale >= 0:
            gradient[scale] += pull * matrices[0, scale, scale]
        finite = np.isfinite(value_[0])
        for j in range(size):
            finite = finite and np.isfinite(gradient[j])
        return 0 if finite else 3

    @cfunc(
        types.int64(
            types.uint64, types.uint64, types.CPointer(types.float64), types.CPointer(types.float64), types.voidptr
        ),
        cache=True,
    )
    def expand(size, expanded, coordinate_, out_, arguments_):  # type: ignore[no-untyped-def]
        """Store the coordinate as it is: everything else is computed from the draws."""
        for i in range(size):
            out_[i] = coordinate_[i]
        return 0
