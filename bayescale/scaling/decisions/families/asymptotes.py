"""Where the law of a family ends along one input, at which scale it is half-way there, and how fast it goes on.

The law is evaluated at zero and at infinity, so that laws of any form are read alike: a floor and an exponent of a
power law, the asymptote and the midpoint of a sigmoid. The discrepancy takes no part: it has no limit of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.errors import LawError
from bayescale.scaling.decisions.family_response import Held
from bayescale.scaling.posterior import FittedLaws, Posterior

type Array = NDArray[np.float64]

LEAST_LOG, MOST_LOG = -600.0, 690.0  # of the input: its values stay numbers
STEPS = 60  # halvings: to within 1e-15 of a logarithm
NEAR, NEARER = 1e-4, 1e-5  # of the half gap: where the exponent is that at infinity


@dataclass(frozen=True)
class Gap:
    """The gap to the asymptote at which scales of families are compared.

    Attributes
    ----------
    start : float
        Value of the input where the gain begins: 0 where the law is finite there, else the smallest training value.
    level : float or None
        Half of the families' mean gap at `start`, on the log scale. None where each draw has a gap of its own at 0.
    """

    start: float
    level: float | None


def require_limits(laws: FittedLaws, held: Sequence[Held], along: str) -> None:
    """Refuse laws without a finite limit as an input grows.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    held : sequence of Held
        The families, and the values of the other inputs.
    along : str
        The input.

    Raises
    ------
    LawError
        If the law of a draw has no finite limit.
    """
    for name, posterior in laws.posteriors.items():
        curve = _curve(posterior, held, along)
        with np.errstate(all="ignore"):
            limits = curve(np.inf)
        if not np.isfinite(limits).all():
            raise LawError(
                f"law {name!r} has no finite limit as {along} grows, so that its families have no asymptotes: compare "
                "them at targets with `compare`, or along a range with `crossover`"
            )


def common_gap(laws: FittedLaws, held: Sequence[Held], along: str, low: float) -> Gap:
    """Find the gap at which scales of families are compared.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    held : sequence of Held
        The families, and the values of the other inputs.
    along : str
        The input.
    low : float
        Value of the input where the gain begins if the law is infinite at 0.

    Returns
    -------
    Gap
        The gap.
    """
    bounded, gaps = True, []
    with np.errstate(all="ignore"):
        for posterior in laws.posteriors.values():
            curve = _curve(posterior, held, along)
            bounded = bounded and bool(np.isfinite(curve(0.0)).all())
            gaps.append(np.log(np.abs(curve(low) - curve(np.inf))))
    if bounded:
        return Gap(0.0, None)
    finite = np.concatenate([gap[np.isfinite(gap)] for gap in gaps])
    return Gap(low, float(np.exp(finite.mean()) / 2))


def family_limits(laws: FittedLaws, held: Sequence[Held], along: str, gap: Gap) -> xr.Dataset:
    """Compute the asymptote of each family, the scale at which half of the gain is made, and the exponent of the rest.

    Parameters
    ----------
    laws : FittedLaws
        Posterior of one law or of a stack.
    held : sequence of Held
        The families, and the values of the other inputs.
    along : str
        The input.
    gap : Gap
        The gap at which scales are compared.

    Returns
    -------
    Dataset
        `asymptote`, `half` and `exponent` (chain, draw, family). `half` is infinite where the gap is never that small;
        `exponent` is NaN where it cannot be computed.
    """
    with np.errstate(all="ignore"):
        return laws.mix(lambda posterior: _limits(posterior, held, along, gap))


def _limits(posterior: Posterior, held: Sequence[Held], along: str, gap: Gap) -> xr.Dataset:
    """The three quantities under one law."""
    curve = _curve(posterior, held, along)
    limit = curve(np.inf)

    def log_gap(log_value: Array) -> Array:
        return np.asarray(np.log(np.abs(curve(np.exp(log_value)) - limit)))

    half_gap = np.abs(curve(0.0) - limit) / 2 if gap.level is None else np.full(limit.shape, gap.level)
    logs = [_crossed(log_gap, np.log(half_gap * share)) for share in (1.0, NEAR, NEARER)]
    decade = logs[2] - logs[1]
    exponent = np.where(np.isfinite(decade) & (decade > 0), np.log(NEAR / NEARER) / decade, np.nan)
    draws = {"asymptote": limit, "half": np.exp(logs[0]), "exponent": exponent}
    return xr.Dataset({name: (("chain", "draw", "family"), values) for name, values in draws.items()})


def _crossed(log_gap: Callable[[Array], Array], level: Array) -> Array:
    """Logarithm of the input at which a falling curve crosses a level: infinite beyond the range of numbers."""
    low, high = np.full(level.shape, LEAST_LOG), np.full(level.shape, MOST_LOG)
    never = ~(log_gap(high) < level)
    for _ in range(STEPS):
        middle = (low + high) / 2
        above = log_gap(middle) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(np.isfinite(level) & ~never, (low + high) / 2, np.inf)


def _curve(posterior: Posterior, held: Sequence[Held], along: str) -> Callable[[float | Array], Array]:
    """The law of each family as a function of the input: from a value, or (chain, draw, family), to the response."""
    law, variables = posterior.law, posterior.tree["posterior"]
    places = [posterior.design.families.index(str(of_family.family)) for of_family in held]
    parameters = {name: variables[name].to_numpy()[..., places] for name in law.parameter_names}
    fixed = {name: np.array([of_family.at[name] for of_family in held]) for name in law.inputs if name != along}
    shape = np.broadcast_shapes(*(values.shape for values in parameters.values()))

    def curve(value: float | Array) -> Array:
        inputs: Mapping[str, Array] = {**fixed, along: np.asarray(value, dtype=float)}
        return np.broadcast_to(law.evaluate(inputs, parameters), shape)

    return curve
