"""Curvature of a log density, from its gradient."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.sampling.compilation import Density

type Array = NDArray[np.float64]
type Data = Mapping[str, Array]

STEP = 1e-4  # of the finite difference of the gradient
SOFTEST = 0.05  # curvature below this is taken as this


def curvature(density: Density, data: Data, point: Array) -> Array:
    """Compute minus the Hessian of the log density, by central differences of the gradient.

    Parameters
    ----------
    density : Density
        Compiled log density.
    data : mapping of str to array
        `rows` and `constants` (`pack_data`).
    point : array, shape (coordinate,)
        Where.

    Returns
    -------
    array, shape (coordinate, coordinate)
        Symmetric; entries that are not finite are zero.
    """
    steps = STEP * np.eye(density.size)
    out = np.array([(density(point - step, data)[1] - density(point + step, data)[1]) / (2 * STEP) for step in steps])
    out = np.where(np.isfinite(out), out, 0.0)
    return np.asarray((out + out.T) / 2)
