"""The projection of <projektor>: a response at one size of data from those at two smaller ones, with no parameter."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayescale.core.arguments import checked
from bayescale.errors import InputError


@checked
def projektor(responses: ArrayLike, sizes: ArrayLike, at: ArrayLike) -> Any:
    """Project a response measured at two sizes of data to other sizes, linearly in the logarithm of the size.

    L(N) = L(N_1) + (L(N_2) − L(N_1))·log(N/N_1)/log(N_2/N_1). It has no parameter and no noise: the uncertainty of the
    projection is that of the two responses, so give it draws. It is unbounded: far from both sizes a loss falls below
    any floor, where the law `projection` levels off.

    Parameters
    ----------
    responses
        Losses or scores at the two sizes, shape (..., 2), for example (draw, 2).
    sizes
        The two sizes, above 0 and different, shape (2,).
    at
        Sizes to project to, above 0, shape () or (k,).

    Returns
    -------
    array of shape (...) or (..., k), in the unit of the responses.

    Raises
    ------
    InputError
        For shapes that do not fit, responses that are not finite, and sizes that are not above 0 or are equal.

    References
    ----------
    Kang et al. 2023, arXiv 2307.02460, second stage; the formula is that of the authors' code.
    """
    values, two, wanted = (np.asarray(one, dtype=float) for one in (responses, sizes, at))
    if values.ndim == 0 or values.shape[-1] != 2 or two.shape != (2,) or wanted.ndim > 1:
        raise InputError(
            f"responses {values.shape} must end in 2, sizes {two.shape} be (2,), and `at` one size or a list of sizes"
        )
    if not np.isfinite(values).all():
        raise InputError("responses must be finite")
    if not all((np.isfinite(one) & (one > 0)).all() for one in (two, wanted)) or two[0] == two[1]:
        raise InputError(f"sizes must be finite and above 0, and the two measured ones different, not {two.tolist()}")
    share = np.log(wanted / two[0]) / np.log(two[1] / two[0])
    first, second = values[..., 0], values[..., 1]
    if wanted.ndim:
        first, second = first[..., None], second[..., None]
    return first + (second - first) * share
