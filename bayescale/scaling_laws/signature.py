"""Names in an expression by what they are: inputs, exponents, shape parameters, and the role of each parameter.

A name in a formula is a parameter where it has a prior or is a floor, amplitude, exponent or q. All others are inputs.
"""

from collections.abc import Iterable

from bayescale.scaling_laws.expression import Expression


def exponent_names(expression: Expression) -> tuple[str, ...]:
    """Return the names of the exponents of the power terms.

    Parameters
    ----------
    expression : Expression
        The expression of a law.

    Returns
    -------
    tuple of str
        Each name once, in the order of the terms.
    """
    return tuple(dict.fromkeys(power.exponent for power in expression.powers))


def shape_names(expression: Expression, priors: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the parameters that are neither floor, amplitude nor exponent.

    Parameters
    ----------
    expression : Expression
        The expression of a law.
    priors : iterable of str
        Names with a prior.

    Returns
    -------
    tuple of str
        q, where it is no exponent, and then the parameters of formulas.
    """
    with_prior, exponents = set(priors), exponent_names(expression)
    aggregate = expression.aggregate
    q = (aggregate.q,) if aggregate and aggregate.q and aggregate.q not in exponents else ()
    other_roles = {expression.floor, *exponents, *(power.amplitude for power in expression.powers), *q}
    return (*q, *(name for name in expression.names if name in with_prior and name not in other_roles))


def parameter_names(expression: Expression, priors: Iterable[str]) -> tuple[str, ...]:
    """Return the names of all parameters.

    Parameters
    ----------
    expression : Expression
        The expression of a law.
    priors : iterable of str
        Names with a prior.

    Returns
    -------
    tuple of str
        Each name once, in the order of the formula: floor, amplitudes and exponents by term, shape parameters.
    """
    floor = (expression.floor,) if expression.floor else ()
    terms = dict.fromkeys(name for power in expression.powers for name in (power.amplitude, power.exponent))
    return (*floor, *terms, *shape_names(expression, priors))


def input_names(expression: Expression, priors: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the inputs.

    Parameters
    ----------
    expression : Expression
        The expression of a law.
    priors : iterable of str
        Names with a prior.

    Returns
    -------
    tuple of str
        Names in formulas that are no parameters, in the order of their first appearance.
    """
    parameters = parameter_names(expression, priors)
    return tuple(name for name in expression.names if name not in parameters)


def role_of(name: str, expression: Expression, priors: Iterable[str]) -> str:
    """Return the role of a parameter.

    Parameters
    ----------
    name : str
        Name of the parameter.
    expression : Expression
        The expression of a law.
    priors : iterable of str
        Names with a prior.

    Returns
    -------
    str
        "floor", "amplitude", "exponent", "q" or "shape"; empty for a name that is no parameter.
    """
    if name == expression.floor:
        return "floor"
    if name in exponent_names(expression):
        return "exponent"
    if expression.aggregate and name == expression.aggregate.q:
        return "q"
    if any(name == power.amplitude for power in expression.powers):
        return "amplitude"
    return "shape" if name in shape_names(expression, priors) else ""


def term_quantity(name: str, expression: Expression) -> str:
    """Return what the power term of a parameter falls with.

    Parameters
    ----------
    name : str
        Name of the parameter.
    expression : Expression
        The expression of a law.

    Returns
    -------
    str
        Text of the term's quantity, such as "n_params"; empty for a parameter of no term or of several.
    """
    texts = [power.quantity.text for power in expression.powers if name in (power.amplitude, power.exponent)]
    return texts[0] if len(texts) == 1 else ""
