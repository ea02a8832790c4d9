"""Laws of loss along a learning-rate schedule, and what they take from one."""

from collections.abc import Mapping
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal, normal
from bayescale.scaling_laws.terms import floor, power, term

type Array = NDArray[np.float64]

#: Coefficients of the multi-power law by model size, from the README of the authors' repository (not from the paper);
#: `multi_power_loss` takes them as they stand.
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
    """Inputs of the law `lr_annealing` after every step, from the learning rate of every step.

    `lr_area` is S1, the sum of the rates so far, those of the warm-up as they were. `lr_annealing` is S2, the sum of
    m_i = decay·m_(i−1) + η_(i−1) − η_i, a momentum of the falls of the rate; there the warm-up stands at the rate that
    follows it, as its rise is no annealing. So counted, the published refits come back within .03 %; with a warm-up at
    the peak rate in S1 as well the error is about 1 % and alpha is off by 84 to 113 %.

    Parameters
    ----------
    lr
        Learning rate of every step from the first on, 0 or more, shape (step,).
    decay
        Decay of the momentum, at least 0 and below 1. The law's C belongs to one decay: .999 here and in its prior.
    warmup
        Steps of warm-up at the start of `lr`, fewer than its steps.

    Returns
    -------
    dict with arrays `lr_area` and `lr_annealing` of shape (step,).

    Raises
    ------
    InputError
        For anything but a sequence of finite rates of 0 or more, a decay outside [0, 1), a warm-up that leaves no step.

    References
    ----------
    Tissue, Wang, Wang 2024, arXiv 2408.11029.
    """
    rates = _rates(lr)
    if not 0 <= decay < 1:
        raise InputError(f"decay must be at least 0 and below 1, not {decay:g}")
    if not (isinstance(warmup, int) and 0 <= warmup < len(rates)):
        raise InputError(f"warmup must be a whole number of steps from 0 to {len(rates) - 1}, not {warmup!r}")
    at_peak = np.where(np.arange(len(rates)) < warmup, rates[warmup], rates)
    falls = -np.diff(at_peak, prepend=at_peak[0])

    def carried(momentum: float, fall: float) -> float:
        return decay * momentum + fall

    momentum = np.array(list(accumulate(falls.tolist(), carried)))
    return {"lr_area": np.cumsum(rates), "lr_annealing": np.cumsum(momentum)}


def multi_power_loss(lr: ArrayLike, parameters: Mapping[str, float], warmup_area: float = 0.0) -> Array:
    """Loss after every step by the multi-power law, from the learning rate of every step after warm-up.

    L(t) = L_0 + A·(S1(t) + S_W)^−alpha − B·Σ_(k≤t) (η_(k−1) − η_k)·G(η_k^−gamma·S_k(t)), where S_k(t) sums the rates of
    steps k to t, G(x) = 1 − (1 + C·x)^−beta and `warmup_area` is S_W, the sum of the rates of the warm-up (half its
    steps at the peak rate, where it is linear). L_0 depends on how that area is counted: as the fit did. `parameters`
    are L_0, A, alpha, B, C, beta, gamma (see MULTI_POWER). Work grows with the steps times the changes of the rate.

    Raises InputError for anything but a sequence of finite rates above 0.
    """
    rates = _rates(lr)
    if not rates.all():
        raise InputError(f"the multi-power law needs rates above 0; step {int(np.argmin(rates))} has 0")
    p = parameters
    area = np.cumsum(rates)
    drop = np.zeros(len(rates))
    for k in np.flatnonzero(np.diff(rates)) + 1:
        x = rates[k] ** -p["gamma"] * (area[k:] - area[k - 1])
        drop[k:] += (rates[k - 1] - rates[k]) * -np.expm1(-p["beta"] * np.log1p(p["C"] * x))
    return np.asarray(p["L_0"] + p["A"] * (area + warmup_area) ** -p["alpha"] - p["B"] * drop)


def _rates(lr: ArrayLike) -> Array:
    """Learning rates as an array; raises InputError saying what is wrong with them."""
    try:
        rates = np.asarray(lr, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError("learning rates must be numbers, one a step") from error
    if rates.ndim != 1 or not rates.size:
        raise InputError(f"learning rates must be one sequence of one or more steps, not of shape {rates.shape}")
    wrong = np.flatnonzero(~(np.isfinite(rates) & (rates >= 0)))
    if wrong.size:
        raise InputError(
            f"{wrong.size} learning rates are not finite and at least 0",
            [f"step {step}: {rates[step]:g}" for step in wrong[:5]],
        )
    return rates


def _one_drop(p: Mapping[str, float]) -> dict[str, float]:
    """Parameters of the law below: the drop's part at a drop of 1e-4 and a rate of 1e-4 after it."""
    return {
        "E": p["L_0"],
        "A": p["A"],
        "alpha": p["alpha"],
        "h": p["B"] * 1e-4,
        "c": p["C"] * 1e-4 ** -p["gamma"],
        "beta": p["beta"],
        "gamma": p["gamma"],
    }


#: Prior of the constant E. Annealing takes loss away from it, so that it is no floor and may lie above the least loss;
#: fits to models of 25M to 400M have 2.4 to 3.2.
FINAL_LOSS = lognormal(2.7, 0.3)

LAWS: tuple[Law, ...] = (
    Law(
        "lr_annealing",
        floor("E") + power("A", "alpha", "lr_area") + term("-C * lr_annealing"),
        source="Tissue, Wang, Wang 2024, arXiv 2408.11029: L_0 + A S1^-alpha - C S2; inputs by schedule_features",
        id="L8",
        regime="One model size and any schedule of the learning rate, with decay 0.999 in lr_annealing. The warm-up "
        "counts in lr_area with its own rates, and not in lr_annealing (`warmup` of schedule_features).",
        pitfalls="The data determine only C / (1 - decay): use one decay throughout. The law is linear in "
        "lr_annealing, so that a long decay to zero reduces the loss without bound. Points of one run are not "
        "independent.",
        published={
            f"refit to the curves of the multi-power law, {size}, cosine schedule only, decay .999": dict(
                zip(("E", "A", "C", "alpha"), values, strict=True)
            )
            for size, values in {
                "25M": (3.220, 0.446, 0.440, 0.581),
                "100M": (2.770, 0.611, 0.463, 0.444),
                "400M": (2.507, 0.667, 0.545, 0.414),
            }.items()
        },
        priors={"alpha": lognormal(0.5, 0.25), "C": lognormal(0.5, 0.5), "E": FINAL_LOSS},
        meanings={"C": "loss removed by annealing per unit of lr_annealing, at decay 0.999"},
        counts={
            "lr_area": "sum of the learning rates, including the warm-up",
            "lr_annealing": "momentum of the decreases of the learning rate, without the warm-up",
        },
        notation=r"L = L_0 + A S_1^{-\alpha} - C S_2",
        ranges={"lr_area": (0.1, 100), "lr_annealing": (0, 0.4)},
    ),
    Law(
        "multi_power",
        floor("E")
        + power("A", "alpha", "lr_area")
        + term("-h * lr_drop / 1e-4 * (1 - (1 + c * (lr_after / 1e-4)**-gamma * lr_area_since_drop)**-beta)"),
        source="Luo et al. 2025, arXiv 2503.12811: L_0 + A (S1 + S_W)^-alpha - LD; multi_power_loss has it whole",
        id="L8b",
        regime="Schedules with one drop of the learning rate, from one constant to another (two-stage WSD-con), after "
        "the drop; there the law is exact. lr_area includes the warm-up. lr_drop is the decrease of the rate, "
        "lr_after the rate after it, and lr_area_since_drop the sum of the rates from the drop on.",
        pitfalls="A gradual decay is a sum over its drops that contains parameters and has no such form: use "
        "lr_annealing or multi_power_loss. Shortly after the drop, h and c are strongly correlated.",
        published={
            f"Luo et al. 2025, {size}, the repository's; h = B / 1e4 and c = C 1e4^gamma": _one_drop(values)
            for size, values in MULTI_POWER.items()
        },
        priors={
            "alpha": lognormal(0.5, 0.25),
            "h": lognormal(0.045, 0.5),
            "c": lognormal(800.0, 0.5),
            "beta": lognormal(0.59, 0.15),
            "gamma": normal(0.64, 0.05),
            "E": FINAL_LOSS,
        },
        meanings={
            "h": "loss that a drop of 1e-4 removes in the end",
            "c": "how fast it is removed, per unit of summed rate, at a rate of 1e-4 after the drop",
            "beta": "exponent with which the remainder falls",
            "gamma": "exponent with which a lower rate after the drop accelerates it",
        },
        counts={
            "lr_area": "sum of the learning rates, including the warm-up",
            "lr_drop": "decrease of the learning rate",
            "lr_after": "learning rate after the drop",
            "lr_area_since_drop": "sum of the learning rates from the drop on",
        },
        notation=r"L = L_0 + A (S_1 + S_W)^{-\alpha} - B \sum_k (\eta_{k-1} - \eta_k) \left[1 - (1 + C "
        r"\eta_k^{-\gamma} S_k)^{-\beta}\right]",
        ranges={
            "lr_area": (0.5, 100),
            "lr_drop": (1e-6, 1e-3),
            "lr_after": (1e-6, 1e-3),
            "lr_area_since_drop": (1e-4, 10),
        },
    ),
)
