"""Validation of array arguments of the public functions for repeated sampling."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayescale.core.text import listing
from bayescale.errors import InputError

type Array = NDArray[np.float64]

_MOST_VOTES = 1e9  # for one answer: the probability that it is the mode is then exact to five digits


def read_numbers(values: ArrayLike, name: str) -> Array:
    """Return values as an array of floats.

    Parameters
    ----------
    values : array_like
        The values.
    name : str
        Name of the argument, for messages.

    Returns
    -------
    ndarray
        The numbers.

    Raises
    ------
    InputError
        If they are not numbers, or rows have different lengths.
    """
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}={values!r} must be numbers, with rows of one length") from error


def read_whole(values: ArrayLike, name: str) -> Array:
    """Return values as an array of whole numbers of 1 or more.

    Parameters
    ----------
    values : array_like
        The values.
    name : str
        Name of the argument, for messages.

    Returns
    -------
    ndarray
        The numbers, as floats.

    Raises
    ------
    InputError
        If one is not a whole number of 1 or more.
    """
    numbers = read_numbers(values, name)
    usable = (numbers >= 1) & (numbers == np.floor(numbers)) & np.isfinite(numbers)
    if not usable.all():
        raise InputError(f"{name}={distinct(numbers[~usable])} must be a whole number of 1 or more")
    return numbers


def read_shares(values: ArrayLike, name: str) -> Array:
    """Return values as an array of numbers from 0 to 1.

    Parameters
    ----------
    values : array_like
        The values.
    name : str
        Name of the argument, for messages.

    Returns
    -------
    ndarray
        The numbers.

    Raises
    ------
    InputError
        If one is outside 0 to 1.
    """
    numbers = read_numbers(values, name)
    wrong = ~((numbers >= 0) & (numbers <= 1))
    if wrong.any():
        raise InputError(f"{name}={distinct(numbers[wrong])} must lie between 0 and 1")
    return numbers


def read_votes(votes: ArrayLike) -> Array:
    """Return numbers of votes for each distinct answer.

    Parameters
    ----------
    votes : array_like, shape (n_answers,)
        The numbers.

    Returns
    -------
    ndarray, shape (n_answers,)
        The numbers, as floats.

    Raises
    ------
    InputError
        If one is not a whole number from 0 to 1e9, or all are 0.
    """
    counts = read_numbers(votes, "votes")
    if counts.ndim != 1 or not (np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))).all():
        raise InputError(f"votes={votes!r} must be one count for each distinct answer, whole numbers of 0 or more")
    if (counts > _MOST_VOTES).any():
        raise InputError(f"votes={counts.max():g} of one answer must be {_MOST_VOTES:g} or less")
    if not counts.sum():
        raise InputError(f"votes={votes!r} holds no vote: give one answer with 1 vote or more")
    return counts


def in_one_shape(arrays: Mapping[str, Array]) -> tuple[Array, ...]:
    """Broadcast arguments against each other.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Arrays by the name of the argument.

    Returns
    -------
    tuple of ndarray
        The arrays in one shape.

    Raises
    ------
    InputError
        If the shapes do not broadcast, with the shape of every argument.
    """
    try:
        return tuple(np.broadcast_arrays(*arrays.values()))
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InputError(
            f"the shapes do not broadcast: {shapes}; give one number each, or arrays of one shape"
        ) from error


def distinct(values: Array) -> str:
    """Write the distinct values in ascending order, at most eight.

    Parameters
    ----------
    values : ndarray
        The values.

    Returns
    -------
    str
        The text.
    """
    return listing([f"{value:g}" for value in np.unique(values)])


def scalar_or_array(values: NDArray[Any]) -> Array:
    """Return a number where an array has no axis, else the array.

    Parameters
    ----------
    values : ndarray
        The array.

    Returns
    -------
    float or ndarray
        The number or the array.
    """
    return cast(Array, values.item() if values.ndim == 0 else values)
