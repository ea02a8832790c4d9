"""Exponential and logarithm as arithmetic: the same for one number and for a vector of them, on every machine.

A call of the C library takes one number at a time. Here four rows are computed at once, and results do not depend on
the library. Both are exact to about two units in the last place. Results below 1e-307 are zero.

References
----------
Sun Microsystems (1993), fdlibm, `e_log.c`. Muller (2016), Elementary Functions, chapters 11 and 14.
"""

import math
from collections.abc import Sequence
from typing import Any

from llvmlite import ir

DOUBLE, WHOLE = ir.DoubleType(), ir.IntType(64)
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
ROUNDING = 1.5 * 2.0**52  # added to a number, it leaves the nearest whole number in the last bits
EXP_LOWEST, EXP_HIGHEST = -708.0, 709.0
EXP_SERIES = tuple(1 / math.factorial(k) for k in range(14))
LEAST_NORMAL = 2.2250738585072014e-308
LOG_SERIES = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
MANTISSA, ONE, TWO_TO_52 = 0x000FFFFFFFFFFFFF, 0x3FF0000000000000, 0x4330000000000000


def number(value: float, like: ir.Type = DOUBLE) -> ir.Constant:
    """Return a constant.

    Parameters
    ----------
    value : float
        The number.
    like : llvmlite.ir.Type, default double
        Type of the constant: a number, or a vector of which each element is this number.

    Returns
    -------
    llvmlite.ir.Constant
        The constant.
    """
    return ir.Constant(like, [float(value)] * like.count if isinstance(like, ir.VectorType) else float(value))


def _bits(value: int, like: ir.Type) -> ir.Constant:
    """A constant bit pattern, for each element of a type."""
    return ir.Constant(_whole(like), [value] * like.count if isinstance(like, ir.VectorType) else value)


def _whole(like: ir.Type) -> ir.Type:
    """The type of whole numbers with as many elements."""
    return ir.VectorType(WHOLE, like.count) if isinstance(like, ir.VectorType) else WHOLE


def _polynomial(builder: ir.IRBuilder, x: ir.Value, coefficients: Sequence[float]) -> ir.Value:
    """A polynomial, neighbouring terms joined first so that they are computed side by side (Estrin)."""
    terms: list[Any] = [number(coefficient, x.type) for coefficient in coefficients]
    power = x
    while len(terms) > 1:
        pairs = [
            builder.fadd(low, builder.fmul(high, power, flags=("contract",)), flags=("contract",))
            for low, high in zip(terms[::2], terms[1::2], strict=False)
        ]
        terms = pairs + terms[len(pairs) * 2 :]
        power = builder.fmul(power, power)
    return terms[0]


def exponential(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """Compute exp(x) as 2^n · exp(r) with r between -ln 2 / 2 and ln 2 / 2.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where.
    x : llvmlite.ir.Value
        A number or a vector of numbers.

    Returns
    -------
    llvmlite.ir.Value
        The exponential; 0 below -708 and infinite above 709.
    """
    like = x.type
    above = builder.fcmp_ordered(">", x, number(EXP_LOWEST, like))
    inside = builder.and_(above, builder.fcmp_ordered("<", x, number(EXP_HIGHEST, like)))
    safe = builder.select(inside, x, number(0.0, like))
    shifted = builder.fadd(builder.fmul(safe, number(1 / math.log(2), like)), number(ROUNDING, like))
    whole = builder.fsub(shifted, number(ROUNDING, like))
    rest = builder.fsub(safe, builder.fmul(whole, number(LN2_HIGH, like), flags=("contract",)), flags=("contract",))
    rest = builder.fsub(rest, builder.fmul(whole, number(LN2_LOW, like), flags=("contract",)), flags=("contract",))
    series = _polynomial(builder, rest, EXP_SERIES)
    exponent = builder.shl(builder.bitcast(shifted, _whole(like)), _bits(52, like))
    value = builder.bitcast(builder.add(builder.bitcast(series, _whole(like)), exponent), like)
    high = builder.select(builder.fcmp_ordered(">", x, number(0.0, like)), number(math.inf, like), x)
    low = builder.fcmp_ordered("<=", x, number(EXP_LOWEST, like))
    return builder.select(inside, value, builder.select(low, number(0.0, like), high))


def logarithm(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """Compute log(x) as n·ln 2 + log(1 + f) with 1 + f between √2 / 2 and √2.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where.
    x : llvmlite.ir.Value
        A number or a vector of numbers.

    Returns
    -------
    llvmlite.ir.Value
        The logarithm; -infinity at 0, NaN below.
    """
    like = x.type
    normal = builder.and_(
        builder.fcmp_ordered(">=", x, number(LEAST_NORMAL, like)),
        builder.fcmp_ordered("<", x, number(math.inf, like)),
    )
    bits = builder.bitcast(builder.select(normal, x, number(1.0, like)), _whole(like))
    mantissa = builder.bitcast(builder.or_(builder.and_(bits, _bits(MANTISSA, like)), _bits(ONE, like)), like)
    exponent = builder.bitcast(builder.or_(builder.lshr(bits, _bits(52, like)), _bits(TWO_TO_52, like)), like)
    large = builder.fcmp_ordered(">", mantissa, number(math.sqrt(2), like))
    n = builder.fsub(exponent, builder.select(large, number(2.0**52 + 1022, like), number(2.0**52 + 1023, like)))
    mantissa = builder.select(large, builder.fmul(mantissa, number(0.5, like)), mantissa)
    f = builder.fsub(mantissa, number(1.0, like))
    s = builder.fdiv(f, builder.fadd(f, number(2.0, like)))
    z = builder.fmul(s, s)
    series = builder.fmul(z, _polynomial(builder, z, LOG_SERIES))
    half = builder.fmul(number(0.5, like), builder.fmul(f, f))
    low = builder.fadd(builder.fmul(s, builder.fadd(half, series)), builder.fmul(n, number(LN2_LOW, like)))
    inner = builder.fsub(builder.fsub(half, low), f)
    value = builder.fsub(builder.fmul(n, number(LN2_HIGH, like)), inner)
    below = builder.fcmp_ordered("<", x, number(0.0, like))
    other = builder.select(below, number(math.nan, like), x)  # infinity and NaN
    tiny = builder.fcmp_ordered("<", x, number(LEAST_NORMAL, like))
    zero = builder.and_(tiny, builder.not_(below))
    return builder.select(normal, value, builder.select(zero, number(-math.inf, like), other))


def logarithm_of_one_plus(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """Compute log(1 + x), exact for small x: what rounding takes from 1 + x is added to first order.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where.
    x : llvmlite.ir.Value
        A number or a vector of numbers.

    Returns
    -------
    llvmlite.ir.Value
        The logarithm; -infinity at -1, NaN below.
    """
    like = x.type
    shifted = builder.fadd(x, number(1.0, like))
    rounded = builder.fsub(x, builder.fsub(shifted, number(1.0, like)))
    inside = builder.and_(
        builder.fcmp_ordered(">", shifted, number(0.0, like)),
        builder.fcmp_ordered("<", shifted, number(math.inf, like)),
    )
    correction = builder.select(inside, builder.fdiv(rounded, shifted), number(0.0, like))
    return builder.fadd(logarithm(builder, shifted), correction)
