"""Formulas and names as LaTeX."""

import ast
from collections.abc import Mapping

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
    "n_finetune_tokens": "D_f",
    "n_params_tuned": "N_t",
    "teacher_loss": "L_T",
    "initial_loss": "L_0",
    "injected_share": "p",
    "pruned_share": "S",
}
GREEK = {"alpha", "beta", "gamma", "delta", "eta", "kappa", "lambda", "mu", "nu", "omega", "phi", "psi", "rho"}
GREEK |= {"sigma", "tau", "theta", "xi", "zeta", "epsilon"}
SUM, PRODUCT, POWER, ATOM = range(4)  # binding strength of a piece of LaTeX, weakest first


def latex_of(node: ast.expr, templates: Mapping[str, str]) -> str:
    """Write the syntax tree of a formula as LaTeX.

    Parameters
    ----------
    node : ast.expr
        The tree.
    templates : mapping of str to str
        LaTeX of each function, with one %s for each argument.

    Returns
    -------
    str
        The formula as LaTeX.
    """
    return _latex(node, templates)[0]


def _latex(node: ast.expr, templates: Mapping[str, str]) -> tuple[str, int]:
    """LaTeX of a node, and its binding strength."""
    match node:
        case ast.Constant(value=number):
            return _number(number), ATOM
        case ast.Name(id=name):
            return symbol(name), ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return "-" + _wrapped(operand, PRODUCT, templates), SUM
        case ast.UnaryOp(operand=operand):
            return _latex(operand, templates)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return rf"\frac{{{_latex(left, templates)[0]}}}{{{_latex(right, templates)[0]}}}", POWER
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return rf"{_wrapped(left, ATOM, templates)}^{{{_latex(right, templates)[0]}}}", POWER
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            separator = r" \cdot " if isinstance(right, ast.Constant) else r"\,"
            return f"{_wrapped(left, PRODUCT, templates)}{separator}{_wrapped(right, PRODUCT, templates)}", PRODUCT
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_latex(left, templates)[0]} + {_wrapped(right, PRODUCT, templates)}", SUM
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return f"{_latex(left, templates)[0]} - {_wrapped(right, PRODUCT, templates)}", SUM
        case ast.Call(func=ast.Name(id=name), args=args):
            return templates[name] % tuple(_latex(part, templates)[0] for part in args), ATOM
    raise AssertionError(ast.dump(node))  # refused when the formula was parsed


def _wrapped(node: ast.expr, weakest: int, templates: Mapping[str, str]) -> str:
    """LaTeX of a node, in parentheses where it binds more weakly than `weakest`."""
    latex, binding = _latex(node, templates)
    return latex if binding >= weakest else rf"\left({latex}\right)"


def _number(value: object) -> str:
    mantissa, _, exponent = f"{value:g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def symbol(name: str) -> str:
    r"""Write a name as LaTeX: n_params as N, alpha_N as \alpha_{N}, learning_rate as \mathrm{learning\_rate}.

    Parameters
    ----------
    name : str
        Name of an input or a parameter.

    Returns
    -------
    str
        The symbol.
    """
    if name in SYMBOLS:
        return SYMBOLS[name]
    head, _, tail = name.partition("_")
    if len(head) > 1 and head not in GREEK:
        return rf"\mathrm{{{name}}}".replace("_", r"\_")
    head = rf"\{head}" if head in GREEK else head
    tail = rf"\mathrm{{{tail}}}".replace("_", r"\_") if len(tail) > 1 else tail
    return f"{head}_{{{tail}}}" if tail else head
