"""The schema of a horizon posterior's tree: how it is assembled, and how counts are read from it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from bayescale.core.random import predictive_seed
from bayescale.core.serialization import KIND_OF_HORIZON, fact, frozen, require_schema, version_of
from bayescale.errors import StoredPosteriorError
from bayescale.horizon.cells import Cells
from bayescale.horizon.sampler import REPORTED, Draws

type Variables = dict[str, tuple[tuple[str, ...], Any]]

SCHEMA = 1
PACKAGES = ("bayescale", "numpy", "polyagamma", "scipy", "xarray")


def to_tree(cells: Cells, draws: Draws, *, seed: int, notes: Sequence[str], source: str, digest: str) -> xr.DataTree:
    """Assemble the tree of a horizon posterior.

    Parameters
    ----------
    cells : Cells
        The counts.
    draws : Draws
        Draws of the posterior.
    seed : int
        Seed of the fit.
    notes : sequence of str or Note
        Notes on the trials.
    source, digest : str
        Where the trials are from, and their digest.

    Returns
    -------
    DataTree
        Groups `posterior`, `observed_data` (counts of cells) and `constant_data` (agents and tasks).
    """
    observed: Variables = {
        "agent_index": (("cell",), cells.agent),
        "task_index": (("cell",), cells.task),
        "attempts": (("cell",), cells.attempts),
        "successes": (("cell",), cells.successes),
    }
    constant: Variables = {
        "agent_label": (("agent",), np.array(cells.agents, dtype=str)),
        "release_day": (("agent",), cells.released),
        "family_label": (("family",), np.array(cells.families, dtype=str)),
        "task_label": (("task",), np.array(cells.tasks, dtype=str)),
        "human_minutes": (("task",), cells.minutes),
        "family_index": (("task",), cells.family),
    }
    chains, count = draws.variables["task_scale"][1].shape
    coords = {"chain": np.arange(chains), "draw": np.arange(count)}
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(draws.variables, coords),
            "observed_data": xr.Dataset(observed),
            "constant_data": xr.Dataset(constant),
        }
    )
    tree.attrs = frozen(
        {
            "kind": KIND_OF_HORIZON,
            "schema": SCHEMA,
            "agent_column": cells.agent_column,
            "random_seed": seed,
            "predictive_seed": predictive_seed(seed),
            "notes": list(notes),
            "source": source,
            "data_digest": digest,
            "versions": {name: version_of(name) for name in PACKAGES},
        }
    )
    return tree


def cells_from_tree(tree: xr.DataTree) -> Cells:
    """Read the counts that a horizon posterior was fitted to.

    Parameters
    ----------
    tree : DataTree
        A horizon posterior.

    Returns
    -------
    Cells
        The counts.

    Raises
    ------
    StoredPosteriorError
        If the tree is not a horizon posterior, is incomplete, or has another schema.
    """
    if fact(tree, "kind") != KIND_OF_HORIZON:
        raise StoredPosteriorError("this posterior is not one of time horizons: read it with bayescale.load")
    require_schema(tree, SCHEMA)
    try:
        observed = {str(k): v.to_numpy() for k, v in tree["observed_data"].data_vars.items()}
        constant = {str(k): v.to_numpy() for k, v in tree["constant_data"].data_vars.items()}
        for name in REPORTED:
            tree["posterior"][name]
        return Cells(
            agent_column=str(fact(tree, "agent_column")),
            agents=tuple(map(str, constant["agent_label"])),
            families=tuple(map(str, constant["family_label"])),
            tasks=tuple(map(str, constant["task_label"])),
            released=constant["release_day"].astype(float),
            minutes=constant["human_minutes"].astype(float),
            family=constant["family_index"].astype(np.int64),
            agent=observed["agent_index"].astype(np.int64),
            task=observed["task_index"].astype(np.int64),
            attempts=observed["attempts"].astype(np.int64),
            successes=observed["successes"].astype(np.int64),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoredPosteriorError(f"this posterior is incomplete: {error!r}") from error
