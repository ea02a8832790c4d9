"""Names in an expression: inputs, exponents, shape parameters and roles."""

from bayescale.scaling_laws.signature import exponent_names, input_names, parameter_names, role_of, shape_names
from bayescale.scaling_laws.terms import floor, joined, power, term

EXPRESSION = floor("E") + joined("q", power("A", "alpha", "x * k"), power("B", "alpha", "y")) + term("c * z")
PRIORS = {"k": None, "c": None, "alpha": None}


def test_names_by_kind() -> None:
    assert exponent_names(EXPRESSION) == ("alpha",)
    assert shape_names(EXPRESSION, PRIORS) == ("q", "k", "c")
    assert parameter_names(EXPRESSION, PRIORS) == ("E", "A", "alpha", "B", "q", "k", "c")
    assert input_names(EXPRESSION, PRIORS) == ("x", "y", "z")


def test_roles() -> None:
    roles = {name: role_of(name, EXPRESSION, PRIORS) for name in ("E", "A", "alpha", "q", "k", "x")}
    assert roles == {"E": "floor", "A": "amplitude", "alpha": "exponent", "q": "q", "k": "shape", "x": ""}


def test_q_may_be_an_exponent() -> None:
    expression = joined("beta", power("A", "alpha", "x"), power("B", "beta", "y"))
    assert shape_names(expression, ()) == ()
    assert role_of("beta", expression, ()) == "exponent"
