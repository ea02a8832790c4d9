"""Formulas and priors of laws as plain text."""

import re

import numpy as np
from scipy.special import ndtr

from bayescale.scaling_laws.expression import Power
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import SHIFT, Scale
from bayescale.scaling_laws.prior import Prior

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 16  # characters of a drawn prior
CENTRAL = 0.99  # probability of the part of a prior that is drawn


def plain(law: Law) -> str:
    """Write the formula of a law as plain text: `L = E + A·n_params^-alpha + B·n_tokens^-beta`.

    Parameters
    ----------
    law : Law
        The law.

    Returns
    -------
    str
        The formula.
    """
    expression, terms = law.expression, []
    if expression.floor:
        terms.append(expression.floor)
    q = expression.aggregate.q if expression.aggregate else None
    if q and len(expression.powers) > 1:
        terms.append("[" + " + ".join(f"({_power(power)})^(1/{q})" for power in expression.powers) + f"]^{q}")
    else:
        terms += [_power(power) for power in expression.powers]
    if expression.extra:
        terms.append(_written(expression.extra))
    whole = terms[0] + "".join(f" - {t[1:].lstrip()}" if t.startswith("-") else f" + {t}" for t in terms[1:])
    links = {"identity": "{}", "survival": "exp(-({}))", "failure": "1 - exp(-({}))", "shifted": f"{{}} - {SHIFT:g}"}
    return f"{'L' if law.response == 'loss' else law.response} = {links[law.link.name].format(whole)}"


def _power(power: Power) -> str:
    quantity = _written(power.quantity)
    inner = quantity if quantity.isidentifier() else f"({quantity})"
    if power.form == "scale":
        return f"({power.amplitude}/{inner})^{power.exponent}"
    return f"{power.amplitude}·{inner}^-{power.exponent}"


def _written(formula: Formula) -> str:
    """The text of a formula with common signs: `k * bits**-g` → `k·bits^-g`."""
    text = " ".join(formula.text.split())
    return re.sub(r" ?\* ?", "·", re.sub(r" ?\*\* ?", "^", text))


def sparkline(prior: Prior, width: int = WIDTH) -> str:
    """Draw the density of a prior as a line of block characters.

    Parameters
    ----------
    prior : Prior
        The prior. Its central 99 % are drawn, in the parameter's own unit.
    width : int, default 16
        Number of characters.

    Returns
    -------
    str
        The line; empty for a prior that is too narrow or too wide to draw.
    """
    low, high = ends(prior)
    if not (np.isfinite([low, high]).all() and low < high):
        return ""
    with np.errstate(all="ignore"):
        edges = Scale(prior.scale).forward(np.linspace(low, high, width + 1), np)
        mass = np.diff(ndtr((edges - prior.location) / prior.spread))
    if not (np.isfinite(mass).all() and mass.max() > 0):
        return ""
    heights = np.round((len(BLOCKS) - 1) * np.round(mass / mass.max(), 9))
    return "".join(BLOCKS[int(height)] for height in heights)


def ends(prior: Prior) -> tuple[float, float]:
    """Return the ends of the part of a prior that is drawn.

    Parameters
    ----------
    prior : Prior
        The prior.

    Returns
    -------
    tuple of float
        The quantiles at 0.5 % and 99.5 %.
    """
    with np.errstate(all="ignore"):
        return prior.quantile((1 - CENTRAL) / 2), prior.quantile((1 + CENTRAL) / 2)
