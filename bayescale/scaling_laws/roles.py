"""Roles of parameters (floor, amplitude, exponent, q, shape): their default priors and meanings."""

from dataclasses import dataclass

import numpy as np

from bayescale.errors import LawError, closest
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal

#: Default priors by role, the same for every data set. They are free of units: a floor is a fraction of the smallest
#: loss in the training data, and a slope (the loss that a term removes per e-fold of its quantity, at the centre of the
#: data) is relative to that loss. benchmarks/README.md says which data were known when they were chosen.
ROLE_PRIORS = {
    "floor": logitnormal(0.4, 0.8),
    "slope": lognormal(0.08, 1.0),
    "exponent": lognormal(0.33, 0.35),
    "q": lognormal(float(np.exp(-0.3)), 0.5),
    "level": lognormal(1.25, 0.3),  # without a floor: loss at the centre of the data over the smallest loss
    "share": logitnormal(0.0, 1.5),  # without a floor: share of one term among several, at the centre
}
#: Priors that replace those of roles where the response is no loss, such as an error. Its floor is lower and less
#: certain: errors come close to it (0.5 to 0.95 of the smallest error in the image classification of Alabdulmohsin et
#: al. 2022) or fall far towards zero, as at the frontier of compute. Without a floor, an error falls by a larger factor
#: from the centre of the data to their end: by 3 to 6 at the published exponents of imitation, which are two to ten
#: times those of losses.
ERROR_PRIORS = {"floor": logitnormal(-0.2, 1.4), "level": lognormal(2.0, 0.8)}
#: Meaning and unit of a parameter by its role, for laws that say nothing of their own.
MEANINGS = {
    "floor": ("irreducible loss; the prior is of its fraction of the smallest training loss", "response"),
    "amplitude": (
        "size of a term; the prior is of its slope at the centre of the data, relative to the smallest loss",
        "mixed",
    ),
    "exponent": ("how fast a term falls with its quantity", "1"),
    "q": ("how the terms join: at 1 they add, towards 0 the larger term dominates", "1"),
    "shape": ("see the formula", "1"),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a law, in natural units.

    Attributes
    ----------
    name : str
        Name in the formula.
    role : {"floor", "amplitude", "exponent", "q", "shape"}
        What the parameter does in the formula.
    meaning : str
        What the parameter stands for, in words.
    unit : str
        Its unit: "response", "1", or "mixed" where it depends on an exponent.
    prior : Prior
        Prior of the coordinate in which it is sampled.
    """

    name: str
    role: str
    meaning: str
    unit: str
    prior: Prior


def is_loss(response: str) -> bool:
    """Return whether a response is a loss by its name, as a cross-entropy is, and no error, score or size.

    Parameters
    ----------
    response : str
        Name of the measured column.

    Returns
    -------
    bool
        True where the name contains "loss".
    """
    return "loss" in response.lower()


def default_prior(role: str, response: str) -> Prior:
    """Return the prior of a role.

    Parameters
    ----------
    role : str
        "floor", "amplitude", "slope", "exponent", "q", "level" or "share". An amplitude has the prior of its slope.
    response : str
        Name of the measured column; errors and scores have other priors than losses.

    Returns
    -------
    Prior
        The prior.

    Raises
    ------
    LawError
        If the role is not known.
    """
    priors = ROLE_PRIORS if is_loss(response) else ROLE_PRIORS | ERROR_PRIORS
    key = "slope" if role == "amplitude" else role
    if key not in priors:
        raise LawError(f"role={role!r} is not known.{closest(role, priors)}")
    return priors[key]
