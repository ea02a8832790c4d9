"""What a law looks like in a notebook, and its fields from the JSON document that `Law.to_json` wrote."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from bayescale.core.display import Page
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


def page_of(law: Any) -> Page:
    """Return the representation of a law: its parameters with roles, meanings and priors, source and formula.

    Parameters
    ----------
    law : Law
        The law.

    Returns
    -------
    Page
        The representation.
    """
    import pandas as pd

    known_as = f" ({law.id})" if law.id else ""
    rows = [(entry.name, entry.role, entry.meaning, str(entry.prior)) for entry in law.parameters]
    table = pd.DataFrame(rows, columns=["parameter", "role", "meaning", "prior: median [90 %]"])
    title = f"{law.name}{known_as}: {law.response} from {', '.join(law.inputs)}"
    return Page(title, table, (law.source,), law.latex)


def digest_of(law: Any) -> str:
    """Compute a short hash of what a calibration of a law depends on.

    Parameters
    ----------
    law : Law
        The law.

    Returns
    -------
    str
        Twelve digits of the hash of formula, link, scale and every prior.
    """
    priors = {name: asdict(law.prior(name)) for name in law.parameter_names}
    parts = [asdict(law.expression), asdict(law.link), asdict(law.scale), priors]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
