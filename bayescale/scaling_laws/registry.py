"""The catalogue of laws: `laws` lists it, `law` returns one entry, `evidence_of` returns what an entry rests on."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bayescale.core.arguments import checked
from bayescale.errors import LawError, closest
from bayescale.scaling_laws.catalog.learning_curves import ERROR_PRIORS
from bayescale.scaling_laws.entries import CATALOGUE as CATALOGUE
from bayescale.scaling_laws.entries import EVIDENCE, FUNCTION_IDS, FUNCTIONS
from bayescale.scaling_laws.evidence.record import Evidence
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.roles import is_loss
from bayescale.scaling_laws.toml import read_law

if TYPE_CHECKING:
    import pandas as pd


@checked
def law(name: str, over: str | None = None, response: str | None = None) -> Law:
    """Return one law of the catalogue, or the law that a TOML file describes.

    Parameters
    ----------
    name : str
        Name of the law, its id, or the path of a .toml file. Where several laws share an id, the first is returned.
    over : str, optional
        Another input for a law of one input: ``law("power_floor", over="n_tokens")``. The ranges and the definition of
        the original input are dropped.
    response : str, optional
        Another measured column: ``law("power_floor", response="error")``. Where its name contains no "loss", floors
        get the wider prior of errors.

    Returns
    -------
    Law
        The entry, with the input and the response that were requested.

    Raises
    ------
    LawError
        If no law has this name (the message names the closest one), or if `over` is used with a law of several inputs.
    InputError
        If the file cannot be read or describes no law.

    See Also
    --------
    laws : List the catalogue.
    """
    if in_file(name):
        return _adapt(read_law(name), over, response)
    if function := FUNCTIONS.get(FUNCTION_IDS.get(name, name)):
        raise LawError(function)
    entry = CATALOGUE.get(name) or next((entry for entry in CATALOGUE.values() if entry.id == name), None)
    if entry is None:
        raise LawError(
            f"no law is called {name!r}.{closest(name, CATALOGUE)} `bayescale laws` lists all laws with their ids"
        )
    return _adapt(entry, over, response)


def in_file(name: str) -> bool:
    """Return whether a name is the path of a TOML file instead of a name of the catalogue.

    Parameters
    ----------
    name : str
        Name of a law, or path of a file.

    Returns
    -------
    bool
        True for a name that ends in ".toml".
    """
    return name.lower().endswith(".toml")


def evidence_of(name: str) -> Evidence | None:
    """Return what a law of the catalogue rests on.

    Parameters
    ----------
    name : str
        Name of the law.

    Returns
    -------
    Evidence or None
        None for a law that is not in the catalogue.
    """
    return EVIDENCE.get(name)


def _adapt(entry: Law, over: str | None, response: str | None) -> Law:
    """Replace the input and the response of a law where they are given, at once: each may be the other's old name."""
    changes: dict[str, Any] = {}
    if over is not None:
        changes |= _of_input(entry, over)
    if response is not None:
        changes |= _of_response(entry, response)
    return replace(entry, **changes) if changes else entry


def _of_response(entry: Law, response: str) -> dict[str, Any]:
    """Fields of the law of another response; where that is no loss, with the priors the catalogue has for errors."""
    priors = {} if is_loss(response) else ERROR_PRIORS.get(entry.name, {})
    return {"response": response, "priors": {**entry.priors, **priors}}


def _of_input(entry: Law, column: str) -> dict[str, Any]:
    """Fields of a law of one input with another input."""
    if len(entry.inputs) != 1:
        raise LawError(
            f"over={column!r} replaces the input of a law of one input; law {entry.name!r} has {len(entry.inputs)}: "
            f"{', '.join(entry.inputs)}. Choose another law, or write one in a TOML file"
        )
    return {"expression": entry.expression.renamed(entry.inputs[0], column), "ranges": {}, "counts": {}}


@checked
def laws() -> "pd.DataFrame":
    """List the catalogue.

    Returns
    -------
    pandas.DataFrame
        One row per law, with the name as index and the columns id, inputs, parameters, formula (LaTeX), form and
        source. The form is "printed" where the formula is that of the source, "rewritten" where it is the source's
        with other parameters, and "own" where it was derived here after the source.

    See Also
    --------
    law : Return one law.
    """
    import pandas as pd

    rows = [
        {
            "law": entry.name,
            "id": entry.id,
            "inputs": ", ".join(entry.inputs),
            "parameters": ", ".join(entry.parameter_names),
            "formula": entry.latex,
            "form": EVIDENCE[entry.name].form,
            "source": entry.source,
        }
        for entry in CATALOGUE.values()
    ]
    return pd.DataFrame(rows).set_index("law")
