"""The catalogue: `laws()` lists it, `law(name)` gives one entry, by name or by its id."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

from bayescale.core.arguments import checked
from bayescale.errors import LawError, closest
from bayescale.scaling_laws.catalog import (
    compute,
    data_reuse,
    downstream,
    hyperparameters,
    learning_curves,
    learning_rate,
    mixture_of_experts,
    other,
    pretraining,
    quantization,
)
from bayescale.scaling_laws.evidence import LAWS
from bayescale.scaling_laws.law import Law, is_loss

if TYPE_CHECKING:
    import pandas as pd


def _order(name: str) -> tuple[int, str]:
    """L2 before L10, L2 before L2b."""
    number = "".join(filter(str.isdigit, name))
    return int(number), name


def _catalogue(entries: Iterable[Law]) -> dict[str, Law]:
    out: dict[str, Law] = {}
    for entry in entries:
        if entry.name in out:
            raise ValueError(f"two laws are named {entry.name!r}")
        out[entry.name] = entry
    return out


PARTS = (
    pretraining,
    compute,
    data_reuse,
    quantization,
    mixture_of_experts,
    learning_rate,
    hyperparameters,
    downstream,
    learning_curves,
    other,
)
CATALOGUE = _catalogue(sorted((entry for part in PARTS for entry in part.LAWS), key=lambda entry: _order(entry.id)))


@checked
def law(name: str, over: str | None = None, response: str | None = None) -> Law:
    """One entry of the catalogue, by name or id (where several share an id, the first), or the law in a .toml file.

    `over` names another input for a law of one input, `response` another measured column:
    `law("power_floor", over="n_tokens", response="error")`; where that is no loss, floors have the prior of errors.
    Raises LawError with the closest match for an unknown name; InputError for a file that holds no law.
    """
    if in_file(name):
        from bayescale.scaling_laws.toml import read_law  # it reads the catalogue, to keep names apart

        return _adapted(read_law(name), over, response)
    if name in ("arise", "L43"):
        raise LawError("ARISE (L43) is a score of draws, no law that can be fitted: bayescale.arise(accuracy, tokens)")
    if name == "projektor":
        raise LawError(
            "the projection of <projektor> (L41) has no parameter to fit: bayescale.projektor(responses, sizes, at); "
            "the law 'projection' is a form of ours that levels off"
        )
    found = CATALOGUE.get(name) or next((entry for entry in CATALOGUE.values() if entry.id == name), None)
    if found is None:
        raise LawError(
            f"no law is called {name!r}.{closest(name, CATALOGUE)} `bayescale laws` lists them with their ids"
        )
    return _adapted(found, over, response)


def in_file(name: str) -> bool:
    """Whether a law is named by the file that holds it instead of by a name of the catalogue."""
    return name.lower().endswith(".toml")


def _adapted(found: Law, over: str | None, response: str | None) -> Law:
    """The law with another input or response, where they are given."""
    if over is not None:
        found = _over(found, over)
    return found if response is None else _measured(found, response)


def _measured(found: Law, response: str) -> Law:
    """The law of another response, with priors in its unit."""
    own = {} if is_loss(response) else learning_curves.ERROR_PRIORS.get(found.name, {})
    return replace(found, response=response, priors={**found.priors, **own})


def _over(found: Law, column: str) -> Law:
    if len(found.inputs) != 1:
        raise LawError(f"law {found.name!r} has {len(found.inputs)} inputs: `over` is for laws of one input")
    return replace(found, expression=found.expression.renamed(found.inputs[0], column), ranges={}, counts={})


@checked
def laws() -> "pd.DataFrame":
    """The catalogue as a table: id, inputs, parameters, formula, whose form it is, source.

    The form is "printed" where the formula is the source's, "rewritten" where its parameters are ours, and "own" where
    the formula is ours, after the source.
    """
    import pandas as pd

    rows = [
        {
            "law": entry.name,
            "id": entry.id,
            "inputs": ", ".join(entry.inputs),
            "parameters": ", ".join(entry.parameter_names),
            "formula": entry.latex,
            "form": LAWS[entry.name].form,
            "source": entry.source,
        }
        for entry in CATALOGUE.values()
    ]
    return pd.DataFrame(rows).set_index("law")


class _Catalogue(ModuleType):
    """This package, callable: `bayescale.scaling_laws.registry` is both it and the function of that name."""

    def __call__(self) -> "pd.DataFrame":
        return laws()


sys.modules[__name__].__class__ = _Catalogue
