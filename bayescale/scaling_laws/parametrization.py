"""The coordinates in which every law samples well: level and local slopes at the centre of the data.

Data pin down the loss at their centre and how steeply it falls there; floor, amplitudes and exponents trade off against
each other. With centre x0, slopes s_j = −∂L/∂log x_j at x0 and exponents a_j, for terms joined by q (q = 1: added)

    R = Σ s_j / a_j          the reducible loss at the centre
    w_j = (s_j / a_j) / R    the share of term j
    E = c − R                the floor, c being the level
    term j at the centre = R · w_j^q

so q drops out of R and E. Without a floor R = c, and shares w_j are coordinates in place of slopes.
"""

from collections.abc import Mapping
from typing import Any

from bayescale.scaling_laws.law import Law


def term_names(law: Law) -> tuple[str, ...]:
    """Coordinates beside exponents and shapes: a slope per term with a floor, all shares but the last without."""
    powers = law.expression.powers
    return tuple(power.amplitude for power in (powers if law.expression.floor else powers[:-1]))


def reducible_at_centre(law: Law, terms: Mapping[str, Any], exponents: Mapping[str, Any]) -> Any:
    """R = Σ s_j / a_j for a law with a floor (s_j in units of the response)."""
    parts = [terms[power.amplitude] / exponents[power.exponent] for power in law.expression.powers]
    return sum(parts[1:], parts[0])


def natural(
    law: Law, level: Any, terms: Mapping[str, Any], shapes: Mapping[str, Any], centre: Mapping[str, float], xp: Any
) -> dict[str, Any]:
    """Natural parameters from the level at the centre, slopes (or shares), exponents and shape parameters.

    `shapes` holds exponents and shape parameters in natural units, `centre` the central value of every input. All
    values share one shape; NumPy or PyTensor.
    """
    powers, aggregate = law.expression.powers, law.expression.aggregate
    q = shapes[aggregate.q] if aggregate and aggregate.q else 1.0
    out = dict(shapes)
    if law.expression.floor:
        reducible = reducible_at_centre(law, terms, shapes)
        shares = [terms[power.amplitude] / shapes[power.exponent] / reducible for power in powers]
        out[law.expression.floor] = level - reducible
    else:
        reducible = level
        shares = _shares([terms[power.amplitude] for power in powers[:-1]])
    for power, share in zip(powers, shares, strict=True):
        log_term = xp.log(reducible) + q * xp.log(share)
        log_quantity = power.quantity.log({**centre, **shapes}, xp)
        out[power.amplitude] = power.amplitude_from(log_term, log_quantity, shapes[power.exponent], xp)
    return {name: out[name] for name in law.parameter_names}


def _shares(fractions: list[Any]) -> list[Any]:
    """Shares of all terms by stick breaking: each fraction is of what the terms before it left."""
    shares, left = [], 1.0
    for fraction in fractions:
        shares.append(left * fraction)
        left = left * (1 - fraction)
    return [*shares, left]
