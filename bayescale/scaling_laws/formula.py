"""Formulas as text: what a law says that is not a plain power term, one definition for NumPy and PyTensor.

A formula is arithmetic over names, numbers and the functions below: `U * (1 + r * (1 - exp(-R / r)))`. It is parsed
into Python's syntax tree and only walked, never executed: attributes, indexing, comparisons and any other name called
are refused when the law is made.
"""

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import expit

from bayescale.core.limits import LARGEST_NUMBER, problem_of_symbol, shortened
from bayescale.errors import LawError, closest
from bayescale.scaling_laws.implicit import batch_loss, saturating_share

type Values = Mapping[str, Any]


def _sigmoid(x: Any, xp: Any) -> Any:
    return expit(x) if xp is np else xp.sigmoid(x)


#: What a formula may call: function of (arguments…, namespace), and how LaTeX writes it.
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, str]] = {
    "exp": (lambda x, xp: xp.exp(x), 1, r"\exp\left(%s\right)"),
    "log": (lambda x, xp: xp.log(x), 1, r"\ln\left(%s\right)"),
    "log2": (lambda x, xp: xp.log(x) / np.log(2.0), 1, r"\log_2\left(%s\right)"),
    "log10": (lambda x, xp: xp.log(x) / np.log(10.0), 1, r"\log_{10}\left(%s\right)"),
    "log1p": (lambda x, xp: xp.log1p(x), 1, r"\ln\left(1 + %s\right)"),
    "sqrt": (lambda x, xp: xp.sqrt(x), 1, r"\sqrt{%s}"),
    "sigmoid": (_sigmoid, 1, r"\sigma\left(%s\right)"),
    "max": (lambda x, y, xp: xp.maximum(x, y), 2, r"\max\left(%s, %s\right)"),
    "min": (lambda x, y, xp: xp.minimum(x, y), 2, r"\min\left(%s, %s\right)"),
    "logaddexp": (lambda x, y, xp: xp.logaddexp(x, y), 2, r"\ln\left(e^{%s} + e^{%s}\right)"),
    "saturating_share": (saturating_share, 2, r"s\left(%s, %s\right)"),
    "batch_loss": (batch_loss, 5, r"L\left(%s, %s, %s, %s, %s\right)"),
}
OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
LONGEST = 4000  # characters; more is no formula that a person wrote
DEEPEST = 60


@dataclass(frozen=True)
class Formula:
    """Arithmetic over named values. Raises LawError for text that is anything else."""

    text: str

    def __post_init__(self) -> None:
        _parsed(self.text)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of inputs and parameters, in the order of their first appearance."""
        return _names(self.text)

    def evaluate(self, values: Values, xp: Any) -> Any:
        """The formula's value; `values` holds arrays that broadcast."""
        return _value(_parsed(self.text), values, xp)

    def log(self, values: Values, xp: Any) -> Any:
        """The formula's logarithm. A factor exp(…) at its end gives its exponent, so that it cannot overflow."""
        return _log(_parsed(self.text), values, xp)

    def renamed(self, old: str, new: str) -> "Formula":
        """The same formula of another name."""
        return Formula(re.sub(rf"\b{re.escape(old)}\b", new, self.text))

    @property
    def latex(self) -> str:
        return _latex(_parsed(self.text))[0]


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise LawError(f"a formula of {len(text)} characters is longer than {LONGEST}")
    try:
        with warnings.catch_warnings(action="ignore"):  # of syntax that is refused below
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or type(error).__name__
        raise LawError(f"formula {shortened(text)!r} cannot be read: {reason}") from error
    _check(tree, text, 0)
    return tree


def _check(node: ast.expr, text: str, depth: int) -> None:
    """Raise LawError for whatever is not arithmetic over names, numbers and the known functions."""
    if depth > DEEPEST:
        raise LawError(f"formula {shortened(text)!r} is nested deeper than {DEEPEST} levels")
    parts: list[ast.expr] = []
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if abs(value) > LARGEST_NUMBER:
                raise LawError(f"formula {shortened(text)!r}: a number lies between -1e300 and 1e300")
        case ast.Name(id=name):
            if problem := problem_of_symbol(name, "name"):
                raise LawError(f"formula {shortened(text)!r}: {problem}")
            if name in FUNCTIONS:
                raise LawError(f"formula {shortened(text)!r}: {name} is a function; write {name}(...)")
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            parts = [left, right]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            if name not in FUNCTIONS:
                raise LawError(
                    f"formula {shortened(text)!r}: no function is called {shortened(name)!r}.{closest(name, FUNCTIONS)}"
                )
            if len(args) != FUNCTIONS[name][1]:
                raise LawError(
                    f"formula {shortened(text)!r}: {name} takes {FUNCTIONS[name][1]} values, not {len(args)}"
                )
            parts = args
        case _:
            raise LawError(
                f"formula {shortened(text)!r}: {_written(node)} is not allowed; use + - * / **, numbers, names and "
                f"{', '.join(FUNCTIONS)}"
            )
    for part in parts:
        _check(part, text, depth + 1)


def _written(node: ast.expr) -> str:
    """A node as text, or by its kind where it is nested too deeply to be written."""
    try:
        return repr(shortened(ast.unparse(node)))
    except RecursionError:
        return f"a deeply nested {type(node).__name__.lower()}"


@lru_cache(maxsize=512)
def _names(text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}

    def walk(node: ast.expr) -> None:
        match node:
            case ast.Name(id=name):
                found[name] = None
            case ast.UnaryOp(operand=operand):
                walk(operand)
            case ast.BinOp(left=left, right=right):
                walk(left)
                walk(right)
            case ast.Call(args=args):
                for part in args:
                    walk(part)

    walk(_parsed(text))
    return tuple(found)


def _value(node: ast.expr, values: Values, xp: Any) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.float64(
                number
            )  # whole numbers would be computed without end, and PyTensor would take fewer digits
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values, xp)
        case ast.UnaryOp(operand=operand):
            return _value(operand, values, xp)
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, values, xp), _value(right, values, xp))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name][0](*(_value(part, values, xp) for part in args), xp)
    raise AssertionError(ast.dump(node))  # refused when the formula was made


def _log(node: ast.expr, values: Values, xp: Any) -> Any:
    match node:
        case ast.Call(func=ast.Name(id="exp"), args=[exponent]):
            return _value(exponent, values, xp)
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Call(func=ast.Name(id="exp"), args=[exponent])):
            return _log(left, values, xp) + _value(exponent, values, xp)
    return xp.log(_value(node, values, xp))


SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a piece of LaTeX holds together


def _latex(node: ast.expr) -> tuple[str, int]:
    """LaTeX of a node and how tightly it binds."""
    match node:
        case ast.Constant(value=number):
            return _number(number), ATOM
        case ast.Name(id=name):
            return symbol(name), ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return "-" + _wrapped(operand, PRODUCT), SUM
        case ast.UnaryOp(operand=operand):
            return _latex(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return rf"\frac{{{_latex(left)[0]}}}{{{_latex(right)[0]}}}", POWER
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return rf"{_wrapped(left, ATOM)}^{{{_latex(right)[0]}}}", POWER
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            between = r" \cdot " if isinstance(right, ast.Constant) else r"\,"
            return f"{_wrapped(left, PRODUCT)}{between}{_wrapped(right, PRODUCT)}", PRODUCT
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_latex(left)[0]} + {_wrapped(right, PRODUCT)}", SUM
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return f"{_latex(left)[0]} - {_wrapped(right, PRODUCT)}", SUM
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name][2] % tuple(_latex(part)[0] for part in args), ATOM
    raise AssertionError(ast.dump(node))


def _wrapped(node: ast.expr, least: int) -> str:
    written, binding = _latex(node)
    return written if binding >= least else rf"\left({written}\right)"


def _number(value: object) -> str:
    mantissa, _, exponent = f"{value:g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


SYMBOLS = {
    "n_params": "N",
    "n_tokens": "D",
    "flops": "C",
    "n_unique_tokens": "U",
    "n_streams": "P",
    "bits": "P",
    "loss": "L",
    "steps": "S",
    "n_params_active": "N_a",
    "n_params_encoder": "N_e",
    "n_params_decoder": "N_d",
    "group_size": "G",
}
GREEK = {"alpha", "beta", "gamma", "delta", "eta", "kappa", "lambda", "mu", "nu", "omega", "phi", "psi", "rho"}
GREEK |= {"sigma", "tau", "theta", "xi", "zeta", "epsilon"}


def symbol(name: str) -> str:
    """LaTeX of a name: n_params → N, alpha_N → \\alpha_{N}, learning_rate → \\mathrm{learning\\_rate}."""
    if name in SYMBOLS:
        return SYMBOLS[name]
    head, _, tail = name.partition("_")
    if len(head) > 1 and head not in GREEK:
        return rf"\mathrm{{{name}}}".replace("_", r"\_")
    head = rf"\{head}" if head in GREEK else head
    tail = rf"\mathrm{{{tail}}}".replace("_", r"\_") if len(tail) > 1 else tail
    return f"{head}_{{{tail}}}" if tail else head
