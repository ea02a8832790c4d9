"""SHA-256 digests of a posterior's tree: of its content, and of its exact arrays as stores of schema 1 recorded it."""

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from bayescale.errors import StoredPosteriorError

if TYPE_CHECKING:
    import numpy.typing as npt

TEXT_KINDS = "OTU"  # NumPy's kinds of arrays that may hold text


def content_digest(tree: xr.DataTree) -> str:
    """Digest of what a netCDF file keeps of a tree. A version in a store and a saved file record this digest.

    Parameters
    ----------
    tree : xarray.DataTree
        The tree, whose order of groups and variables does not count. Neither does the width of fixed-width text, nor
        whether an attribute is a NumPy scalar or array: a file keeps neither.

    Returns
    -------
    str
        SHA-256 over every group's attributes and every variable's name, dimensions, type, attributes and bytes.

    Raises
    ------
    StoredPosteriorError
        An attribute is no plain data, or an array holds objects that are no text.
    """
    return _digest(tree, narrow, lambda attrs: {str(name): plain(value) for name, value in attrs.items()})


def digest_of(tree: xr.DataTree) -> str:
    """Digest of a tree's exact arrays, the width of text included: what stores of schema 1 recorded.

    Parameters
    ----------
    tree : xarray.DataTree
        The tree, whose order of groups and variables does not count.

    Returns
    -------
    str
        SHA-256 over every group's attributes and every variable's name, dimensions, type, attributes and bytes.

    Raises
    ------
    StoredPosteriorError
        An attribute is no plain data.
    """
    return _digest(tree, lambda values: values, lambda attrs: attrs)


def _digest(
    tree: xr.DataTree,
    values_of: "Callable[[npt.NDArray[Any]], npt.NDArray[Any]]",
    attrs_of: Callable[[dict[Any, Any]], dict[Any, Any]],
) -> str:
    digest = hashlib.sha256()
    for node in sorted(tree.subtree, key=lambda group: group.path):
        dataset = node.to_dataset(inherit=False)
        digest.update(_as_json([node.path, attrs_of(dataset.attrs), sorted(map(str, dataset.coords))]))
        for name in sorted(dataset.variables, key=str):
            variable = dataset.variables[name]
            values = np.ascontiguousarray(values_of(variable.to_numpy()))
            digest.update(
                _as_json([str(name), variable.dims, values.dtype.str, values.shape, attrs_of(variable.attrs)])
            )
            digest.update(values.data if values.dtype.kind not in "OT" else _as_json(values.tolist()))
    return digest.hexdigest()


def narrow(values: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
    """Return text as fixed-width text of the least width.

    Parameters
    ----------
    values : ndarray
        Any array.

    Returns
    -------
    ndarray
        Text of at least one character in width; an array of another type as it is.

    Raises
    ------
    StoredPosteriorError
        The array holds objects that are no text.
    """
    if values.dtype.kind not in TEXT_KINDS:
        return values
    texts = values.ravel().tolist()
    if values.dtype.kind == "O" and not all(isinstance(text, str) for text in texts):
        raise StoredPosteriorError("this tree cannot be stored: an array holds objects that are no text")
    return np.array(texts or [""], dtype=str)[: values.size].reshape(values.shape)


def plain(value: object) -> object:
    """Return an attribute as plain data, since files return NumPy scalars and arrays.

    Parameters
    ----------
    value : object
        The attribute.

    Returns
    -------
    object
        A Python scalar or list for a NumPy value; any other value as it is.
    """
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _as_json(value: object) -> bytes:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except TypeError as error:
        raise StoredPosteriorError(
            f"this tree cannot be stored: an attribute or value is no plain data ({error})"
        ) from error
