"""A stack is several laws' posteriors in one tree: what is asked of it is asked of each, and the draws are mixed."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.serialization import fact, has
from bayescale.errors import StoredPosteriorError

KIND = "stack"
GROUP = "members"


def is_stack(tree: xr.DataTree) -> bool:
    """Whether a tree holds several laws' posteriors."""
    return has(tree, "kind") and fact(tree, "kind") == KIND


def members_of(tree: xr.DataTree) -> dict[str, xr.DataTree]:
    """Each law's posterior by the law's name; a posterior of one law is its own only member.

    Raises StoredPosteriorError for a stack without members.
    """
    if not is_stack(tree):
        return {str(fact(tree, "spec")["law"]["name"]): tree}
    if GROUP not in tree.children or not tree[GROUP].children:
        raise StoredPosteriorError("this stack is incomplete: it has no members")
    return {str(name): member for name, member in tree[GROUP].children.items()}


def weights_of(tree: xr.DataTree) -> dict[str, float]:
    """Each law's weight in forecasts, by its name: they sum to one."""
    if not is_stack(tree):
        return dict.fromkeys(members_of(tree), 1.0)
    weights = tree["stack"]["weight"]
    return {str(law): float(weight) for law, weight in zip(weights["law"].to_numpy(), weights.to_numpy(), strict=True)}


def mixed(tree: xr.DataTree, of: Callable[[xr.DataTree], xr.Dataset]) -> xr.Dataset:
    """What `of` says of every member's posterior, as draws of the mixture; see `mixed_by_law`."""
    members = members_of(tree)
    return mixed_by_law(tree, lambda law: of(members[law]))


def mixed_by_law(tree: xr.DataTree, of: Callable[[str], xr.Dataset]) -> xr.Dataset:
    """What `of` says of every law, each (chain, draw, …), as draws of the mixture: a draw is one law's whole answer.

    A law of weight w gives a share w of each chain's draws, in an order frozen with the tree, so that two answers of
    one stack have the same laws behind the same draws. Members with more draws are thinned evenly.
    """
    weights = {law: weight for law, weight in weights_of(tree).items() if weight > 0}
    if len(weights) == 1:
        return of(next(iter(weights)))
    answers = [of(law) for law in weights]
    length = min(answer.sizes["draw"] for answer in answers)
    whose = _whose(list(weights.values()), answers[0].sizes["chain"], length, int(fact(tree, "predictive_seed")))
    place = xr.DataArray(whose, dims=("chain", "draw"))
    out = _thinned(answers[0], length)
    for index, answer in enumerate(answers[1:], start=1):
        out = out.where(place != index, _thinned(answer, length))
    return out


def _thinned(answer: xr.Dataset, length: int) -> xr.Dataset:
    kept = np.linspace(0, answer.sizes["draw"] - 1, length).round().astype(int)
    return answer.isel(draw=kept).assign_coords(draw=np.arange(length))


def _whose(weights: list[float], chains: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Index of the law behind every draw (chain, draw): each chain holds every law by its share, to one draw."""
    ends = np.round(np.cumsum(weights) / np.sum(weights) * draws).astype(int)
    share = np.searchsorted(ends, np.arange(draws), side="right")
    rng = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    return np.stack([rng.permutation(share) for _ in range(chains)])
