"""Priors of the horizon model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Priors:
    """Scales of the priors; lengths are in doublings of human time, effects in logits.

    Attributes
    ----------
    location_scale : float
        Standard deviation of log2 of an agent's median horizon around the mean log2 length of the tasks: 90 % of
        agents lie within a factor of 300 of it. It is fixed, not learned from the other agents, since agents of several
        years differ by orders of magnitude; it alone bounds the horizon of an agent without a success or a failure.
    slope_location, slope_location_scale : float
        Mean and standard deviation of the mean log slope: slopes from 0.2 to 2.2 logits per doubling.
    slope_spread : float
        Half-normal scale of the spread of log slopes over agents.
    effect_scale : float
        Half-normal scale of the standard deviations of the effects of families, tasks and cells.
    """

    location_scale: float = 5.0
    slope_location: float = -0.4
    slope_location_scale: float = 0.7
    slope_spread: float = 0.5
    effect_scale: float = 2.0


PRIORS = Priors()
