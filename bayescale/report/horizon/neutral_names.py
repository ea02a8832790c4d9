"""A horizon posterior under neutral names, for a redacted report.

Names are replaced in the posterior before anything is written, so that no part of a report can contain one.
"""

import numpy as np
import xarray as xr

from bayescale.core.serialization import fact, frozen
from bayescale.horizon.result import Horizon
from bayescale.report.redaction import renamed_notes

AGENT_COLUMN = "agent"


def neutral_names(horizon: Horizon) -> dict[str, dict[str, str]]:
    """Number the agents, families and tasks of a posterior.

    Parameters
    ----------
    horizon : Horizon
        The posterior.

    Returns
    -------
    dict of str to dict
        New names of each "agent", "family" and "task".
    """
    cells = horizon.cells
    labels = {"agent": cells.agents, "family": cells.families, "task": cells.tasks}
    return {
        stem: {name: f"{stem} {number}" for number, name in enumerate(dict.fromkeys(names), start=1)}
        for stem, names in labels.items()
    }


def redacted(horizon: Horizon) -> Horizon:
    """Replace agents by "agent 1", "agent 2", …, and families and tasks likewise.

    Parameters
    ----------
    horizon : Horizon
        The posterior.

    Returns
    -------
    Horizon
        A posterior with the same draws, without its source and without notes that may contain another name. Release
        dates stay: a trend cannot be shown without them.
    """
    new_names, tree = neutral_names(horizon), horizon.tree.copy()
    constant = tree["constant_data"].to_dataset()
    labels = {
        f"{stem}_label": (stem, np.array([names[str(label)] for label in constant[f"{stem}_label"].to_numpy()]))
        for stem, names in new_names.items()
    }
    tree["constant_data"] = xr.DataTree(constant.assign(labels))
    together = {**new_names["task"], **new_names["family"], **new_names["agent"]}
    notes = renamed_notes(fact(horizon.tree, "notes"), together, "agents, tasks, families or files")
    facts = {"notes": notes, "source": "(redacted)", "agent_column": AGENT_COLUMN}
    tree.attrs = {**tree.attrs, **frozen(facts)}
    return Horizon(tree)
