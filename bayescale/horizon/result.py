"""The result of `fit_horizon`: a posterior with horizons, trend and checks as methods."""

import os
from dataclasses import dataclass

from bayescale.core import netcdf
from bayescale.core.arguments import checked
from bayescale.core.display import Page
from bayescale.core.text import count
from bayescale.horizon.answers import horizons, measured, success
from bayescale.horizon.checks import check
from bayescale.horizon.forecast import trend
from bayescale.horizon.posterior import HorizonPosterior


@checked
@dataclass(frozen=True, eq=False, repr=False)
class Horizon(HorizonPosterior):
    """A posterior of the time horizons of agents.

    Everything is computed from `tree`, so a posterior that was loaded from a file gives the same results. The tree is
    read at the first use and must not change afterwards.

    Parameters
    ----------
    tree : DataTree
        The posterior.
    """

    check = check
    horizons = horizons
    success = success
    measured = measured
    trend = trend

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
        cells = self.cells
        return (
            f"Horizon({count(len(cells.agents), 'agent')}, {count(len(cells.tasks), 'task')} in "
            f"{len(cells.families)} families, {int(cells.attempts.sum())} attempts)"
        )

    def _repr_html_(self) -> str:
        return Page(repr(self), self.horizons(), self.notes).html
