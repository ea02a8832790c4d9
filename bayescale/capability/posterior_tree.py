"""The schema of a capability posterior's tree: how it is assembled, and how scores are read from it."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bayescale.capability.sampling.sampler import STORED, Variables
from bayescale.capability.scores import Scores
from bayescale.core.random import predictive_seed
from bayescale.core.serialization import KIND_OF_CAPABILITY, fact, frozen, require_schema, version_of
from bayescale.errors import StoredPosteriorError

SCHEMA = 1
PACKAGES = ("bayescale", "numpy", "scipy", "xarray")


def to_tree(
    scores: Scores, variables: Variables, *, seed: int, notes: Sequence[str], source: str, digest: str
) -> xr.DataTree:
    """Assemble the tree of a capability posterior.

    Parameters
    ----------
    scores : Scores
        The scores.
    variables : dict of str to (dims, values)
        Draws of the posterior.
    seed : int
        Seed of the fit.
    notes : sequence of str or Note
        Notes on the table.
    source, digest : str
        Where the table is from, and its digest.

    Returns
    -------
    DataTree
        Groups `posterior`, `observed_data` (scores) and `constant_data` (models, families and benchmarks).
    """
    chains, count = variables["residual_scale"][1].shape[:2]
    dimensions = variables["capability"][1].shape[-1]
    coefficients = ["intercept", *(f"loading_{place + 1}" for place in range(dimensions)), "curvature"]
    coords = {"chain": np.arange(chains), "draw": np.arange(count), "coefficient_name": coefficients}
    constant = {
        "model_label": ("model", np.array(scores.models, dtype=str)),
        "family_label": ("family", np.array(scores.families, dtype=str)),
        "benchmark_label": ("benchmark", np.array(scores.benchmarks, dtype=str)),
        "family_index": ("model", scores.family),
        "log10_flops": ("model", scores.log10_flops),
        "unknown_scale": ("model", scores.unknown_scale),
        "chance": ("benchmark", scores.chance),
        "items": ("benchmark", scores.items),
    }
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(variables, coords),
            "observed_data": xr.Dataset({"score": (("model", "benchmark"), scores.score)}),
            "constant_data": xr.Dataset(constant),
        }
    )
    tree.attrs = frozen(
        {
            "kind": KIND_OF_CAPABILITY,
            "schema": SCHEMA,
            "random_seed": seed,
            "predictive_seed": predictive_seed(seed),
            "notes": list(notes),
            "source": source,
            "data_digest": digest,
            "versions": {name: version_of(name) for name in PACKAGES},
        }
    )
    return tree


def scores_from_tree(tree: xr.DataTree) -> Scores:
    """Read the scores that a capability posterior was fitted to.

    Parameters
    ----------
    tree : DataTree
        A capability posterior.

    Returns
    -------
    Scores
        The scores.

    Raises
    ------
    StoredPosteriorError
        If the tree is not a capability posterior, is incomplete, or has another schema.
    """
    if fact(tree, "kind") != KIND_OF_CAPABILITY:
        raise StoredPosteriorError("this posterior is not one of capabilities: read it with bayescale.load")
    require_schema(tree, SCHEMA)
    try:
        constant = {str(name): values.to_numpy() for name, values in tree["constant_data"].data_vars.items()}
        for name in STORED:
            tree["posterior"][name]
        return Scores(
            models=tuple(map(str, constant["model_label"])),
            families=tuple(map(str, constant["family_label"])),
            benchmarks=tuple(map(str, constant["benchmark_label"])),
            family=constant["family_index"].astype(np.int64),
            log10_flops=constant["log10_flops"].astype(float),
            unknown_scale=constant["unknown_scale"].astype(float),
            score=tree["observed_data"]["score"].to_numpy().astype(float),
            chance=constant["chance"].astype(float),
            items=constant["items"].astype(float),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoredPosteriorError(f"this posterior is incomplete: {error!r}") from error
