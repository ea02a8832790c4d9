"""Arguments of several numbers brought to one shape."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayescale.errors import InputError

type Array = NDArray[np.float64]


def in_one_shape(arrays: Mapping[str, Array]) -> tuple[Array, ...]:
    """Broadcast arrays, by argument name, against each other.

    Raises
    ------
    InputError
        Where the shapes do not fit, with the shape of every argument.
    """
    try:
        return tuple(np.broadcast_arrays(*arrays.values()))
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InputError(f"the shapes do not fit: {shapes}; give one number each, or arrays of one shape") from error
