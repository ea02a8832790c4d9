"""The tree of a stack, which holds the posteriors of several laws, and how their draws are mixed."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.serialization import fact, has
from bayescale.errors import StoredPosteriorError

KIND = "stack"
GROUP = "members"


def is_stack(tree: xr.DataTree) -> bool:
    """Check whether a tree holds the posteriors of several laws.

    Parameters
    ----------
    tree : DataTree
        Posterior of one law or of a stack.

    Returns
    -------
    bool
        True for a stack.
    """
    return has(tree, "kind") and fact(tree, "kind") == KIND


def member_trees(tree: xr.DataTree) -> dict[str, xr.DataTree]:
    """Return the posteriors in the tree of a stack.

    Parameters
    ----------
    tree : DataTree
        Tree of a stack.

    Returns
    -------
    dict of str to DataTree
        The posterior of each law, by the law's name.

    Raises
    ------
    StoredPosteriorError
        If the stack has no members.
    """
    if GROUP not in tree.children or not tree[GROUP].children:
        raise StoredPosteriorError("this stack is incomplete: it has no members")
    return {str(name): member for name, member in tree[GROUP].children.items()}


def mixed_draws(draws: Sequence[xr.Dataset], weights: Sequence[float], seed: int) -> xr.Dataset:
    """Mix draws of several laws into draws of the stack.

    A law of weight w gives a share w of each chain's draws. The seed fixes which, so that two results of one stack
    have the same law behind the same draw. Where laws have different numbers of chains or of draws, the others are
    thinned evenly to the smallest.

    Parameters
    ----------
    draws : sequence of Dataset
        Results of each law, each over (chain, draw, ...), with the same variables.
    weights : sequence of float
        Weight of each law, above 0.
    seed : int
        Predictive seed of the stack.

    Returns
    -------
    Dataset
        The mixture, with the same variables and dimensions.
    """
    if len(draws) == 1:
        return draws[0]
    sizes = {dimension: min(part.sizes[dimension] for part in draws) for dimension in ("chain", "draw")}
    member_index = xr.DataArray(_member_index(weights, sizes["chain"], sizes["draw"], seed), dims=("chain", "draw"))
    mixture = _thinned(draws[0], sizes)
    for index, part in enumerate(draws[1:], start=1):
        mixture = mixture.where(member_index != index, _thinned(part, sizes))
    return mixture


def _thinned(draws: xr.Dataset, sizes: Mapping[str, int]) -> xr.Dataset:
    """Take so many chains, and so many draws of each, evenly."""
    for dimension, count in sizes.items():
        places = np.linspace(0, draws.sizes[dimension] - 1, count).round().astype(int)
        draws = draws.isel({dimension: places}).assign_coords({dimension: np.arange(count)})
    return draws


def _member_index(weights: Sequence[float], chains: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Draw the index of the law behind every draw (chain, draw): each chain has each law by its weight."""
    ends = np.round(np.cumsum(weights) / np.sum(weights) * draws).astype(int)
    in_order = np.searchsorted(ends, np.arange(draws), side="right")
    rng = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    return np.stack([rng.permutation(in_order) for _ in range(chains)])
