"""Implicit laws solved by a fixed number of Newton steps.

Each equation is monotone with a slope bounded away from zero in the coordinate used, and starts near its asymptotes;
tests hold the residual against zero over the whole range. Only the last step carries a gradient: at the solution it is
the implicit function's, and the graph of the steps before need not be differentiated.
"""

from typing import Any

import numpy as np

STEPS = 10


def saturating_share(log_term: Any, alpha: Any, xp: Any = np) -> Any:
    """The share s in (0, 1) with s / (1 − s)^alpha = exp(log_term).

    What M4 (Alabdulmohsin et al. 2022, arXiv 2209.06640) solves: with s = (y − ε∞) / (ε0 − ε∞), the law
    (y − ε∞) / (ε0 − y)^α = β x^c reads s / (1 − s)^α = β x^c (ε0 − ε∞)^(α − 1).
    """
    # z = logit s: log s − α·log(1 − s) rises with slope between 1 and α, from z below to α·z above
    z = xp.minimum(log_term, 0.0) + xp.maximum(log_term, 0.0) / alpha
    for _ in range(STEPS):
        z = _held(z, xp)
        log_share, log_rest = -_softplus(-z, xp), -_softplus(z, xp)
        slope = xp.exp(log_rest) + alpha * xp.exp(log_share)
        z = z - (log_share - alpha * log_rest - log_term) / slope
    return xp.exp(-_softplus(-z, xp))


def batch_loss(model: Any, steps: Any, ratio: Any, alpha_steps: Any, alpha_batch: Any, xp: Any = np) -> Any:
    """The loss L with L = model + steps · (1 + ratio · L^(−1/alpha_batch))^alpha_steps (Su et al. 2024, 2403.06563).

    `model` is (N_c/N)^α_N, `steps` is (S_c/S)^α_S for S optimiser steps, and ratio = B*/B: the critical batch size
    B*/L^(1/α_B) itself depends on the loss, so that S_min = S / (1 + B_crit/B) does too.
    """
    # t = log L: log of the right side falls as t grows, so that Newton's slope is at least one; starts at B → ∞
    t = xp.log(model + steps)
    for _ in range(STEPS):
        t = _held(t, xp)
        inflated = ratio * xp.exp(-t / alpha_batch)
        term = steps * (1 + inflated) ** alpha_steps
        fall = term * alpha_steps * inflated / (1 + inflated) / alpha_batch / (model + term)
        t = t - (t - xp.log(model + term)) / (1 + fall)
    return xp.exp(t)


def _held(value: Any, xp: Any) -> Any:
    """The value without its gradient."""
    if xp is np:
        return value
    from pytensor.gradient import disconnected_grad

    return disconnected_grad(value)


def _softplus(x: Any, xp: Any) -> Any:
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-abs(x)))
