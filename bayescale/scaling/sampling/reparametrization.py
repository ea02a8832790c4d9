"""From the sampler's coordinates to values: family values, discrepancy coefficients."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.design import Design
from bayescale.scaling.model.parametrization import partially_centred
from bayescale.scaling.model.pymc_model import Centring
from bayescale.scaling.predict.draws import from_draws

type Array = NDArray[np.float64]


def lift(design: Design, values: Mapping[str, Array], centring: Centring) -> dict[str, Array]:
    """Variables (chain, draw, …) with family values in place of partially centred ones."""
    out = dict(values)
    if "member" in values:
        pooled = design.layout.pooled
        rows = [pooled.index(name) for name in design.layout.members]
        mean, spread = values["population"][..., rows, None], np.exp(values["log_spread"][..., rows, None])
        out["member"] = partially_centred(values["member"], mean, spread, centring.members)
    return out


def law_spanned(design: Design, lifted: Mapping[str, Array], centring: Centring) -> Array:
    """What the discrepancy's functions span of the law's log prediction at the data: (chain, draw, basis)."""
    functions, _ = from_draws(replace(design, basis=None), lifted)
    parts = [one.law_response(design.log_inputs, design.family) @ centring.projector for one in functions.by_chain()]
    return np.concatenate(parts)


def coefficients(design: Design, lifted: Mapping[str, Array], centring: Centring) -> Array:
    """The discrepancy's coefficients of its own functions (chain, draw, basis), from weights centred on the total."""
    scale = np.exp(lifted["log_discrepancy"])[..., None]
    spanned = law_spanned(design, lifted, centring)
    total = partially_centred(lifted["weight"], spanned, scale, centring.weights)
    return np.asarray((total - spanned) @ centring.turn.T)
