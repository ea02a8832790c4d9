"""Read a posterior back from a file: `Fit` of a loss, `Risk`, `Horizon` of agents or `Capability` of models.

A posterior of one kind is read without the modules of the others.
"""

import os
from typing import TYPE_CHECKING

import xarray as xr

from bayescale.core import netcdf
from bayescale.core.arguments import checked
from bayescale.core.serialization import KIND_OF_CAPABILITY, KIND_OF_HORIZON, KIND_OF_RISK, fact, has
from bayescale.errors import StoredPosteriorError

if TYPE_CHECKING:
    from bayescale.capability.result import Capability
    from bayescale.horizon.result import Horizon
    from bayescale.risk.result import Risk
    from bayescale.scaling.result import Fit


@checked
def load(path: str | os.PathLike[str]) -> "Fit | Risk | Horizon | Capability":
    """Read a posterior from a file.

    Parameters
    ----------
    path : str or os.PathLike
        A netCDF file that `Fit.save`, `Risk.save`, `Horizon.save` or `Capability.save` wrote.

    Returns
    -------
    Fit, Risk, Horizon or Capability
        The posterior.

    Raises
    ------
    StoredPosteriorError
        The file is missing, damaged, no posterior, or of an unknown schema; the message names the file and the reason.
    """
    return as_posterior(netcdf.read(path, require_whole))


def as_posterior(tree: xr.DataTree) -> "Fit | Risk | Horizon | Capability":
    """Return a tree as the posterior that it holds.

    Parameters
    ----------
    tree : xarray.DataTree
        The tree.

    Returns
    -------
    Fit, Risk, Horizon or Capability
        The posterior.
    """
    kind = _kind(tree)
    if kind == KIND_OF_RISK:
        from bayescale.risk.result import Risk

        return Risk(tree)
    if kind == KIND_OF_HORIZON:
        from bayescale.horizon.result import Horizon

        return Horizon(tree)
    if kind == KIND_OF_CAPABILITY:
        from bayescale.capability.result import Capability

        return Capability(tree)
    from bayescale.scaling.result import Fit

    return Fit(tree)


def _kind(tree: xr.DataTree) -> object:
    """The fact `kind`; None for a posterior of losses."""
    return fact(tree, "kind") if has(tree, "kind") else None


def require_whole(tree: xr.DataTree) -> None:
    """Require a tree to hold everything that answers need.

    Parameters
    ----------
    tree : xarray.DataTree
        The tree.

    Raises
    ------
    StoredPosteriorError
        Something is missing.
    """
    kind = _kind(tree)
    if kind == KIND_OF_RISK:
        from bayescale.risk.posterior_tree import problems_from_tree

        problems_from_tree(tree)
        _require_groups(tree, "posterior", "laws")
    elif kind == KIND_OF_HORIZON:
        from bayescale.horizon.posterior_tree import cells_from_tree

        cells_from_tree(tree)
    elif kind == KIND_OF_CAPABILITY:
        from bayescale.capability.posterior_tree import scores_from_tree

        scores_from_tree(tree)
    else:
        from bayescale.scaling.posterior_tree import design_from_tree
        from bayescale.scaling.stack import is_stack, member_trees

        for member in member_trees(tree).values() if is_stack(tree) else (tree,):
            design_from_tree(member)
            _require_groups(member, "posterior")


def _require_groups(tree: xr.DataTree, *names: str) -> None:
    """Raise StoredPosteriorError for a group that is missing or empty."""
    for name in names:
        if name not in tree.children or not tree[name].data_vars:
            raise StoredPosteriorError(f"this posterior is incomplete: it has no group {name!r}")
