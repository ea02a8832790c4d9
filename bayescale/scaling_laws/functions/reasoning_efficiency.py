"""The ARISE score: how efficiently a model turns additional reasoning tokens into accuracy."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayescale.core.arguments import checked
from bayescale.errors import InputError


@checked
def arise(accuracy: ArrayLike, tokens: ArrayLike) -> Any:
    """Score how well additional reasoning tokens turn into accuracy, from budget to budget.

    The score is the sum over budgets j of d_j * (t_{j-1} / t_j)**sign(d_j), where d_j is the change of accuracy and t_j
    the tokens spent: a gain counts less where it took more tokens, and a loss counts more. Tokens may fall from one
    budget to the next, as a model sometimes writes less when it may write more. The score is a function of
    measurements, so that it has no parameters to fit.

    Parameters
    ----------
    accuracy : array_like, shape (..., budget)
        Shares of correct answers, between 0 and 1, at two or more budgets; for example of shape
        (draw, problem, budget).
    tokens : array_like, shape (..., budget)
        Tokens spent, above 0. Broadcasts with `accuracy`.

    Returns
    -------
    array, shape (...)
        One score per draw and problem. Its mean over problems is the score of a model; the spread of that mean over
        draws is its uncertainty.

    Raises
    ------
    InputError
        If the shapes do not fit, an accuracy is outside 0 to 1, or a number of tokens is not finite and above 0.

    References
    ----------
    Yin et al. (2025), ARISE, arXiv:2510.06014; the sum is that of the authors' code.
    """
    shares, spent = np.asarray(accuracy, dtype=float), np.asarray(tokens, dtype=float)
    if shares.ndim == 0 or spent.ndim == 0 or shares.shape[-1] != spent.shape[-1] or shares.shape[-1] < 2:
        raise InputError(
            f"accuracy of shape {shares.shape} and tokens of shape {spent.shape} must have the same budgets on their "
            "last axis, two or more"
        )
    if not ((shares >= 0) & (shares <= 1)).all():
        raise InputError("accuracy must be between 0 and 1 everywhere")
    if not (np.isfinite(spent) & (spent > 0)).all():
        raise InputError("tokens must be finite and more than 0 everywhere")
    change = np.diff(shares)
    return (change * (spent[..., :-1] / spent[..., 1:]) ** np.sign(change)).sum(axis=-1)
