"""The result of `fit_risk`: a posterior with forecasts, decisions and checks as methods."""

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayescale.core import netcdf
from bayescale.core.arguments import checked
from bayescale.core.display import Page
from bayescale.risk.checks import check
from bayescale.risk.decisions.budget import budget_for
from bayescale.risk.decisions.compare import compare
from bayescale.risk.decisions.dynamic_sampling import next_attempts
from bayescale.risk.decisions.mixtures import best_mixture, mixture
from bayescale.risk.decisions.next_measurements import plan
from bayescale.risk.decisions.policies import choose
from bayescale.risk.decisions.saturation import saturation
from bayescale.risk.decisions.worst_case import fleet, worst_of
from bayescale.risk.estimators.comparison import estimators
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.predict.forecast import at, sensitivity
from bayescale.risk.predict.new_group import at_new_group
from bayescale.risk.predict.problem_rates import by_problem
from bayescale.risk.tails.bounds import bounds


@checked
@dataclass(frozen=True, eq=False)
class Risk(RiskPosterior):
    """A posterior of success under repeated sampling.

    Everything is computed from `tree`, so a posterior that was loaded from a file gives the same results. The tree is
    read at the first use and must not change afterwards; to change one, copy it and construct a new `Risk`.

    Parameters
    ----------
    tree : DataTree
        The posterior.
    """

    check = check
    at = at
    at_new_group = at_new_group
    sensitivity = sensitivity
    by_problem = by_problem
    bounds = bounds
    budget_for = budget_for
    worst_of = worst_of
    fleet = fleet
    compare = compare
    plan = plan
    next_attempts = next_attempts
    estimators = estimators
    saturation = saturation
    mixture = mixture
    best_mixture = best_mixture
    choose = choose

    @property
    def groups(self) -> pd.DataFrame:
        """One row per group: its columns, `problems`, `attempts`, `successes`, `broken` (problems with a success)."""
        problems = self.problems
        count = len(problems.groups)
        sums = {
            "problems": np.bincount(problems.group, minlength=count),
            "attempts": np.bincount(problems.group, problems.attempts, minlength=count),
            "successes": np.bincount(problems.group, problems.successes, minlength=count),
            "broken": np.bincount(problems.group, problems.successes > 0, minlength=count),
        }
        return problems.group_table.assign(**{name: values.astype(np.int64) for name, values in sums.items()})

    @property
    def design(self) -> pd.DataFrame:
        """One row per group and sampling design in it.

        The group's columns, `design`, `batch` (attempts at a time where sampling stopped at a success, else 0),
        `problems`, and `declared` (False where the design is inferred).
        """
        problems = self.problems
        labels = problems.group_table.iloc[problems.group]
        table = labels.assign(design=problems.design.kind, batch=problems.design.batch)
        names = [*problems.group_names, "design", "batch"]
        counted = table.groupby(names, sort=False).size().rename("problems").reset_index()
        return counted.assign(declared=problems.design.declared)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the posterior to one netCDF file, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            The file.

        Raises
        ------
        StoredPosteriorError
            If the file cannot be written.
        """
        netcdf.write(self.tree, path)

    def __repr__(self) -> str:
        groups, laws, names = self.groups, len(self.mixing_laws), ", ".join(self.problems.group_names)
        crossed = "" if self.difficulty is None else f", crossed over {self.problems.n_shared} shared problems"
        return (
            f"Risk({len(groups)} group{'s' * (len(groups) != 1)}{f' by {names}' if names else ''}, "
            f"{groups['problems'].sum()} problems, "
            f"{groups['attempts'].sum()} attempts, average of {laws} mixing law{'s' * (laws != 1)}{crossed})"
        )

    def _repr_html_(self) -> str:
        return Page(repr(self), self.groups, self.notes).html
