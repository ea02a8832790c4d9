"""Partial centring: how far a value is sampled as itself or as its distance from its mean, value by value.

Papaspiliopoulos, Roberts and Sköld (2007), A general framework for the parametrization of hierarchical models.
"""

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
    weights : array, shape (basis,)
        Of the discrepancy's coefficients.
    turn : array, shape (basis, basis)
        Rotation that makes the functions orthogonal under the noise of the data.
    projector : array, shape (obs, basis)
        Maps a log prediction at the rows to its coefficients.
    """

    members: Array
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
    return Centring(members, np.zeros(layout.n_basis), np.eye(layout.n_basis), projector)


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
