"""Elementwise operations as LLVM instructions."""

from collections.abc import Callable, Mapping

from llvmlite import ir

DOUBLE, WHOLE = ir.DoubleType(), ir.IntType(64)
#: Sums may be reordered and contracted with products. Infinity and NaN keep their meaning.
FLAGS = ("contract", "reassoc", "nsz", "arcp")

type Operation = Callable[..., ir.Value]


def number(value: float) -> ir.Constant:
    """Return a constant.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    llvmlite.ir.Constant
        The number as an operand of instructions.
    """
    return ir.Constant(DOUBLE, float(value))


def _intrinsic(name: str) -> Operation:
    """A function that LLVM knows, of values of one type."""

    def call(builder: ir.IRBuilder, *operands: ir.Value) -> ir.Value:
        form = ir.FunctionType(DOUBLE, (DOUBLE,) * len(operands))
        return builder.call(builder.module.declare_intrinsic(f"llvm.{name}", [DOUBLE], form), operands, fastmath=FLAGS)

    return call


def _library(name: str) -> Operation:
    """A function of one number from the C library."""

    def call(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
        module = builder.module
        if name not in module.globals:
            declared = ir.Function(module, ir.FunctionType(DOUBLE, (DOUBLE,)), name)
            declared.attributes.add("nounwind")
        return builder.call(module.globals[name], (operand,))

    return call


def _is_at_most(builder: ir.IRBuilder, first: ir.Value, second: ir.Value) -> ir.Value:
    return builder.select(builder.fcmp_ordered("<=", first, second), number(1.0), number(0.0))


def _sigmoid(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
    below = _intrinsic("exp")(builder, builder.fneg(operand))
    return builder.fdiv(number(1.0), builder.fadd(number(1.0), below))


def _log_if_positive(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
    logarithm = _intrinsic("log")(builder, operand)
    return builder.select(builder.fcmp_ordered(">", operand, number(0.0)), logarithm, number(0.0))


def _sign(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
    return _intrinsic("copysign")(builder, number(1.0), operand)


def digamma(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
    """Compute the derivative of the log of the gamma function: recurrence, then the asymptotic series.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where.
    operand : llvmlite.ir.Value
        A number above 0.

    Returns
    -------
    llvmlite.ir.Value
        The derivative.

    References
    ----------
    Abramowitz and Stegun, 6.3.5 and 6.3.18.
    """
    below, x = number(0.0), operand
    for _ in range(DIGAMMA_STEPS):
        below = builder.fadd(below, builder.fdiv(number(1.0), x))
        x = builder.fadd(x, number(1.0))
    inverse = builder.fdiv(number(1.0), x)
    square = builder.fmul(inverse, inverse)
    series = number(0.0)
    for coefficient in reversed(DIGAMMA_SERIES):
        series = builder.fmul(square, builder.fadd(number(coefficient), series))
    value = builder.fsub(_intrinsic("log")(builder, x), builder.fmul(number(0.5), inverse))
    return builder.fsub(builder.fsub(value, series), below)


DIGAMMA_STEPS = 8  # arguments are then above 8, where the series is exact to 1e-15
DIGAMMA_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)  # B_2k / 2k

#: What each operation computes, of a builder and its operands.
INSTRUCTIONS: Mapping[str, Operation] = {
    "add": lambda builder, x, y: builder.fadd(x, y, flags=FLAGS),
    "subtract": lambda builder, x, y: builder.fsub(x, y, flags=FLAGS),
    "multiply": lambda builder, x, y: builder.fmul(x, y, flags=FLAGS),
    "divide": lambda builder, x, y: builder.fdiv(x, y, flags=FLAGS),
    "power": _intrinsic("pow"),
    "exp": _intrinsic("exp"),
    "log": _intrinsic("log"),
    "log1p": _library("log1p"),
    "expm1": _library("expm1"),
    "sqrt": _intrinsic("sqrt"),
    "abs": _intrinsic("fabs"),
    "sign": _sign,
    "sigmoid": _sigmoid,
    "gammaln": _library("lgamma"),
    "digamma": digamma,
    "minimum": _intrinsic("minimum"),  # NaN where either operand is NaN
    "maximum": _intrinsic("maximum"),
    "is_at_most": _is_at_most,
    "log_if_positive": _log_if_positive,
    "held": lambda builder, x: x,
}
