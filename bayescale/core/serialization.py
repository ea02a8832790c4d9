"""Facts stored in the attributes of a posterior's tree as JSON: question, data, versions. Reading executes nothing."""

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import xarray as xr

from bayescale.core.limits import strict_json
from bayescale.errors import StoredPosteriorError


def frozen(facts: Mapping[str, object]) -> dict[str, str]:
    """Return facts as attributes of a tree.

    Parameters
    ----------
    facts : mapping of str to object
        JSON values by name.

    Returns
    -------
    dict of str to str
        The attributes.
    """
    return {f"bayescale_{name}": json.dumps(value, sort_keys=True) for name, value in facts.items()}


def fact(tree: xr.DataTree, name: str) -> Any:
    """Return one fact stored with a posterior.

    Parameters
    ----------
    tree : xarray.DataTree
        The posterior's tree.
    name : str
        Name of the fact, such as "random_seed", "predictive_seed", "sampler", "notes" or "data_digest".

    Returns
    -------
    object
        The JSON value.

    Raises
    ------
    StoredPosteriorError
        The tree does not hold a readable fact of this name.
    """
    try:
        return strict_json(tree.attrs[f"bayescale_{name}"])
    except (KeyError, TypeError, ValueError) as error:
        raise StoredPosteriorError(f"this tree is not a bayescale posterior: no readable attribute {name!r}") from error


def has(tree: xr.DataTree, name: str) -> bool:
    """Return whether a tree holds a fact.

    Parameters
    ----------
    tree : xarray.DataTree
        The posterior's tree.
    name : str
        Name of the fact.

    Returns
    -------
    bool
        Whether it does.
    """
    return f"bayescale_{name}" in tree.attrs


def require_schema(tree: xr.DataTree, schema: int, *older: int) -> None:
    """Require a tree to have a schema that this release reads.

    Parameters
    ----------
    tree : xarray.DataTree
        The tree.
    schema : int
        Number of the schema that this release writes.
    *older : int
        Numbers of earlier schemas that it reads too.

    Raises
    ------
    StoredPosteriorError
        The tree has another schema.
    """
    stored_schema = fact(tree, "schema")
    if stored_schema not in (schema, *older):
        raise StoredPosteriorError(
            f"this posterior has schema {stored_schema}, and bayescale {version_of('bayescale')} reads schema "
            f"{schema}: read it with the version that wrote it, or fit again"
        )


def version_of(package: str) -> str:
    """Return the installed version of a package.

    Parameters
    ----------
    package : str
        Name of the distribution.

    Returns
    -------
    str
        The version, or "unknown".
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
