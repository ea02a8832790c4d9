"""Learning-rate schedules: the inputs that laws take from one, and the multi-power law of a whole schedule."""

from collections.abc import Mapping
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.errors import InputError

type Array = NDArray[np.float64]

#: Coefficients of the multi-power law by model size, as `multi_power_loss` takes them. They are from the README of the
#: authors' repository, not from the paper.
MULTI_POWER: Mapping[str, Mapping[str, float]] = {
    size: dict(zip(("L_0", "A", "alpha", "B", "C", "beta", "gamma"), values, strict=True))
    for size, values in {
        "25M": (3.040, 0.525, 0.508, 363.8, 2.066, 0.583, 0.641),
        "100M": (2.651, 0.601, 0.453, 437.9, 2.132, 0.598, 0.655),
        "400M": (2.375, 0.654, 0.429, 523.4, 2.025, 0.594, 0.635),
    }.items()
}


@checked
def schedule_features(lr: ArrayLike, decay: float = 0.999, warmup: int = 0) -> dict[str, Array]:
    """Compute the inputs of the law `lr_annealing` after every step of a learning-rate schedule.

    `lr_area` is S1, the sum of the rates so far. `lr_annealing` is S2, the sum of a momentum of the decreases of the
    rate, m_i = decay * m_{i-1} + lr_{i-1} - lr_i. In S1 the warm-up counts with its own rates; in S2 it counts with the
    rate that follows it, because its rise is not annealing. With this definition the published refits are reproduced
    within 0.03 %. With the warm-up at its peak rate in S1, the error is about 1 % and alpha is off by 84 to 113 %.

    Parameters
    ----------
    lr : array_like, shape (step,)
        Learning rate of every step from the first on, finite and at least 0.
    decay : float, default 0.999
        Decay of the momentum, at least 0 and below 1. C of the law belongs to one decay; its prior is for 0.999.
    warmup : int, default 0
        Number of warm-up steps at the start of `lr`, fewer than its steps.

    Returns
    -------
    dict of str to array, shape (step,)
        The columns "lr_area" and "lr_annealing".

    Raises
    ------
    InputError
        If `lr` is no sequence of finite rates of at least 0, or `decay` or `warmup` is out of range.

    References
    ----------
    Tissue, Wang, Wang (2024), arXiv:2408.11029.
    """
    rates = _rates(lr)
    if not 0 <= decay < 1:
        raise InputError(f"decay={decay:g} must be at least 0 and below 1")
    if not (isinstance(warmup, int) and 0 <= warmup < len(rates)):
        raise InputError(f"warmup={warmup!r} must be a whole number of steps from 0 to {len(rates) - 1}")
    after_warmup = np.where(np.arange(len(rates)) < warmup, rates[warmup], rates)
    decreases = -np.diff(after_warmup, prepend=after_warmup[0])

    def next_momentum(momentum: float, decrease: float) -> float:
        return decay * momentum + decrease

    momentum = np.array(list(accumulate(decreases.tolist(), next_momentum)))
    return {"lr_area": np.cumsum(rates), "lr_annealing": np.cumsum(momentum)}


def multi_power_loss(lr: ArrayLike, parameters: Mapping[str, float], warmup_area: float = 0.0) -> Array:
    """Evaluate the multi-power law after every step of a schedule.

    L(t) = L_0 + A * (S1(t) + S_W)**-alpha - B * sum over k <= t of (lr_{k-1} - lr_k) * G(lr_k**-gamma * S_k(t)), where
    S_k(t) is the sum of the rates of steps k to t and G(x) = 1 - (1 + C * x)**-beta. The work grows with the number of
    steps times the number of changes of the rate.

    Parameters
    ----------
    lr : array_like, shape (step,)
        Learning rate of every step after the warm-up, finite and above 0.
    parameters : mapping of str to float
        L_0, A, alpha, B, C, beta and gamma, as in `MULTI_POWER`.
    warmup_area : float, default 0
        S_W, the sum of the rates of the warm-up: half its steps times the peak rate, where it is linear. L_0 belongs to
        one definition of this area; use that of the fit.

    Returns
    -------
    array, shape (step,)
        Loss after every step.

    Raises
    ------
    InputError
        If `lr` is no sequence of finite rates above 0.

    References
    ----------
    Luo et al. (2025), arXiv:2503.12811.
    """
    rates = _rates(lr)
    if not rates.all():
        raise InputError(
            f"the multi-power law needs learning rates above 0; step {int(np.argmin(rates))} has 0: leave it out"
        )
    area = np.cumsum(rates)
    removed = np.zeros(len(rates))
    for k in np.flatnonzero(np.diff(rates)) + 1:
        x = rates[k] ** -parameters["gamma"] * (area[k:] - area[k - 1])
        fraction = -np.expm1(-parameters["beta"] * np.log1p(parameters["C"] * x))
        removed[k:] += (rates[k - 1] - rates[k]) * fraction
    power = parameters["A"] * (area + warmup_area) ** -parameters["alpha"]
    return np.asarray(parameters["L_0"] + power - parameters["B"] * removed)


def _rates(lr: ArrayLike) -> Array:
    """Learning rates as an array. Raises InputError for anything but finite rates of at least 0."""
    try:
        rates = np.asarray(lr, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError("learning rates must be numbers, one per step") from error
    if rates.ndim != 1 or not rates.size:
        raise InputError(f"learning rates must be one sequence of one or more steps, not of shape {rates.shape}")
    invalid = np.flatnonzero(~(np.isfinite(rates) & (rates >= 0)))
    if invalid.size:
        raise InputError(
            f"{invalid.size} learning rates are not finite and at least 0",
            [f"step {step}: {rates[step]:g}" for step in invalid[:5]],
        )
    return rates
