"""Read a posterior back from a file: of a loss (`Fit`) or of risk (`Risk`)."""

import os

import xarray as xr

from bayescale.core import netcdf
from bayescale.core.arguments import checked
from bayescale.core.serialization import fact, has
from bayescale.risk.posterior import KIND, problems_of
from bayescale.risk.result import Risk
from bayescale.scaling.posterior import from_tree
from bayescale.scaling.result import Fit
from bayescale.scaling.stack import members_of


@checked
def load(path: str | os.PathLike[str]) -> Fit | Risk:
    """Read a posterior that `Fit.save` or `Risk.save` wrote.

    Raises StoredPosteriorError naming the file and the reason.
    """
    return as_posterior(netcdf.read(path, require_whole))


def as_posterior(tree: xr.DataTree) -> Fit | Risk:
    """What a posterior's tree is of: loss, or risk."""
    return Risk(tree) if _of_risk(tree) else Fit(tree)


def _of_risk(tree: xr.DataTree) -> bool:
    return has(tree, "kind") and fact(tree, "kind") == KIND


def require_whole(tree: xr.DataTree) -> None:
    """Raise StoredPosteriorError unless everything is there that answers rest on."""
    if _of_risk(tree):
        problems_of(tree)
    else:
        for member in members_of(tree).values():
            from_tree(member)
