"""Priors of parameters in natural units: each is a normal distribution of the parameter on some scale."""

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
    """A normal distribution of ``scale(parameter)``.

    Parameters
    ----------
    scale : {"log", "logit", "identity"}
        Transformation of the parameter.
    location : float
        Mean on that scale.
    spread : float
        Standard deviation on that scale, above 0. A spread of 0.35 on the log scale means that the parameter is within
        a factor of two of its median with a probability of 95 %.

    Raises
    ------
    InputError
        If the location is not finite, or the spread is not finite and above 0.
    """

    scale: Scale
    location: float
    spread: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.location):
            raise InputError(f"location={self.location!r} of a prior must be finite")
        if not (np.isfinite(self.spread) and self.spread > 0):
            raise InputError(f"spread={self.spread!r} of a prior must be finite and above 0")

    def natural(self, coordinate: Numeric, xp: ArrayModule = np) -> Any:
        """Map a value on the scale to the parameter in natural units.

        Parameters
        ----------
        coordinate : float, array or tensor
            The value on the scale, of any shape.
        xp : module, default numpy
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        float, array or tensor
            The parameter, of the same shape.
        """
        return natural_of(self.scale, coordinate, xp)

    def quantile(self, probability: float) -> float:
        """Return a quantile of the parameter in natural units.

        Parameters
        ----------
        probability : float
            Between 0 and 1.

        Returns
        -------
        float
            The quantile.
        """
        return float(self.natural(self.location + self.spread * ndtri(probability)))

    def __str__(self) -> str:
        """Write the median and the 90 % interval."""
        median, lower, upper = (self.quantile(p) for p in (0.5, 0.05, 0.95))
        return f"{median:.3g} [{lower:.3g}, {upper:.3g}]"


def natural_of(scale: Scale, coordinate: Numeric, xp: ArrayModule = np) -> Any:
    """Map a value on a scale to natural units.

    Parameters
    ----------
    scale : {"log", "logit", "identity"}
        The scale.
    coordinate : float, array or tensor
        The value on the scale, of any shape.
    xp : module, default numpy
        `numpy` or `pytensor.tensor`.

    Returns
    -------
    float, array or tensor
        The value in natural units, of the same shape.
    """
    if scale == "log":
        return xp.exp(coordinate)
    if scale == "logit":
        return expit(coordinate) if xp is np else xp.sigmoid(coordinate)
    return coordinate


@checked
def lognormal(median: float, spread: float) -> Prior:
    """Make the prior of a positive parameter: ``log(parameter) ~ Normal(log(median), spread)``.

    Parameters
    ----------
    median : float
        Median of the parameter, above 0.
    spread : float
        Standard deviation of its logarithm, above 0.

    Returns
    -------
    Prior
        The prior.

    Raises
    ------
    InputError
        If the median or the spread is not finite and above 0.
    """
    if not 0 < median < np.inf:
        raise InputError(f"median={median!r} of a positive parameter must be above 0, and finite")
    return Prior("log", float(np.log(median)), spread)


@checked
def logitnormal(location: float, spread: float) -> Prior:
    """Make the prior of a parameter between 0 and 1: ``logit(parameter) ~ Normal(location, spread)``.

    Parameters
    ----------
    location : float
        Mean of the logit of the parameter.
    spread : float
        Standard deviation of the logit, above 0.

    Returns
    -------
    Prior
        The prior.

    Raises
    ------
    InputError
        If the location is not finite, or the spread is not finite and above 0.
    """
    return Prior("logit", location, spread)


@checked
def normal(mean: float, spread: float) -> Prior:
    """Make the prior of an unrestricted parameter: ``parameter ~ Normal(mean, spread)``.

    Parameters
    ----------
    mean : float
        Mean of the parameter.
    spread : float
        Its standard deviation, above 0.

    Returns
    -------
    Prior
        The prior.

    Raises
    ------
    InputError
        If the mean is not finite, or the spread is not finite and above 0.
    """
    return Prior("identity", mean, spread)
