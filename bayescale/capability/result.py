"""The result of `fit_capability`: a posterior with forecasts, a summary and checks as methods."""

import os
from dataclasses import dataclass

from bayescale.capability.checks import check
from bayescale.capability.forecast import forecast
from bayescale.capability.posterior import CapabilityPosterior
from bayescale.capability.summary import summary
from bayescale.core import netcdf
from bayescale.core.arguments import checked
from bayescale.core.display import Page
from bayescale.core.text import count


@checked
@dataclass(frozen=True, eq=False, repr=False)
class Capability(CapabilityPosterior):
    """A posterior of the capabilities of models, and of their scores on several benchmarks.

    Everything is computed from `tree`, so a posterior that was loaded from a file gives the same results. The tree is
    read at the first use and must not change afterwards.

    Parameters
    ----------
    tree : DataTree
        The posterior.
    """

    check = check
    forecast = forecast
    summary = summary

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
        scores = self.scores
        families = f"{len(scores.families)} famil{'y' if len(scores.families) == 1 else 'ies'}"
        blank = int((scores.measured == 0).sum())
        benchmarks = count(len(scores.benchmarks), "benchmark")
        return (
            f"Capability({count(len(scores.models), 'model')}, {families}, {benchmarks}, {count(blank, 'blank score')})"
        )

    def _repr_html_(self) -> str:
        return Page(repr(self), self.summary(), self.notes).html
