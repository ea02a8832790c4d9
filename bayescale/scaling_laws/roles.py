"""Roles of parameters (floor, amplitude, exponent, q, shape): their quantities in tables of priors, and meanings."""

from dataclasses import dataclass

from bayescale.errors import LawError, closest
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_table import QUANTITIES

#: Roles that a table of priors has a quantity for.
ROLES = ("floor", "slope", "exponent", "q", "level", "share")
#: Roles whose prior differs where the response is no loss.
ERROR_ROLES = ("floor", "level")
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


def quantities_of(role: str, response: str, quantity: str = "") -> tuple[str, ...]:
    """List the quantities of a table of priors that a parameter is an instance of.

    Priors of roles are free of units: a floor is a fraction of the smallest loss in the training data, and a slope (the
    loss that a term removes per e-fold of its quantity, at the centre of the data) is relative to that loss. A response
    that is no loss, such as an error, has floors and levels of its own.

    Parameters
    ----------
    role : str
        "floor", "amplitude", "slope", "exponent", "q", "level" or "share". An amplitude has the prior of its slope.
    response : str
        Name of the measured column; errors and scores have other priors than losses.
    quantity : str, default ""
        What the parameter's power term falls with, such as "n_params"; empty where it has no term of its own.

    Returns
    -------
    tuple of str
        Names in `QUANTITIES`, the most specific first.

    Raises
    ------
    LawError
        If the role is not known.
    """
    name = "slope" if role == "amplitude" else role
    if name not in ROLES:
        raise LawError(f"role={role!r} is not known.{closest(role, ROLES)}")
    if not is_loss(response):
        return (f"error_{name}",) if name in ERROR_ROLES else (name,)
    specific = f"{name}_{quantity}"
    return (specific, name) if specific in QUANTITIES else (name,)
