"""Facts stored in the attributes of a posterior's tree as JSON: question, data, versions. Reading executes nothing."""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import xarray as xr

from bayescale.core import notes
from bayescale.core.deferred import defer_dask
from bayescale.core.limits import strict_json
from bayescale.errors import StoredPosteriorError

defer_dask()

APPROXIMATION = "approximation"  # the fact of a tree whose draws were not sampled: how good they are
MARK = "approximate, not checked"  # on every answer from such a tree
KIND_OF_CAPABILITY = "capability"  # the fact `kind` of a posterior of capabilities
KIND_OF_HORIZON = "horizon"  # the fact `kind` of a posterior of time horizons
KIND_OF_RISK = "risk"  # the fact `kind` of a posterior of risk; a posterior of losses has none, a stack its own

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


def require_sampled(tree: xr.DataTree) -> None:
    """Require a tree not to hold the approximate draws of a preview, which no check has passed.

    Parameters
    ----------
    tree : xarray.DataTree
        The tree.

    Raises
    ------
    StoredPosteriorError
        It holds such draws: they are no fit, and are neither saved nor checked nor published as one.
    """
    if has(tree, APPROXIMATION):
        raise StoredPosteriorError(
            f"these draws are those of a preview ({MARK}): they cannot be used, saved or published as a fit; sample "
            "the posterior with bayescale.fit"
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
