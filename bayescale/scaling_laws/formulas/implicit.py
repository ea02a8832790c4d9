"""Implicit laws, solved by a fixed number of Newton steps.

In the coordinate used, each equation is monotone with a slope bounded away from zero, and the start is close to its
asymptotes; tests compare the residual with zero over the whole range. Only the last step has a gradient, which at the
solution is that of the implicit function. The steps before it are one loop in the compiled code, since a graph of
separate steps takes minutes to compile.
"""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

STEPS = 7  # each doubles the digits; six reach 1e-12 for alpha of 0.03 to 35 and alpha_batch of 0.02 to 2


def saturating_share(log_term: Any, alpha: Any, xp: Any = np) -> Any:
    """Solve s / (1 - s)**alpha = exp(log_term) for the share s between 0 and 1.

    With s = (y - e_inf) / (e_0 - e_inf), the law M4, (y - e_inf) / (e_0 - y)**alpha = beta * x**-c, has this form.

    Parameters
    ----------
    log_term : array or tensor
        Logarithm of the right side.
    alpha : array or tensor
        The exponent, above 0; broadcasts with `log_term`.
    xp : module, default numpy
        `numpy` or `pytensor.tensor`.

    Returns
    -------
    array or tensor
        The share, in the broadcast shape.

    References
    ----------
    Alabdulmohsin et al. (2022), arXiv:2209.06640, M4.
    """
    # z = logit s: log s - alpha * log(1 - s) rises with a slope between 1 and alpha, from z to alpha * z
    start = xp.minimum(log_term, 0.0) + xp.maximum(log_term, 0.0) / alpha
    z = _solved(_share_step, start, (log_term, alpha), xp)
    return xp.exp(-_softplus(-z, xp))


def _share_step(z: Any, log_term: Any, alpha: Any, xp: Any) -> Any:
    """One Newton step for z, the logit of the share."""
    log_share, log_rest = -_softplus(-z, xp), -_softplus(z, xp)
    slope = xp.exp(log_rest) + alpha * xp.exp(log_share)
    return z - (log_share - alpha * log_rest - log_term) / slope


def batch_loss(model: Any, steps: Any, ratio: Any, alpha_steps: Any, alpha_batch: Any, xp: Any = np) -> Any:
    """Solve L = model + steps * (1 + ratio * L**(-1 / alpha_batch))**alpha_steps for the loss L.

    The critical batch size B_* / L**(1 / alpha_batch) depends on the loss, and with it S_min = S / (1 + B_crit / B).

    Parameters
    ----------
    model : array or tensor
        The size term (N_c / N)**alpha_N.
    steps : array or tensor
        The steps term (S_c / S)**alpha_steps of S optimizer steps.
    ratio : array or tensor
        B_* over the batch size B.
    alpha_steps, alpha_batch : array or tensor
        Exponents of steps and of the critical batch size.
    xp : module, default numpy
        `numpy` or `pytensor.tensor`.

    Returns
    -------
    array or tensor
        The loss, in the broadcast shape.

    References
    ----------
    Su et al. (2024), arXiv:2403.06563; Kaplan et al. (2020), arXiv:2001.08361, equations 1.6 and 5.4.
    """
    # t = log L: the log of the right side falls as t grows, so that Newton's slope is at least 1. Start: infinite batch
    start = xp.log(model + steps)
    return xp.exp(_solved(_loss_step, start, (model, steps, ratio, alpha_steps, alpha_batch), xp))


def _loss_step(t: Any, model: Any, steps: Any, ratio: Any, alpha_steps: Any, alpha_batch: Any, xp: Any) -> Any:
    """One Newton step for t, the log of the loss."""
    inflated = ratio * xp.exp(-t / alpha_batch)
    term = steps * (1 + inflated) ** alpha_steps
    fall = term * alpha_steps * inflated / (1 + inflated) / alpha_batch / (model + term)
    return t - (t - xp.log(model + term)) / (1 + fall)


def _solved(step: Callable[..., Any], start: Any, constants: tuple[Any, ...], xp: Any) -> Any:
    """The value after STEPS steps from `start`; only the last step has a gradient.

    `step` is a function of (value, *constants, namespace) that NumPy, the recorder of `scaling/kernel/` and PyTensor's
    tensors and scalars can evaluate.
    """
    if xp is np:
        value = start
        for _ in range(STEPS):
            value = step(value, *constants, np)
        return value
    iterated = getattr(xp, "iterated", None) or _looped
    return step(iterated(step, start, constants), *constants, xp)


def _looped(step: Callable[..., Any], start: Any, constants: tuple[Any, ...]) -> Any:
    """The value after STEPS - 1 steps, without a gradient: one elementwise operation that contains a loop."""
    import pytensor.scalar as ps
    import pytensor.tensor as pt
    from pytensor.tensor.elemwise import Elemwise

    namespace = SimpleNamespace(exp=ps.exp, log=ps.log, log1p=ps.log1p, maximum=ps.scalar_maximum)
    value, *rest = (ps.float64() for _ in range(1 + len(constants)))
    # no stopping rule: it would make a second output, on which PyTensor 3's inference of assumptions fails
    loop = _constant_loop()(init=[value], constant=rest, update=[step(value, *rest, namespace)])
    return Elemwise(loop)(STEPS - 1, *(pt.cast(argument, "float64") for argument in (start, *constants)))


@cache
def _constant_loop() -> Any:
    """PyTensor's loop over scalars, treated as a constant in gradients (it has no gradient itself)."""
    import pytensor.scalar as ps
    from pytensor.scalar.loop import ScalarLoop

    class ConstantLoop(ScalarLoop):  # type: ignore[misc]
        def pullback(self, inputs: Any, outputs: Any, output_gradients: Any) -> list[Any]:
            return [ps.constant(0.0) for _ in inputs]

    return ConstantLoop


def _softplus(x: Any, xp: Any) -> Any:
    """log(1 + exp(x)) without overflow."""
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-abs(x)))
