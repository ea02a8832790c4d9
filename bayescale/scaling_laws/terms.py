"""Functions that make the terms of a law: `floor`, `power`, `scaled_power`, `joined` and `term`."""

from bayescale.core.arguments import checked
from bayescale.scaling_laws.expression import Aggregate, Expression, Power
from bayescale.scaling_laws.formulas.formula import Formula


@checked
def floor(name: str) -> Expression:
    """Make a floor: the irreducible loss, which is left at infinite size and data.

    Parameters
    ----------
    name : str
        Name of the parameter.

    Returns
    -------
    Expression
        The floor, to be added to other parts.
    """
    return Expression(floor=name)


@checked
def power(amplitude: str, exponent: str, quantity: str) -> Expression:
    """Make a power term, ``amplitude * quantity**-exponent``.

    Parameters
    ----------
    amplitude : str
        Name of the amplitude.
    exponent : str
        Name of the exponent.
    quantity : str
        Name of an input, or a formula of inputs and shape parameters.

    Returns
    -------
    Expression
        The term, to be added to other parts.

    Raises
    ------
    LawError
        If the quantity is no formula.
    """
    return Expression(aggregate=Aggregate((Power(amplitude, exponent, Formula(quantity)),)))


@checked
def scaled_power(scale: str, exponent: str, quantity: str) -> Expression:
    """Make a power term in the form of Kaplan et al., ``(scale / quantity)**exponent``.

    Parameters
    ----------
    scale : str
        Name of the scale: the quantity at which the term is 1.
    exponent : str
        Name of the exponent.
    quantity : str
        Name of an input, or a formula of inputs and shape parameters.

    Returns
    -------
    Expression
        The term, to be added to other parts.

    Raises
    ------
    LawError
        If the quantity is no formula.

    References
    ----------
    Kaplan et al. (2020), arXiv:2001.08361, equations 1.1 to 1.3.
    """
    return Expression(aggregate=Aggregate((Power(scale, exponent, Formula(quantity), "scale"),)))


@checked
def joined(q: str, *terms: Expression) -> Expression:
    """Join power terms as ``[sum of term**(1/q)]**q``.

    Parameters
    ----------
    q : str
        Name of the parameter q. At q = 1 the terms add; as q goes to 0 the result tends to the larger term.
    *terms : Expression
        Two or more power terms.

    Returns
    -------
    Expression
        The joined terms, to be added to a floor or a formula.
    """
    powers = tuple(power for term in terms for power in term.powers)
    return Expression(aggregate=Aggregate(powers, q))


@checked
def term(formula: str) -> Expression:
    """Make a formula of inputs and parameters that is added to the rest of the law.

    Parameters
    ----------
    formula : str
        Arithmetic such as ``"k * n_tokens / bits**g"``. Names with a prior are parameters, all others inputs.

    Returns
    -------
    Expression
        The formula, to be added to other parts.

    Raises
    ------
    LawError
        If the text is no formula.
    """
    return Expression(extra=Formula(formula))
