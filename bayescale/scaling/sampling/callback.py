"""The C callbacks that nutpie calls: change of coordinates and a jump to a model's machine code.

One small file, cached by Numba on disk.
"""

import warnings
from typing import Any

import numpy as np
from numba import carray, cfunc, types
from numba.core import cgutils
from numba.extending import intrinsic

ARGUMENTS = types.Tuple((types.float64[::1], types.float64[:, ::1], types.float64[::1]))
RESULT = types.Tuple((types.Array(types.float64, 0, "C"), types.float64[::1]))


@intrinsic  # type: ignore[untyped-decorator]
def _at(typingctx: Any, address: Any) -> Any:
    """The address as a pointer."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), codegen


@intrinsic  # type: ignore[untyped-decorator]
def _call(typingctx: Any, address: Any, point: Any, rows: Any, constants: Any) -> Any:
    """Call machine code of signature (point, rows, constants) → (log density, gradient) by its address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        function_type = context.call_conv.get_function_type(RESULT, (ARGUMENTS,))
        pointer = builder.inttoptr(args[0], function_type.as_pointer())
        packed = context.make_tuple(builder, ARGUMENTS, args[1:])
        status, result = context.call_conv.call_function(builder, pointer, RESULT, (ARGUMENTS,), (packed,))
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return result

    return RESULT(types.int64, *ARGUMENTS.types), codegen


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
    )
    def log_density(size, coordinate_, gradient_, value_, arguments_):  # type: ignore[no-untyped-def]
        """Log density at a sampling coordinate and its gradient; the return value 3 rejects the step."""
        arguments = carray(arguments_, (11,), np.int64)
        n_nodes, scale = arguments[9], arguments[10]
        rows = carray(_at(arguments[1]), (arguments[6], arguments[7]), np.float64)
        constants = carray(_at(arguments[2]), (arguments[8],), np.float64)
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
        jacobian = 0.0
        pull = 0.0
        for i in range(size):
            diagonal, turned = 0.0, 0.0
            for k in range(4):
                if weights[k] == 0.0 and slopes[k] == 0.0:
                    continue
                total = centres[nodes[k], i]
                for j in range(i + 1):
                    total += matrices[nodes[k], i, j] * coordinate[j]
                point[i] += weights[k] * total
                moved[i] += slopes[k] * total
                diagonal += weights[k] * matrices[nodes[k], i, i]
                turned += slopes[k] * matrices[nodes[k], i, i]
            if i != scale:
                if diagonal <= 0.0:
                    return 3
                jacobian += np.log(diagonal)
                pull += turned / diagonal
        if scale >= 0:
            moved[scale] = 0.0
        value, slope = _call(arguments[0], point, rows, constants)
        value_[0] = value[()] + jacobian
        for j in range(size):
            gradient[j] = 0.0
        for i in range(size):
            for k in range(4):
                factor = weights[k] * slope[i]
                if factor != 0.0:
                    for j in range(i + 1):
                        gradient[j] += factor * matrices[nodes[k], i, j]
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
