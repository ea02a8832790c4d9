"""Priors in natural units, each one a normal distribution in some coordinate."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import expit, ndtri

from bayescale.core.argument_types import ArrayModule, Numeric
from bayescale.core.arguments import checked
from bayescale.errors import InputError

type Scale = Literal["log", "logit", "identity"]


@checked
@dataclass(frozen=True)
class Prior:
    """A normal distribution for `scale(parameter)`: what every sampler coordinate starts from.

    `location` and `spread` are mean and standard deviation in that coordinate. A spread of .35 on the log scale says
    "within a factor of two, nineteen times in twenty".
    """

    scale: Scale
    location: float
    spread: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.location) and np.isfinite(self.spread) and self.spread > 0):
            raise InputError(
                f"a prior needs a finite location and a positive spread, not location={self.location!r}, "
                f"spread={self.spread!r}"
            )

    def natural(self, coordinate: Numeric, xp: ArrayModule = np) -> Any:
        """The parameter in natural units at a coordinate; any shape, NumPy or PyTensor."""
        if self.scale == "log":
            return xp.exp(coordinate)
        if self.scale == "logit":
            return expit(coordinate) if xp is np else xp.sigmoid(coordinate)
        return coordinate

    def quantile(self, probability: float) -> float:
        """Quantile of the parameter in natural units."""
        return float(self.natural(self.location + self.spread * ndtri(probability)))

    def __str__(self) -> str:
        median, lower, upper = (self.quantile(p) for p in (0.5, 0.05, 0.95))
        return f"{median:.3g} [{lower:.3g}, {upper:.3g}]"


@checked
def lognormal(median: float, spread: float) -> Prior:
    """A positive parameter: log parameter ~ Normal(log median, spread)."""
    if not 0 < median < np.inf:
        raise InputError(f"median={median!r} of a positive parameter must be above 0, and finite")
    return Prior("log", float(np.log(median)), spread)


@checked
def logitnormal(location: float, spread: float) -> Prior:
    """A parameter between 0 and 1: logit parameter ~ Normal(location, spread)."""
    return Prior("logit", location, spread)


@checked
def normal(mean: float, spread: float) -> Prior:
    """An unrestricted parameter."""
    return Prior("identity", mean, spread)
