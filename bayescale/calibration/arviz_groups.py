"""The groups that ArviZ expects beside a posterior: prior, prior predictive and posterior predictive.

A stored tree has none of them: they follow from its draws, its design and a seed, and would multiply its size.
"""

import numpy as np
import xarray as xr

from bayescale.calibration.prior_draws import simulated
from bayescale.calibration.prior_predictive import prior_groups
from bayescale.calibration.simulations import require_counts
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.errors import InputError
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import variables_from_tree
from bayescale.scaling.result import Fit

__all__ = ["to_arviz"]


@checked
def to_arviz(fit: Fit, *, draws: int = 100, random_seed: int | None = None) -> xr.DataTree:
    """Add the groups `prior`, `prior_predictive` and `posterior_predictive` to the tree of a fit, for ArviZ.

    `az.plot_ppc_dist(tree, var_names="loss")` and `az.plot_prior_posterior(tree, var_names="alpha")` take the result.
    Predictive values are replicates of the training runs: the same rows with new noise and new effects of runs.

    Parameters
    ----------
    fit : Fit
        A fit of one law.
    draws : int, default 100
        Number of predictive draws of each chain, evenly spaced, and of draws of the prior for each chain.
    random_seed : int, optional
        Seed of the simulated noise and of the prior. The fit's own predictive seed by default.

    Returns
    -------
    xarray.DataTree
        The groups of `fit.tree` with the three others. `posterior_predictive` and `prior_predictive` hold the response
        (chain, draw, obs) in its unit, under its name; `prior` holds natural parameters (chain, draw, family) and noise
        (chain, draw), as `posterior` does. A fit that was widened is not widened here: groups state the model.

    Raises
    ------
    InputError
        The fit is a stack, whose laws have one tree each, or `draws` is not positive.
    LawError
        The priors make no possible data.
    """
    require_counts({"draws": (draws, 1)})
    if fit.is_stack:
        raise InputError(f"this fit is a stack of {', '.join(fit.laws)}: use one of fit.members")
    posterior = fit.posterior
    seed = posterior.predictive_seed if random_seed is None else read_seed(random_seed)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 11]))
    chains = fit.tree["posterior"].sizes["chain"]
    prior = prior_groups(posterior.design, draws * chains, rng)
    added = {name: _in_chains(prior[name].to_dataset(), chains) for name in ("prior", "prior_predictive")}
    added["posterior_predictive"] = _posterior_predictive(posterior, draws, rng)
    out = fit.tree.copy()
    for name, group in added.items():
        out[name] = xr.DataTree(group)
    return out


def _in_chains(group: xr.Dataset, chains: int) -> xr.Dataset:
    """Draws of one chain as several chains: the draws of a prior are independent."""
    count = group.sizes["draw"] // chains
    parts = [
        group.isel(chain=0, draw=slice(chain * count, (chain + 1) * count), drop=True).assign_coords(
            draw=np.arange(count)
        )
        for chain in range(chains)
    ]
    joined = xr.concat(parts, dim="chain", coords="minimal", compat="override", data_vars="all", join="override")
    return joined.assign_coords(chain=np.arange(chains))


def _posterior_predictive(posterior: Posterior, draws: int, rng: np.random.Generator) -> xr.Dataset:
    """Replicates of the training rows, from evenly spaced draws of every chain."""
    design, tree = posterior.design, posterior.tree
    values = variables_from_tree(tree, design)
    sizes = tree["posterior"].sizes
    chosen = np.unique(np.linspace(0, sizes["draw"] - 1, min(draws, sizes["draw"])).round().astype(int))
    response = np.stack(
        [
            [
                design.natural(
                    simulated(design, {name: value[chain, draw][None, None] for name, value in values.items()}, rng)
                )
                for draw in chosen
            ]
            for chain in range(sizes["chain"])
        ]
    )
    coords = {
        "chain": tree["posterior"]["chain"].to_numpy(),
        "draw": tree["posterior"]["draw"].to_numpy()[chosen],
        "obs": np.arange(len(design.row)),
    }
    return xr.Dataset({design.spec.law.response: (("chain", "draw", "obs"), response)}, coords)
