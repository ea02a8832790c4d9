"""Coordinates in which every law samples well: the level and the local slopes at the centre of the data.

Data determine the loss at their centre and how steeply it falls there; floor, amplitudes and exponents trade off
against each other. With centre x0, slopes s_j = -dL/d(log x_j) at x0 and exponents a_j, for terms joined by q (which
add where q = 1):

    R = sum of s_j / a_j      the reducible loss at the centre
    w_j = (s_j / a_j) / R     the share of term j
    E = c - R                 the floor, where c is the level
    R * w_j**q                term j at the centre

so that q drops out of R and E. Without a floor R = c, and the shares w_j are coordinates in place of the slopes.
"""

from collections.abc import Mapping
from typing import Any

from bayescale.scaling_laws.law import Law


def term_names(law: Law) -> tuple[str, ...]:
    """Return the amplitudes whose terms have their own coordinate, in addition to exponents and shape parameters.

    Parameters
    ----------
    law : Law
        The law.

    Returns
    -------
    tuple of str
        With a floor, the amplitudes of all terms, whose coordinates are slopes. Without a floor, those of all terms but
        the last, whose coordinates are shares.
    """
    powers = law.expression.powers
    return tuple(power.amplitude for power in (powers if law.expression.floor else powers[:-1]))


def reducible_at_centre(law: Law, terms: Mapping[str, Any], exponents: Mapping[str, Any]) -> Any:
    """Return the reducible loss R at the centre for a law with a floor.

    Parameters
    ----------
    law : Law
        The law.
    terms : mapping of str to array or tensor
        Slopes by amplitude, in units of the response.
    exponents : mapping of str to array or tensor
        Exponents by name.

    Returns
    -------
    array or tensor
        The sum of slopes over exponents, in the broadcast shape.
    """
    parts = [terms[power.amplitude] / exponents[power.exponent] for power in law.expression.powers]
    return sum(parts[1:], parts[0])


def natural(
    law: Law, level: Any, terms: Mapping[str, Any], shapes: Mapping[str, Any], centre: Mapping[str, float], xp: Any
) -> dict[str, Any]:
    """Map coordinates to natural parameters.

    Parameters
    ----------
    law : Law
        The law.
    level : array or tensor
        The response at the centre of the data.
    terms : mapping of str to array or tensor
        Slopes (or shares) by amplitude, as in `term_names`.
    shapes : mapping of str to array or tensor
        Exponents and shape parameters in natural units.
    centre : mapping of str to float
        Central value of every input.
    xp : module
        `numpy` or `pytensor.tensor`.

    Returns
    -------
    dict of str to array or tensor
        Natural parameters by name. They have the shape that the coordinates share.
    """
    powers, aggregate = law.expression.powers, law.expression.aggregate
    q = shapes[aggregate.q] if aggregate and aggregate.q else 1.0
    parameters = dict(shapes)
    if law.expression.floor:
        reducible = reducible_at_centre(law, terms, shapes)
        shares = [terms[power.amplitude] / shapes[power.exponent] / reducible for power in powers]
        parameters[law.expression.floor] = level - reducible
    else:
        reducible = level
        shares = _shares([terms[power.amplitude] for power in powers[:-1]])
    for power, share in zip(powers, shares, strict=True):
        log_term = xp.log(reducible) + q * xp.log(share)
        log_quantity = power.quantity.log({**centre, **shapes}, xp)
        parameters[power.amplitude] = power.amplitude_from(log_term, log_quantity, shapes[power.exponent], xp)
    return {name: parameters[name] for name in law.parameter_names}


def _shares(fractions: list[Any]) -> list[Any]:
    """Shares of all terms by stick breaking: each fraction is of the remainder after the terms before it."""
    shares, remainder = [], 1.0
    for fraction in fractions:
        shares.append(remainder * fraction)
        remainder = remainder * (1 - fraction)
    return [*shares, remainder]
