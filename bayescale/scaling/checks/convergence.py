"""Whether a posterior may be published, from its tree: convergence of everything it reports or, where it was got by
re-weighting, how even the weights were."""

from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.checks import Finding
from bayescale.core.diagnostics import QuantityDiagnostics, diagnose, quantity_diagnostics, weight_findings
from bayescale.core.serialization import fact, has


def gate_of(tree: xr.DataTree) -> tuple[list[Finding], pd.DataFrame]:
    """Judge whether a posterior may be published.

    Parameters
    ----------
    tree : DataTree
        The posterior of one law.

    Returns
    -------
    findings : list of Finding
        The checks that a posterior must pass, over everything it reports. A re-weighted posterior has no chains to
        compare: its gate is that of the weights.
    quantities : pandas.DataFrame
        `rhat`, `ess_bulk` and `ess_tail` of each quantity, worst first.
    """
    names, each = _quantities(tree)
    columns = {"quantity": names, "rhat": each.rhat, "ess_bulk": each.ess_bulk, "ess_tail": each.ess_tail}
    table = pd.DataFrame(columns).set_index("quantity").sort_values("ess_bulk")
    if has(tree, "weighted_from"):
        return [*weight_findings(float(fact(tree, "pareto_k")), float(fact(tree, "effective_size")))], table
    stats = {name: tree["sample_stats"][name].to_numpy() for name in ("diverging", "energy")}
    return [*diagnose(each, stats, names).findings], table


def _quantities(tree: xr.DataTree) -> tuple[list[str], QuantityDiagnostics]:
    """Names and convergence of every reported quantity."""
    names, columns = [], []
    for name, variable in tree["posterior"].data_vars.items():
        if name == "coordinate":  # the same quantities again, where new families are drawn
            continue
        labels = [variable[dim].to_numpy() for dim in variable.dims[2:]]
        names += [f"{name}[{', '.join(map(str, at))}]" if at else str(name) for at in product(*labels)]
        columns.append(variable.to_numpy().reshape(*variable.shape[:2], -1))
    return names, quantity_diagnostics(np.concatenate(columns, axis=-1))
