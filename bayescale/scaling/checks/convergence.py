"""The publication gate of a posterior: convergence of everything it reports, or evenness of importance weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.checks import CheckResult
from bayescale.core.diagnostics import CHAIN_CRITERIA, WEIGHT_CRITERIA, Criterion, bfmi, quantity_diagnostics
from bayescale.core.serialization import fact, has

type Figure = tuple[float, str]


@dataclass(frozen=True, eq=False)
class GateFigures:
    """What the criteria of the gate are compared with.

    Attributes
    ----------
    quantities : pandas.DataFrame
        `rhat`, `ess_bulk` and `ess_tail` of every reported quantity, by its name, smallest bulk ESS first.
    criteria : tuple of Criterion
        The criteria that this posterior must meet.
    figures : mapping of str to tuple
        Each criterion's figure and the quantity that has it ("" where it is of no single quantity).
    """

    quantities: pd.DataFrame
    criteria: tuple[Criterion, ...]
    figures: Mapping[str, Figure]

    def result(self, criterion: Criterion) -> CheckResult:
        """Compare a figure with its criterion.

        Parameters
        ----------
        criterion : Criterion
            One of `criteria`.

        Returns
        -------
        CheckResult
            The result of the check.
        """
        return criterion.result(*self.figures[criterion.figure], details={"convergence": self.quantities})

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """The result of every criterion."""
        return tuple(self.result(criterion) for criterion in self.criteria)

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The results that failed."""
        return tuple(result for result in self.results if result.passed is False)


def gate_figures(tree: xr.DataTree) -> GateFigures:
    """Compute the figures of the publication gate.

    A re-weighted posterior has no chains to compare: its gate is that of the weights.

    Parameters
    ----------
    tree : DataTree
        Posterior of one law.

    Returns
    -------
    GateFigures
        The figures and the criteria.
    """
    quantities = convergence_table(tree)
    if has(tree, "weighted_from"):
        figures = {criterion.figure: (float(fact(tree, criterion.figure)), "") for criterion in WEIGHT_CRITERIA}
        return GateFigures(quantities, WEIGHT_CRITERIA, figures)
    stats = tree["sample_stats"]
    figures = {
        "rhat": _worst(quantities["rhat"], largest=True),
        "ess_bulk": _worst(quantities["ess_bulk"], largest=False),
        "ess_tail": _worst(quantities["ess_tail"], largest=False),
        "divergences": (int(stats["diverging"].sum()), ""),
        "bfmi": (float(np.min(bfmi(stats["energy"].to_numpy()))), ""),
    }
    return GateFigures(quantities, CHAIN_CRITERIA, figures)


def convergence_table(tree: xr.DataTree) -> pd.DataFrame:
    """Diagnose every reported quantity.

    Parameters
    ----------
    tree : DataTree
        Posterior of one law.

    Returns
    -------
    pandas.DataFrame
        `rhat`, `ess_bulk` and `ess_tail` by name, such as "alpha[pile]", smallest bulk ESS first.
    """
    names, columns = [], []
    for name, variable in tree["posterior"].data_vars.items():
        if name == "coordinate":  # the same quantities again, where new families are drawn
            continue
        values = variable.to_numpy().reshape(*variable.shape[:2], -1)
        labels = [variable[dim].to_numpy() for dim in variable.dims[2:]]
        names += [f"{name}[{', '.join(map(str, at))}]" if at else str(name) for at in product(*labels)]
        columns.append(values)
    table = pd.DataFrame({"quantity": names, **quantity_diagnostics(np.concatenate(columns, axis=-1))})
    return table.set_index("quantity").sort_values("ess_bulk")


def _worst(values: "pd.Series[float]", largest: bool) -> Figure:
    """Find the largest or smallest value and its quantity; the first NaN where there is any."""
    unknown = values.isna().to_numpy()
    place = int(unknown.argmax() if unknown.any() else values.argmax() if largest else values.argmin())
    return float(values.iloc[place]), str(values.index[place])
