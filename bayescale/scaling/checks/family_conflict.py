"""Do the families belong together? Each family's pooled parameters held against what the others' population says.

With θ_f a family's value of a pooled parameter (in the coordinate it is pooled in), the posterior of all families is

    p(θ | y) ∝ p(θ_f | θ_others) · p(y_f | θ_f) · p(θ_others | y_others)

Dividing by the first factor leaves the family's own data on one side and everyone else's on the other, and θ_f can be
compared with a draw of p(θ | θ_others): conflict by node-splitting (Marshall and Spiegelhalter 2007; Presanis et al.
2013), here by importance sampling of the posterior there is (Pareto-smoothed; Vehtari et al. 2024). The population's
mean and spread are integrated out of p(· | θ_others), the mean exactly, the spread on a grid of its prior.
"""

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bayescale.core.checks import Finding
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import coordinate_names, prior_of, spread_prior

type Array = NDArray[np.float64]

CHECK = "families that do not belong together"
CHANCE = 0.05  # taken over all families and parameters compared
FEWEST = 3
WORST_PARETO = 0.7  # above it a family's own data say too little to be told from its population
MOST_DRAWS = 1_000
GRID = np.linspace(-3.5, 3.5, 29)  # of the spread, in standard deviations of its prior
EDGE = 1e-12  # probabilities are kept this far from 0 and 1: no distance is infinite
COLUMNS = ["family", "parameter", "role", "distance", "probability", "pareto_k", "compared"]


def families_apart(tree: xr.DataTree, design: Design) -> tuple[Finding, pd.DataFrame]:
    """Which families lie where the others' population does not put them?

    One row per family and pooled parameter: the `probability` (both tails) of lying as far from the others' population
    as its own value does, the same as a signed `distance` in standard deviations, and whether it is `compared`:
    exponents, shapes and floors are; amplitudes and levels, which differ with data and tokeniser by design, are not.
    """
    layout = design.layout
    if len(design.families) < FEWEST or not layout.pooled:
        return Finding(CHECK, None, float("nan"), CHANCE, _why(design)), pd.DataFrame(columns=COLUMNS)
    coordinate = tree["posterior"]["coordinate"].to_numpy()
    draws = coordinate.reshape(-1, *coordinate.shape[2:])
    draws = draws[np.linspace(0, len(draws) - 1, min(len(draws), MOST_DRAWS)).astype(int)]
    if not np.isfinite(draws).all():
        meaning = "cannot be asked: some draws of the families' parameters are no numbers"
        return Finding(CHECK, None, float("nan"), CHANCE, meaning), pd.DataFrame(columns=COLUMNS)
    names = coordinate_names(layout.law)
    table = pd.concat(
        [_conflicts(design, name, draws[:, names.index(name)]) for name in layout.pooled], ignore_index=True
    )
    return _finding(table), table


def _conflicts(design: Design, name: str, values: Array) -> pd.DataFrame:
    """One pooled parameter of all families (draw, family)."""
    from arviz_stats.base import array_stats

    mean, deviation, weight = _of_the_others(design, name, values)
    z = (values[..., None] - mean) / deviation
    density = (weight * np.exp(-0.5 * z**2) / deviation).sum(axis=-1)
    log_density = np.log(np.maximum(density, 1e-300))
    log_weights, pareto = array_stats.psislw(log_density.T, axis=-1)  # of weights 1 / density
    own = np.exp(log_weights.T)
    below = (own * (weight * ndtr(z)).sum(axis=-1)).sum(axis=0)
    below = np.clip(below, EDGE, 1 - EDGE)
    role = design.spec.law.role(name)
    return pd.DataFrame(
        {
            "family": design.families,
            "parameter": name,
            "role": role,
            "distance": ndtri(below),
            "probability": 2 * np.minimum(below, 1 - below),
            "pareto_k": pareto,
            "compared": role != "amplitude",
        }
    )


def _of_the_others(design: Design, name: str, values: Array) -> tuple[Array, Array, Array]:
    """Mean, standard deviation and weight of the normals that predict a family from the others: (draw, family, grid).

    For x the n others' values, population mean Normal(m, s²) and spread τ: x has density Normal(x̄; m, τ²/n + s²) times
    what τ alone rules, and the next value is Normal with precision-weighted mean and variance τ² + 1/(n/τ² + 1/s²).
    """
    law, count = design.spec.law, values.shape[1] - 1
    prior, between = prior_of(law, name), spread_prior(law, name)
    values = values - prior.location
    mean = (values.sum(axis=1, keepdims=True) - values) / count
    squares = ((values**2).sum(axis=1, keepdims=True) - values**2) - count * mean**2
    mean, squares = mean[..., None], np.maximum(squares, 0)[..., None]
    variance = np.exp(2 * (between.location + between.spread * GRID))
    of_mean = variance / count + prior.spread**2
    log_weight = -0.5 * (GRID**2 + (count - 1) * np.log(variance) + squares / variance)
    log_weight = log_weight - 0.5 * (np.log(of_mean) + mean**2 / of_mean)
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    precision = count / variance + prior.spread**-2
    predicted = prior.location + mean * (count / variance) / precision
    deviation = np.broadcast_to(np.sqrt(variance + 1 / precision), predicted.shape)
    return predicted, deviation, weight / weight.sum(axis=-1, keepdims=True)


def _finding(table: pd.DataFrame) -> Finding:
    compared = table[table["compared"]].sort_values("probability")
    if compared.empty:
        meaning = "cannot be asked: of exponents, shapes and floor none is partially pooled"
        return Finding(CHECK, None, float("nan"), CHANCE, meaning)
    chances = np.minimum(compared["probability"] * len(compared), 1.0)
    apart, value = compared[chances <= CHANCE], float(np.asarray(chances)[0])
    weak = sorted({*map(str, compared["family"][compared["pareto_k"] > WORST_PARETO])} - {*map(str, apart["family"])})
    little = f"; {_listed(weak)}: too few data of their own to tell" if weak else ""
    if apart.empty:
        meaning = f"none: the farthest is {_places(compared.iloc[:1])} ({_over(value, compared)}){little}"
        return Finding(CHECK, None, value, CHANCE, meaning)
    floors, others = apart[apart["role"] == "floor"], apart[apart["role"] != "floor"]
    parts = [_places(others)] if len(others) else []
    parts += [f"{_places(floors)} (floors differ where data or tokenisers do)"] if len(floors) else []
    free = ", ".join(f'"{name}": "free"' for name in dict.fromkeys(apart["parameter"]))
    meaning = (
        f"{'; '.join(parts)} ({_over(value, compared)}){little}. What these families lend each other misleads: try "
        f"pooling={{{free}}}, or fit {_listed(list(dict.fromkeys(apart['family'])))} apart"
    )
    return Finding(CHECK, None, value, CHANCE, meaning, warns=True)


def _places(rows: pd.DataFrame) -> str:
    return _listed(
        [
            f"{row['parameter']} of {row['family']}, {abs(row['distance']):.1f} standard deviations "
            f"{'above' if row['distance'] > 0 else 'below'} what the other families predict"
            for row in rows.to_dict("records")
        ],
        "; ",
    )


def _over(value: float, compared: pd.DataFrame) -> str:
    return f"probability by chance {value:.2g}, over all {len(compared)} compared"


def _listed(names: list[str], between: str = ", ", most: int = 4) -> str:
    return between.join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _why(design: Design) -> str:
    count = len(design.families)
    if count < FEWEST:
        return f"cannot be asked: it takes {FEWEST} families, and there {'is 1' if count == 1 else f'are {count}'}"
    return "cannot be asked: no parameter is partially pooled"
