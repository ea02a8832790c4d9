"""Implicit laws solved by a bounded number of Newton steps.

Each equation is monotone with a slope bounded away from zero in the coordinate used, and starts near its asymptotes;
tests hold the residual against zero over the whole range. Only the last step carries a gradient: at the solution it is
the implicit function's. The steps before it are one loop in the compiled code: written out one after the other they
make a graph that takes minutes to compile.
"""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

STEPS = 7  # digits double with each: six reach 1e-12 for alpha of .03 to 35 and alpha_batch of .02 to 2


def saturating_share(log_term: Any, alpha: Any, xp: Any = np) -> Any:
    """The share s in (0, 1) with s / (1 − s)^alpha = exp(log_term).

    What M4 (Alabdulmohsin et al. 2022, arXiv 2209.06640) solves: with s = (y − ε∞) / (ε0 − ε∞), the law
    (y − ε∞) / (ε0 − y)^α = β x^−c reads s / (1 − s)^α = β x^−c (ε0 − ε∞)^(α − 1).
    """
    # z = logit s: log s − α·log(1 − s) rises with slope between 1 and α, from z below to α·z above
    start = xp.minimum(log_term, 0.0) + xp.maximum(log_term, 0.0) / alpha
    z = _solved(_share_step, start, (log_term, alpha), xp)
    return xp.exp(-_softplus(-z, xp))


def _share_step(z: Any, log_term: Any, alpha: Any, xp: Any) -> Any:
    """One Newton step for z, the logit of the share."""
    log_share, log_rest = -_softplus(-z, xp), -_softplus(z, xp)
    slope = xp.exp(log_rest) + alpha * xp.exp(log_share)
    return z - (log_share - alpha * log_rest - log_term) / slope


def batch_loss(model: Any, steps: Any, ratio: Any, alpha_steps: Any, alpha_batch: Any, xp: Any = np) -> Any:
    """The loss L with L = model + steps · (1 + ratio · L^(−1/alpha_batch))^alpha_steps (Su et al. 2024, 2403.06563).

    `model` is (N_c/N)^α_N, `steps` is (S_c/S)^α_S for S optimiser steps, and ratio = B*/B: the critical batch size
    B*/L^(1/α_B) itself depends on the loss, so that S_min = S / (1 + B_crit/B) does too.
    """
    # t = log L: log of the right side falls as t grows, so that Newton's slope is at least one; starts at B → ∞
    start = xp.log(model + steps)
    return xp.exp(_solved(_loss_step, start, (model, steps, ratio, alpha_steps, alpha_batch), xp))


def _loss_step(t: Any, model: Any, steps: Any, ratio: Any, alpha_steps: Any, alpha_batch: Any, xp: Any) -> Any:
    """One Newton step for t, the log of the loss."""
    inflated = ratio * xp.exp(-t / alpha_batch)
    term = steps * (1 + inflated) ** alpha_steps
    fall = term * alpha_steps * inflated / (1 + inflated) / alpha_batch / (model + term)
    return t - (t - xp.log(model + term)) / (1 + fall)


def _solved(step: Callable[..., Any], start: Any, constants: tuple[Any, ...], xp: Any) -> Any:
    """The value after STEPS steps from `start`, differentiable by way of the last one.

    Parameters
    ----------
    step
        One step: a function of (value, *constants, namespace) that NumPy, PyTensor's tensors and its scalars can
        evaluate.
    start, constants
        Where the steps start, and what they need beside the value; they broadcast.
    """
    if xp is np:
        value = start
        for _ in range(STEPS):
            value = step(value, *constants, np)
        return value
    return step(_looped(step, start, constants), *constants, xp)


def _looped(step: Callable[..., Any], start: Any, constants: tuple[Any, ...]) -> Any:
    """The value after STEPS − 1 steps, without a gradient: one elementwise operation that holds a loop."""
    import pytensor.scalar as ps
    import pytensor.tensor as pt
    from pytensor.tensor.elemwise import Elemwise

    namespace = SimpleNamespace(exp=ps.exp, log=ps.log, log1p=ps.log1p, maximum=ps.scalar_maximum)
    value, *rest = (ps.float64() for _ in range(1 + len(constants)))
    # no early end: it makes a second output, on which PyTensor 3's inference of assumptions fails with a traceback
    loop = _constant_loop()(init=[value], constant=rest, update=[step(value, *rest, namespace)])
    return Elemwise(loop)(STEPS - 1, *(pt.cast(argument, "float64") for argument in (start, *constants)))


@cache
def _constant_loop() -> Any:
    """PyTensor's loop over scalars, as a constant to whatever is differentiated (it has no gradient of its own)."""
    import pytensor.scalar as ps
    from pytensor.scalar.loop import ScalarLoop

    class ConstantLoop(ScalarLoop):  # type: ignore[misc]
        def pullback(self, inputs: Any, outputs: Any, output_gradients: Any) -> list[Any]:
            return [ps.constant(0.0) for _ in inputs]

    return ConstantLoop


def _softplus(x: Any, xp: Any) -> Any:
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-abs(x)))
