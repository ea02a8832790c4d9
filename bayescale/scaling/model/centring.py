"""Partial centring: how far a value is sampled as itself or as its distance from its mean, value by value.

Papaspiliopoulos, Roberts and Sköld (2007), A general framework for the parametrization of hierarchical models.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.design import Design

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Centring:
    """Degree of centring of every value: 1 samples the value itself, 0 its distance from the mean.

    A family's value has the population's mean. The discrepancy's coefficients are taken together with what its
    functions span of the law's own log prediction: where data are informative, the sum of both is determined however
    law and discrepancy share it.

    Attributes
    ----------
    members : array, shape (member, family)
        Of the families' values of pooled parameters.
    term_weights : array, shape (term, family)
        Weights of the slopes in the total that is sampled, per family.
    population_weights : array, shape (term,)
        Weights of the slopes in the total of the population.
    weights : array, shape (basis,)
        Of the discrepancy's coefficients.
    turn : array, shape (basis, basis)
        Rotation that makes the functions orthogonal under the noise of the data.
    projector : array, shape (obs, basis)
        Maps a log prediction at the rows to its coefficients.
    """

    members: Array
    term_weights: Array
    population_weights: Array
    weights: Array
    turn: Array
    projector: Array


def default_centring(design: Design) -> Centring:
    """Centre families halfway, and the discrepancy not at all.

    Parameters
    ----------
    design : Design
        Numbers of families, parameters and functions.

    Returns
    -------
    Centring
        The one that compiled code and searches for modes start from.
    """
    layout = design.layout
    members = np.full((len(layout.members), layout.n_families), 0.5)
    projector = np.zeros((len(design.scaled_response), layout.n_basis))
    terms = len(layout.joined_terms)
    return Centring(
        members,
        np.ones((terms, layout.n_families)),
        np.ones(terms),
        np.zeros(layout.n_basis),
        np.eye(layout.n_basis),
        projector,
    )


def to_total(slopes: Sequence[Any], weights: Sequence[Any], xp: Any) -> list[Any]:
    """Compute the log of the weighted total of slopes, and the log ratios of the others to the first.

    Where inputs vary together, data determine the total and hardly the ratios: single log slopes then lie along a
    curve. The Jacobian is 1.

    Parameters
    ----------
    slopes : sequence of array
        Log slopes.
    weights : sequence of array
        Weights, at least 0.
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    list of array
        Log total, then log ratios; `from_total` is the inverse.
    """
    ratios = [slope - slopes[0] for slope in slopes[1:]]
    return [slopes[0] + _log_sum(ratios, weights, xp), *ratios]


def from_total(total: Sequence[Any], weights: Sequence[Any], xp: Any) -> list[Any]:
    """Compute log slopes from the log of their weighted total and their log ratios.

    Parameters
    ----------
    total : sequence of array
        Log total, then log ratios of the other slopes to the first.
    weights, xp
        As in `to_total`.

    Returns
    -------
    list of array
        Log slopes.
    """
    first = total[0] - _log_sum(total[1:], weights, xp)
    return [first, *(ratio + first for ratio in total[1:])]


def to_joined(
    values: Sequence[Any], names: Sequence[str], joined: Sequence[str], weights: Sequence[Any], xp: Any
) -> list[Any]:
    """Replace slopes in a list of parameters by their total and ratios.

    Parameters
    ----------
    values : sequence of array
        One value per name.
    names : sequence of str
        Parameters.
    joined : sequence of str
        Those of them that are slopes to be joined; none changes nothing.
    weights, xp
        As in `to_total`.

    Returns
    -------
    list of array
        Values; `from_joined` is the inverse.
    """
    return _replaced(values, names, joined, weights, xp, to_total)


def from_joined(
    values: Sequence[Any], names: Sequence[str], joined: Sequence[str], weights: Sequence[Any], xp: Any
) -> list[Any]:
    """Replace totals and ratios in a list of parameters by slopes; the inverse of `to_joined`.

    Parameters
    ----------
    values, names, joined, weights, xp
        As in `to_joined`.

    Returns
    -------
    list of array
        Values.
    """
    return _replaced(values, names, joined, weights, xp, from_total)


def to_joined_noise(noise: Sequence[Any], names: Sequence[str], joined: Sequence[str], xp: Any) -> list[Any]:
    """Replace floor and slope of the noise by the noise at the centre of the data and their ratio, all as logs.

    Data determine the root of the sum of squares; either part may vanish beside the other. The Jacobian is 1.

    Parameters
    ----------
    noise : sequence of array
        Log noise parameters, one per name.
    names : sequence of str
        Noise parameters.
    joined : sequence of str
        Floor and slope; none changes nothing.
    xp : module
        NumPy or PyTensor.

    Returns
    -------
    list of array
        What is sampled; `from_joined_noise` is the inverse.
    """
    squares = to_joined([2 * value for value in noise], names, joined, [1.0] * len(joined), xp)
    return [value / 2 for value in squares]


def from_joined_noise(sampled: Sequence[Any], names: Sequence[str], joined: Sequence[str], xp: Any) -> list[Any]:
    """Compute the log noise parameters from what is sampled; the inverse of `to_joined_noise`.

    Parameters
    ----------
    sampled : sequence of array
        One value per name.
    names, joined, xp
        As in `to_joined_noise`.

    Returns
    -------
    list of array
        Log noise parameters.
    """
    squares = from_joined([2 * value for value in sampled], names, joined, [1.0] * len(joined), xp)
    return [value / 2 for value in squares]


def _replaced(
    values: Sequence[Any],
    names: Sequence[str],
    joined: Sequence[str],
    weights: Sequence[Any],
    xp: Any,
    change: Callable[[Sequence[Any], Sequence[Any], Any], list[Any]],
) -> list[Any]:
    """Values, those of the joined names changed."""
    out = list(values)
    if joined:
        places = [names.index(name) for name in joined]
        changed = change([values[place] for place in places], [weights[k] for k in range(len(places))], xp)
        for place, value in zip(places, changed, strict=True):
            out[place] = value
    return out


def _log_sum(ratios: Sequence[Any], weights: Sequence[Any], xp: Any) -> Any:
    """Log of the weighted sum of 1 and the ratios."""
    out = weights[0]
    for ratio, weight in zip(ratios, weights[1:], strict=True):
        out = out + weight * xp.exp(ratio)
    return xp.log(out)


def to_centred(deviation: Any, mean: Any, stretch: Any, centring: Any) -> Any:
    """Compute the coordinate that is sampled in place of a value.

    Its prior is Normal(centring·mean, spread^centring).

    Parameters
    ----------
    deviation : array
        The value minus its mean.
    mean : array
        The mean.
    stretch : array
        spread^(1 − centring), where the value is Normal(mean, spread).
    centring : array
        Degree of centring, from 0 to 1.

    Returns
    -------
    array
        The coordinate; `from_centred` is the inverse.
    """
    return centring * mean + deviation / stretch


def from_centred(coordinate: Any, mean: Any, stretch: Any, centring: Any) -> Any:
    """Compute the value from the coordinate that is sampled in its place.

    Parameters
    ----------
    coordinate : array
        What is sampled, NumPy or PyTensor.
    mean, stretch, centring : array
        As in `to_centred`.

    Returns
    -------
    array
        The value, mean and deviation together.
    """
    return mean + stretch * (coordinate - centring * mean)
