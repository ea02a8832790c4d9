"""Posteriors changed from a fit: fewer draws, draws at known parameters, two laws in one stack."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayescale.core.serialization import fact, frozen
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.registry import law


def fewer(fit: Fit, draws: int = 100) -> Fit:
    """The first draws of every chain."""
    tree = fit.tree.isel(draw=slice(draws)).copy(deep=True)
    tree.attrs = dict(fit.tree.attrs)
    return Fit(tree)


def settled(fit: Fit, values: Mapping[str, Mapping[str, object]]) -> Fit:
    """The fit with parameters of families set: one value for all draws, or one for each (chain, draw)."""
    tree = fit.tree.copy(deep=True)
    families = tree["posterior"]["family"].to_numpy().tolist()
    for family, parameters in values.items():
        for name, value in parameters.items():
            tree["posterior"][name].data[..., families.index(family)] = value
    return Fit(tree)


def stack(members: Mapping[str, Fit], weights: Mapping[str, float]) -> Fit:
    """A stack of fits."""
    first = next(iter(members.values())).tree
    weight = xr.Dataset({"weight": ("law", np.array(list(weights.values())))}, {"law": np.array(list(weights))})
    tree = xr.DataTree.from_dict({"/stack": weight})
    for name, member in members.items():
        tree[f"/members/{name}"] = member.tree
    kept = {name: fact(first, name) for name in ("schema", "predictive_seed", "random_seed")}
    tree.attrs = frozen({**kept, "kind": "stack", "notes": []})
    return Fit(tree)


def optimal_loss(flops: Any, truth: Any) -> Any:
    """The least loss of the Chinchilla law at training compute, in closed form (Hoffmann et al. 2022, equation 4)."""
    a, b = truth["alpha"], truth["beta"]
    n_params = (a * truth["A"] / (b * truth["B"])) ** (1 / (a + b)) * (flops / 6) ** (b / (a + b))
    return law("chinchilla").predict({"n_params": n_params, "n_tokens": flops / 6 / n_params}, truth)
