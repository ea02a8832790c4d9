"""The publication gate of a posterior: convergence of everything it reports, or evenness of importance weights."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.checks import CheckResult
from bayescale.core.draws.chain_statistics import quantity_diagnostics
from bayescale.core.gate import weight_results
from bayescale.core.serialization import fact, has
from bayescale.scaling.sampling.diagnostics import diagnose


@dataclass(frozen=True, eq=False)
class PublicationGate:
    """What a posterior must pass to be published.

    Parameters
    ----------
    results : tuple of CheckResult
        The checks of the gate, passed and failed.
    quantities : pandas.DataFrame
        `rhat`, `ess_bulk` and `ess_tail` of every reported quantity, by its name, smallest bulk ESS first.
    """

    results: tuple[CheckResult, ...]
    quantities: pd.DataFrame

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The checks that failed."""
        return tuple(result for result in self.results if result.passed is False)


def publication_gate(tree: xr.DataTree) -> PublicationGate:
    """Compare a posterior with the criteria of the gate.

    A re-weighted posterior has no chains to compare: its gate is that of the weights.

    Parameters
    ----------
    tree : DataTree
        Posterior of one law.

    Returns
    -------
    PublicationGate
        The checks, and the diagnostics of every quantity.
    """
    names, draws = _reported(tree)
    each = quantity_diagnostics(draws)
    columns = {"quantity": names, "rhat": each.rhat, "ess_bulk": each.ess_bulk, "ess_tail": each.ess_tail}
    table = pd.DataFrame(columns).set_index("quantity").sort_values("ess_bulk")
    if has(tree, "weighted_from"):
        weights = weight_results(float(fact(tree, "pareto_k")), float(fact(tree, "effective_size")))
        return PublicationGate(weights, table)
    stats = {name: tree["sample_stats"][name].to_numpy() for name in ("diverging", "energy")}
    return PublicationGate(diagnose(each, stats, names).results, table)


def _reported(tree: xr.DataTree) -> tuple[list[str], np.ndarray]:
    """Return names, such as "alpha[pile]", and draws (chain, draw, quantity) of every reported quantity."""
    names, columns = [], []
    for name, variable in tree["posterior"].data_vars.items():
        if name == "coordinate":  # the same quantities again, where new families are drawn
            continue
        labels = [variable[dim].to_numpy() for dim in variable.dims[2:]]
        names += [f"{name}[{', '.join(map(str, at))}]" if at else str(name) for at in product(*labels)]
        columns.append(variable.to_numpy().reshape(*variable.shape[:2], -1))
    return names, np.concatenate(columns, axis=-1)
