"""Formulas as text, with one definition for NumPy and PyTensor.

A formula is arithmetic over names, numbers and the functions of `FUNCTIONS`, such as `U * (1 + r * (1 - exp(-R / r)))`.
It is parsed into Python's syntax tree, which is walked and never executed. Attributes, indexing, comparisons and calls
of other functions are refused when the formula is made.
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
from bayescale.core.text import count
from bayescale.errors import LawError, closest
from bayescale.scaling_laws.formulas.implicit import batch_loss, saturating_share
from bayescale.scaling_laws.formulas.latex import latex_of

type Values = Mapping[str, Any]


def _sigmoid(x: Any, xp: Any) -> Any:
    return expit(x) if xp is np else xp.sigmoid(x)


#: Functions that a formula may call: a function of the arguments and the namespace, the number of arguments, and LaTeX.
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
MOST_CHARACTERS = 4000  # a longer text was not written by a person
MOST_LEVELS = 60  # of nested operations and calls


@dataclass(frozen=True)
class Formula:
    """Arithmetic over named values.

    Parameters
    ----------
    text : str
        The formula.

    Raises
    ------
    LawError
        If the text is anything but arithmetic over numbers, names and known functions.
    """

    text: str

    def __post_init__(self) -> None:
        _parsed(self.text)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of inputs and parameters, in the order of their first appearance."""
        return _names(self.text)

    def evaluate(self, values: Values, xp: Any) -> Any:
        """Evaluate the formula.

        Parameters
        ----------
        values : mapping of str to array or tensor
            Inputs and parameters by name, which broadcast.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The value, in the broadcast shape.
        """
        return _value(_parsed(self.text), values, xp)

    def log(self, values: Values, xp: Any) -> Any:
        """Evaluate the logarithm of the formula.

        A last factor exp(...) contributes its exponent, so that it cannot overflow.

        Parameters
        ----------
        values : mapping of str to array or tensor
            Inputs and parameters by name, which broadcast.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The logarithm, in the broadcast shape.
        """
        return _log(_parsed(self.text), values, xp)

    def renamed(self, old: str, new: str) -> "Formula":
        """Replace a name by another one.

        Parameters
        ----------
        old : str
            The name that is replaced.
        new : str
            The other name.

        Returns
        -------
        Formula
            The same formula of the other name.
        """
        return Formula(re.sub(rf"\b{re.escape(old)}\b", new, self.text))

    @property
    def latex(self) -> str:
        """The formula as LaTeX."""
        return latex_of(_parsed(self.text), {name: template for name, (_, _, template) in FUNCTIONS.items()})


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr:
    """The syntax tree of a formula. Raises LawError for text that is no formula."""
    if len(text) > MOST_CHARACTERS:
        raise LawError(
            f"formula {shortened(text)!r}: a formula has at most {MOST_CHARACTERS} characters, not {len(text)}"
        )
    try:
        with warnings.catch_warnings(action="ignore"):  # about syntax that is refused below
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or type(error).__name__
        raise LawError(
            f"formula {shortened(text)!r} is not valid arithmetic ({reason}); write it as in Python, for example "
            "'k * n_tokens / bits**g'"
        ) from error
    _check(tree, text, 0)
    return tree


def _check(node: ast.expr, text: str, level: int) -> None:
    """Raise LawError for anything but arithmetic over names, numbers and the known functions."""
    formula = f"formula {shortened(text)!r}"
    if level > MOST_LEVELS:
        raise LawError(f"{formula} is nested deeper than {MOST_LEVELS} levels: remove parentheses or split it")
    parts: list[ast.expr] = []
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if abs(value) > LARGEST_NUMBER:
                raise LawError(f"{formula}: a number lies between -1e300 and 1e300")
        case ast.Name(id=name):
            if problem := problem_of_symbol(name, "name"):
                raise LawError(f"{formula}: {problem}")
            if name in FUNCTIONS:
                raise LawError(f"{formula}: {name} is a function; write {name}(...), or rename the parameter")
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            parts = [left, right]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            if name not in FUNCTIONS:
                raise LawError(f"{formula}: no function is called {shortened(name)!r}.{closest(name, FUNCTIONS)}")
            if len(args) != FUNCTIONS[name][1]:
                raise LawError(f"{formula}: {name} takes {count(FUNCTIONS[name][1], 'argument')}, not {len(args)}")
            parts = args
        case _:
            raise LawError(
                f"{formula}: {_written(node)} is not allowed; use + - * / **, numbers, names and {', '.join(FUNCTIONS)}"
            )
    for part in parts:
        _check(part, text, level + 1)


def _written(node: ast.expr) -> str:
    """A node as text, or its kind where it is nested too deeply to be written."""
    try:
        return repr(shortened(ast.unparse(node)))
    except RecursionError:
        return f"a deeply nested {type(node).__name__.lower()}"


@lru_cache(maxsize=512)
def _names(text: str) -> tuple[str, ...]:
    """Names in a formula, without those of functions."""
    names: dict[str, None] = {}

    def walk(node: ast.expr) -> None:
        match node:
            case ast.Name(id=name):
                names[name] = None
            case ast.UnaryOp(operand=operand):
                walk(operand)
            case ast.BinOp(left=left, right=right):
                walk(left)
                walk(right)
            case ast.Call(args=args):
                for part in args:
                    walk(part)

    walk(_parsed(text))
    return tuple(names)


def _value(node: ast.expr, values: Values, xp: Any) -> Any:
    """Value of a node."""
    match node:
        case ast.Constant(value=int() | float() as number):
            # Python's integers have no largest value, and PyTensor would store a float with fewer digits
            return np.float64(number)
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
    raise AssertionError(ast.dump(node))  # `_check` refuses every other node


def _log(node: ast.expr, values: Values, xp: Any) -> Any:
    """Logarithm of a node."""
    match node:
        case ast.Call(func=ast.Name(id="exp"), args=[exponent]):
            return _value(exponent, values, xp)
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Call(func=ast.Name(id="exp"), args=[exponent])):
            return _log(left, values, xp) + _value(exponent, values, xp)
    return xp.log(_value(node, values, xp))
