"""Whether a posterior may be published, from its tree: convergence of everything it reports or, where it was got by
re-weighting, how even the weights were."""

from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.checks import Finding
from bayescale.core.diagnostics import LEAST_BFMI, LEAST_ESS, MOST_PARETO_K, MOST_RHAT, bfmi
from bayescale.core.serialization import fact, has


def gate_of(tree: xr.DataTree) -> tuple[list[Finding], pd.DataFrame]:
    """The checks a posterior must pass, over everything it reports; and the diagnostics of each quantity.

    A re-weighted posterior has no chains to compare: its gate is the weights', and the diagnostics only inform.
    """
    quantities = _convergence(tree)
    return (_of_weights(tree) if has(tree, "weighted_from") else _of_chains(tree, quantities)), quantities


def _of_weights(tree: xr.DataTree) -> list[Finding]:
    pareto_k, size = float(fact(tree, "pareto_k")), float(fact(tree, "effective_size"))
    even, enough = bool(pareto_k <= MOST_PARETO_K), bool(size >= LEAST_ESS)
    tail = "weights are even enough" if even else "few draws carry the weight: fit again"
    count = "medians and intervals are precise" if enough else "too few draws carry the weight: fit again"
    return [
        Finding("Pareto k̂ of the weights", even, pareto_k, MOST_PARETO_K, f"{pareto_k:.2f}: {tail}"),
        Finding("effective size of the weights", enough, size, LEAST_ESS, f"{size:.4g}: {count}"),
    ]


def _of_chains(tree: xr.DataTree, quantities: pd.DataFrame) -> list[Finding]:
    stats = tree["sample_stats"]
    diverging = int(stats["diverging"].sum())
    energy = float(np.min(bfmi(stats["energy"].to_numpy())))
    return [
        _worst(quantities["rhat"], "max", "R-hat", MOST_RHAT, "chains agree", "chains disagree: sample longer"),
        _worst(
            quantities["ess_bulk"],
            "min",
            "ESS bulk",
            LEAST_ESS,
            "medians are precise",
            "too few independent draws for medians",
        ),
        _worst(
            quantities["ess_tail"],
            "min",
            "ESS tail",
            LEAST_ESS,
            "intervals are precise",
            "too few independent draws for intervals",
        ),
        Finding(
            "divergences",
            diverging == 0,
            diverging,
            0.0,
            f"{diverging} divergent transitions" + (": part of the posterior was not explored" if diverging else ""),
        ),
        Finding(
            "E-BFMI",
            bool(energy >= LEAST_BFMI),
            energy,
            LEAST_BFMI,
            f"{energy:.2f}: "
            + ("energies are explored" if energy >= LEAST_BFMI else "heavy tails are explored too slowly"),
        ),
    ]


def _convergence(tree: xr.DataTree) -> pd.DataFrame:
    """R-hat, bulk and tail ESS of every reported quantity, worst first."""
    from arviz_stats.base import array_stats

    names, columns = [], []
    for name, variable in tree["posterior"].data_vars.items():
        if name == "coordinate":  # the same quantities again, where new families are drawn
            continue
        values = variable.to_numpy().reshape(*variable.shape[:2], -1)
        labels = [variable[dim].to_numpy() for dim in variable.dims[2:]]
        names += [f"{name}[{', '.join(map(str, at))}]" if at else str(name) for at in product(*labels)]
        columns.append(values)
    draws = np.concatenate(columns, axis=-1)
    axes = {"chain_axis": 0, "draw_axis": 1}
    table = pd.DataFrame(
        {
            "quantity": names,
            "rhat": array_stats.rhat(draws, **axes),
            "ess_bulk": array_stats.ess(draws, method="bulk", **axes),
            "ess_tail": array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **axes),
        }
    )
    return table.set_index("quantity").sort_values("ess_bulk")


def _worst(values: "pd.Series[float]", side: str, name: str, threshold: float, good: str, bad: str) -> Finding:
    unknown = values.isna().to_numpy()
    place = int(unknown.argmax() if unknown.any() else values.argmax() if side == "max" else values.argmin())
    at, value = values.index[place], float(values.iloc[place])
    passed = bool(value <= threshold if side == "max" else value >= threshold)
    return Finding(name, passed, value, threshold, f"{value:.4g} at worst ({at}): {good if passed else bad}")
