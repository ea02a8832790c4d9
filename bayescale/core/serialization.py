"""Facts frozen with a posterior's tree: what was asked, of which data, by which versions. JSON: nothing in it runs."""

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import xarray as xr

from bayescale.core.limits import strict_json
from bayescale.errors import StoredPosteriorError


def frozen(facts: Mapping[str, object]) -> dict[str, str]:
    """Facts as a tree's attributes."""
    return {f"bayescale_{name}": json.dumps(value, sort_keys=True) for name, value in facts.items()}


def fact(tree: xr.DataTree, name: str) -> Any:
    """One fact frozen with a posterior, such as `random_seed`, `predictive_seed`, `sampler`, `notes` or `data_digest`.

    Raises StoredPosteriorError where the tree does not carry it.
    """
    try:
        return strict_json(tree.attrs[f"bayescale_{name}"])
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
