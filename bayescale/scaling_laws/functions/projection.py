"""The projection of <projektor>: a response at one size of the data from those at two sizes, without parameters."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayescale.core.arguments import checked
from bayescale.errors import InputError


@checked
def projektor(responses: ArrayLike, sizes: ArrayLike, at: ArrayLike) -> Any:
    """Project a response measured at two sizes of the data to other sizes, linearly in the logarithm of the size.

    L(N) = L(N_1) + (L(N_2) - L(N_1)) * log(N / N_1) / log(N_2 / N_1). The projection has no parameter and no noise: its
    uncertainty is that of the two responses, so pass draws of them. It is unbounded: far from both sizes a loss falls
    below any floor. The law `projection` levels off at a floor instead.

    Parameters
    ----------
    responses : array_like, shape (..., 2)
        Losses or scores at the two sizes, for example of shape (draw, 2).
    sizes : array_like, shape (2,)
        The two sizes: different, finite and above 0.
    at : array_like, shape () or (k,)
        Sizes to project to: finite and above 0.

    Returns
    -------
    array, shape (...) or (..., k)
        The projected responses, in the unit of `responses`.

    Raises
    ------
    InputError
        If the shapes do not fit, a response is not finite, or a size is not finite and above 0, or the two are equal.

    References
    ----------
    Kang et al. (2023), arXiv:2307.02460, second stage; the formula is that of the authors' code.
    """
    values, measured, targets = (np.asarray(argument, dtype=float) for argument in (responses, sizes, at))
    if values.ndim == 0 or values.shape[-1] != 2 or measured.shape != (2,) or targets.ndim > 1:
        raise InputError(
            f"the last axis of `responses` must have length 2, not shape {values.shape}; `sizes` must have shape (2,), "
            f"not {measured.shape}; `at` must be one size or a list of sizes, not of shape {targets.shape}"
        )
    if not np.isfinite(values).all():
        raise InputError(f"responses must be finite; {np.count_nonzero(~np.isfinite(values))} are not")
    for name, array in (("sizes", measured), ("at", targets)):
        if not (np.isfinite(array) & (array > 0)).all():
            raise InputError(f"{name}={array.tolist()} must be finite and above 0")
    if measured[0] == measured[1]:
        raise InputError(f"sizes={measured.tolist()} must be different from each other")
    share = np.log(targets / measured[0]) / np.log(measured[1] / measured[0])
    first, second = values[..., 0], values[..., 1]
    if targets.ndim:
        first, second = first[..., None], second[..., None]
    return first + (second - first) * share
