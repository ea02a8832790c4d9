"""Facts frozen with a posterior's tree: what was asked, of which data, by which versions. JSON: nothing in it runs."""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import xarray as xr

from bayescale.core import notes
from bayescale.core.limits import strict_json
from bayescale.errors import StoredPosteriorError

#: How facts that are not plain JSON values are written and read.
_CODECS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {"notes": (notes.to_json, notes.from_json)}


def frozen(facts: Mapping[str, object]) -> dict[str, str]:
    """Encode facts as attributes of a tree.

    Parameters
    ----------
    facts : mapping of str to object
        JSON values by the name of the fact. `notes` are texts or `Note`; their codes and names are stored with them.

    Returns
    -------
    dict of str to str
        JSON texts by the name of the attribute.
    """
    encoded = {name: _CODECS[name][0](value) if name in _CODECS else value for name, value in facts.items()}
    return {f"bayescale_{name}": json.dumps(value, sort_keys=True) for name, value in encoded.items()}


def fact(tree: xr.DataTree, name: str) -> Any:
    """Read one fact stored with a posterior.

    Parameters
    ----------
    tree : xarray.DataTree
        The posterior.
    name : str
        The fact, such as `random_seed`, `predictive_seed`, `sampler`, `notes` or `data_digest`.

    Returns
    -------
    object
        The JSON value. For `notes` a tuple of `Note`; texts that an earlier release stored have no code.

    Raises
    ------
    StoredPosteriorError
        The tree does not carry the fact.
    """
    try:
        value = strict_json(tree.attrs[f"bayescale_{name}"])
        return _CODECS[name][1](value) if name in _CODECS else value
    except (KeyError, TypeError, ValueError) as error:
        raise StoredPosteriorError(f"this tree is not a bayescale posterior: no readable attribute {name!r}") from error


def has(tree: xr.DataTree, name: str) -> bool:
    """Whether a tree carries a fact."""
    return f"bayescale_{name}" in tree.attrs


def require_schema(tree: xr.DataTree, schema: int) -> None:
    """Raise StoredPosteriorError unless a tree was written with this schema."""
    found = fact(tree, "schema")
    if found != schema:
        raise StoredPosteriorError(
            f"this posterior has schema {found}, and bayescale {version_of('bayescale')} reads schema {schema}: "
            "read it with the version that wrote it, or fit again"
        )


def version_of(package: str) -> str:
    """The installed version, or "unknown"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
