"""The ARISE score: how efficiently more reasoning tokens become accuracy."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayescale.core.arguments import checked
from bayescale.errors import InputError


@checked
def arise(accuracy: ArrayLike, tokens: ArrayLike) -> Any:
    """How well more tokens of reasoning turn into accuracy, from budget to budget: a functional of draws, no law.

    The sum over budgets j of Δ_j·(t_{j−1}/t_j)^sign(Δ_j), Δ_j being the change of accuracy and t_j the tokens spent: a
    gain counts for less where it took more tokens, a loss for more. Tokens may fall from one budget to the next, as a
    model that is allowed more sometimes writes less.

    Parameters
    ----------
    accuracy
        Shares right, between 0 and 1, shape (..., budget) of two or more budgets, for example (draw, problem, budget).
    tokens
        Tokens spent, above 0, shape (..., budget); broadcasts with `accuracy`.

    Returns
    -------
    array of shape (...): a score per draw and problem. Its mean over problems is the score of a model, the spread of
    that over draws its uncertainty.

    Raises
    ------
    InputError
        For shapes that do not fit, accuracies outside 0 to 1, and tokens that are not finite and above 0.

    References
    ----------
    ARISE, Yin et al. 2025, arXiv 2510.06014; the sum is that of the authors' code.
    """
    right, spent = np.asarray(accuracy, dtype=float), np.asarray(tokens, dtype=float)
    if right.ndim == 0 or spent.ndim == 0 or right.shape[-1] != spent.shape[-1] or right.shape[-1] < 2:
        raise InputError(f"accuracy {right.shape} and tokens {spent.shape} must end in the same budgets, two or more")
    if not ((right >= 0) & (right <= 1)).all():
        raise InputError("accuracy must be between 0 and 1")
    if not (np.isfinite(spent) & (spent > 0)).all():
        raise InputError("tokens must be finite and more than 0")
    change = np.diff(right)
    return (change * (spent[..., :-1] / spent[..., 1:]) ** np.sign(change)).sum(axis=-1)
