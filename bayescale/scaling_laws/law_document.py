"""The fields of a law from the JSON document that `Law.to_json` wrote."""

from typing import Any

from bayescale.core.limits import strict_json
from bayescale.scaling_laws.expression import Aggregate, Expression, Power
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.link import Link, Scale
from bayescale.scaling_laws.prior import Prior


def law_fields(text: str) -> dict[str, Any]:
    """Read the arguments of `Law` from a document.

    Parameters
    ----------
    text : str
        The JSON document.

    Returns
    -------
    dict
        Arguments by name.

    Raises
    ------
    ValueError, KeyError, TypeError, InputError
        If the document was not written by `Law.to_json`.
    """
    document = strict_json(text)
    expression = document["expression"]
    aggregate = expression["aggregate"]
    if aggregate:
        powers = tuple(Power(**{**fields, "quantity": Formula(**fields["quantity"])}) for fields in aggregate["powers"])
        aggregate = Aggregate(powers, aggregate["q"])
    extra = Formula(**expression["extra"]) if expression["extra"] else None
    parts = {
        "expression": Expression(expression["floor"], aggregate, extra),
        "priors": {name: Prior(**prior) for name, prior in document["priors"].items()},
        "link": Link(**document["link"]),
        "scale": Scale(**document["scale"]),
        "ranges": {name: (float(low), float(high)) for name, (low, high) in document["ranges"].items()},
    }
    return {**document, **parts}
