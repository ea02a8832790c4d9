"""Conflict between families: each family's pooled parameters compared with what the other families predict.

With θ_f a family's value of a pooled parameter (in the coordinate it is pooled in), the posterior of all families is

    p(θ | y) ∝ p(θ_f | θ_others) · p(y_f | θ_f) · p(θ_others | y_others)

Dividing by the first factor leaves the family's data on one side and all other data on the other, and θ_f can be
compared with a draw of p(θ | θ_others): conflict by node-splitting (Marshall and Spiegelhalter 2007; Presanis et al.
2013), here by importance sampling of the posterior there is (Pareto-smoothed; Vehtari et al. 2024). The population's
mean and spread are integrated out of p(· | θ_others), the mean exactly, the spread on a grid of its prior.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bayescale.core.checks import CheckResult, check
from bayescale.core.draws.pareto import smoothed_rows
from bayescale.core.gate import MOST_PARETO_K
from bayescale.scaling.checks.context import CheckContext
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import coordinate_names, prior_of, spread_prior

type Array = NDArray[np.float64]

CHANCE = 0.05  # taken over all families and parameters compared
FEWEST = 3
MOST_DRAWS = 1_000
GRID = np.linspace(-3.5, 3.5, 29)  # of the spread, in standard deviations of its prior
EDGE = 1e-12  # probabilities are clipped this far from 0 and 1, so that no distance is infinite
COLUMNS = ["family", "parameter", "role", "distance", "probability", "pareto_k", "compared"]


@check("conflict between families")
def family_conflict(context: CheckContext) -> CheckResult:
    """Test whether a family lies where the other families do not predict it.

    Parameters
    ----------
    context : CheckContext
        The posterior.

    Returns
    -------
    CheckResult
        The value is the smallest probability over families and parameters, with a Bonferroni correction. Table
        `families`: per family and pooled parameter, its `role`; the `probability` (both tails) of lying as far from the
        prediction of the other families, and the same as a signed `distance` in standard deviations; the `pareto_k` of
        the importance weights; and whether it is `compared`. Exponents, shapes and floors are compared; amplitudes and
        levels are not, since they differ with data and tokeniser by design.

    References
    ----------
    Marshall and Spiegelhalter (2007), Identifying outliers in Bayesian hierarchical models. Presanis et al. (2013),
    arXiv:1310.0628.
    """
    design, layout = context.design, context.design.layout
    if len(design.families) < FEWEST or not layout.pooled:
        return _not_computed(_obstacle(design))
    coordinate = context.posterior.tree["posterior"]["coordinate"].to_numpy()
    draws = coordinate.reshape(-1, *coordinate.shape[2:])
    draws = draws[np.linspace(0, len(draws) - 1, min(len(draws), MOST_DRAWS)).astype(int)]
    if not np.isfinite(draws).all():
        return _not_computed("some draws of the families' parameters are not finite")
    names = coordinate_names(layout.law)
    tables = [_conflicts(design, name, draws[:, names.index(name)]) for name in layout.pooled]
    return _result(pd.concat(tables, ignore_index=True))


def _not_computed(reason: str) -> CheckResult:
    details = {"families": pd.DataFrame(columns=COLUMNS)}
    return CheckResult(float("nan"), CHANCE, f"cannot be computed: {reason}", details=details)


def _conflicts(design: Design, name: str, values: Array) -> pd.DataFrame:
    """Compare one pooled parameter of all families (draw, family) with the prediction of the other families."""
    mean, deviation, weight = _prediction_of_others(design, name, values)
    z = (values[..., None] - mean) / deviation
    density = (weight * np.exp(-0.5 * z**2) / deviation).sum(axis=-1)
    log_density = np.log(np.maximum(density, 1e-300))
    log_weights, pareto = smoothed_rows(-log_density.T)  # of weights 1 / density
    without_family = np.exp(log_weights.T)
    below = (without_family * (weight * ndtr(z)).sum(axis=-1)).sum(axis=0)
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


def _prediction_of_others(design: Design, name: str, values: Array) -> tuple[Array, Array, Array]:
    """Mean, standard deviation and weight of the normals that predict a family from the others: (draw, family, grid).

    For x the n others' values, population mean Normal(m, s²) and spread τ: x has density Normal(x̄; m, τ²/n + s²) times
    a factor of τ alone, and the next value is Normal with precision-weighted mean and variance τ² + 1/(n/τ² + 1/s²).
    """
    spec, count = design.spec, values.shape[1] - 1
    prior, between = prior_of(spec, name), spread_prior(spec, name)
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


def _result(table: pd.DataFrame) -> CheckResult:
    compared, details = table[table["compared"]].sort_values("probability"), {"families": table}
    if compared.empty:
        meaning = "cannot be computed: no exponent, shape or floor is partially pooled"
        return CheckResult(float("nan"), CHANCE, meaning, details=details)
    probabilities = np.minimum(compared["probability"] * len(compared), 1.0)
    conflicts, value = compared[probabilities <= CHANCE], float(np.asarray(probabilities)[0])
    families = list(dict.fromkeys(conflicts["family"]))
    weak = sorted({*map(str, compared["family"][compared["pareto_k"] > MOST_PARETO_K])} - {*map(str, families)})
    few_data = f"; {_listed(weak)} {'has' if len(weak) == 1 else 'have'} too few data to tell" if weak else ""
    by_chance = f"(probability by chance {value:.2g}, over all {len(compared)} comparisons)"
    if conflicts.empty:
        meaning = f"none: the most distant is {_distances(compared.iloc[:1])} {by_chance}{few_data}"
        return CheckResult(value, CHANCE, meaning, details=details)
    floors, others = conflicts[conflicts["role"] == "floor"], conflicts[conflicts["role"] != "floor"]
    parts = [_distances(others)] if len(others) else []
    parts += [f"{_distances(floors)} (floors differ where data or tokenisers do)"] if len(floors) else []
    free = ", ".join(f'"{name}": "free"' for name in dict.fromkeys(conflicts["parameter"]))
    meaning = (
        f"{'; '.join(parts)} {by_chance}{few_data}. Pooling these families is misleading: try pooling={{{free}}}, "
        f"or fit {_listed(families)} separately"
    )
    return CheckResult(value, CHANCE, meaning, warns=True, details=details)


def _distances(rows: pd.DataFrame) -> str:
    """How far parameters of families lie from the prediction, in words."""
    return _listed(
        [
            f"{row['parameter']} of {row['family']}, {abs(row['distance']):.1f} standard deviations "
            f"{'above' if row['distance'] > 0 else 'below'} the prediction of the other families"
            for row in rows.to_dict("records")
        ],
        "; ",
    )


def _listed(names: list[str], separator: str = ", ", most: int = 4) -> str:
    return separator.join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _obstacle(design: Design) -> str:
    """Why families cannot be compared."""
    count = len(design.families)
    if count < FEWEST:
        return f"it takes {FEWEST} families, and there {'is 1' if count == 1 else f'are {count}'}"
    return "no parameter is partially pooled"
