"""Elementwise operations as LLVM instructions."""

from collections.abc import Callable, Mapping

from llvmlite import ir

from bayescale.scaling.kernel.elementary import DOUBLE, exponential, logarithm, logarithm_of_one_plus, number

#: Sums may be reordered and contracted with products. Infinity and NaN keep their meaning.
FLAGS = ("contract", "reassoc", "nsz", "arcp")

type Operation = Callable[..., ir.Value]


def _intrinsic(name: str) -> Operation:
    """A function that LLVM knows, of values of one type."""

    def call(builder: ir.IRBuilder, *operands: ir.Value) -> ir.Value:
        like = operands[0].type
        suffix = f"v{like.count}f64" if isinstance(like, ir.VectorType) else "f64"
        return builder.call(_declared(builder, f"llvm.{name}.{suffix}", like, len(operands)), operands, fastmath=FLAGS)

    return call


def _library(name: str) -> Operation:
    """A function of one number from the C library, called for each element of a vector."""

    def call(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
        function = _declared(builder, name, DOUBLE, 1)
        if not isinstance(operand.type, ir.VectorType):
            return builder.call(function, (operand,))
        result = operand
        for i in range(operand.type.count):
            place = ir.Constant(ir.IntType(32), i)
            element = builder.call(function, (builder.extract_element(operand, place),))
            result = builder.insert_element(result, element, place)
        return result

    return call


def _declared(builder: ir.IRBuilder, name: str, like: ir.Type, arguments: int) -> ir.Function:
    """A function outside the module, declared once."""
    module = builder.module
    if name not in module.globals:
        function = ir.Function(module, ir.FunctionType(like, (like,) * arguments), name)
        function.attributes.add("nounwind")
    return module.globals[name]


def _is_at_most(builder: ir.IRBuilder, first: ir.Value, second: ir.Value) -> ir.Value:
    chosen = builder.fcmp_ordered("<=", first, second)
    return builder.select(chosen, number(1.0, first.type), number(0.0, first.type))


def _sigmoid(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
    below, unit = exponential(builder, builder.fneg(operand)), number(1.0, operand.type)
    return builder.fdiv(unit, builder.fadd(unit, below))


def _log_if_positive(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
    zero = number(0.0, operand.type)
    return builder.select(builder.fcmp_ordered(">", operand, zero), logarithm(builder, operand), zero)


def _sign(builder: ir.IRBuilder, operand: ir.Value) -> ir.Value:
    return _intrinsic("copysign")(builder, number(1.0, operand.type), operand)


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
    like = operand.type
    below, x = number(0.0, like), operand
    for _ in range(DIGAMMA_STEPS):
        below = builder.fadd(below, builder.fdiv(number(1.0, like), x))
        x = builder.fadd(x, number(1.0, like))
    inverse = builder.fdiv(number(1.0, like), x)
    square = builder.fmul(inverse, inverse)
    series = number(0.0, like)
    for coefficient in reversed(DIGAMMA_SERIES):
        series = builder.fmul(square, builder.fadd(number(coefficient, like), series))
    value = builder.fsub(logarithm(builder, x), builder.fmul(number(0.5, like), inverse))
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
    "exp": exponential,
    "log": logarithm,
    "log1p": logarithm_of_one_plus,
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
