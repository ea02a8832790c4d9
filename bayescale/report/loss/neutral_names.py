"""Neutral names ("family 1", "run 3") for a redacted report of losses, numbered in the order of the table of runs.

Names are replaced in the posterior, the forecast, the backtest and the forecast log before anything is written, so that
no part of a report can contain one. Texts that people wrote (a claim, a limit, the name of a target) are not rewritten,
because a name may be an ordinary word of them. Texts that mention a name are left out instead.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.notes import Note
from bayescale.core.serialization import fact, frozen, has
from bayescale.report.names import Names
from bayescale.report.redaction import renamed_notes
from bayescale.scaling.evaluation.backtest import Backtest, backtest_of_points
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import run_names
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

if TYPE_CHECKING:
    from bayescale.maintenance.store.versions import Version

#: How many rows came or went. The rest of a message may name them.
_ROW_COUNTS = re.compile(r"\d+ rows? (?:was|were) (?:changed upstream|deleted upstream|added)")
PATHS = ("sampled", "re-weighted", "kept")  # how a posterior of a version was computed
TITLE = "A redacted forecast"  # replaces a title that mentions a name


def hidden_fit(fit: Fit, names: Names) -> Fit:
    """Return the posterior under neutral names, without its source and without notes that may contain another name.

    Parameters
    ----------
    fit : Fit
        The posterior.
    names : Names
        The neutral names.

    Returns
    -------
    Fit
        A posterior with the same draws.
    """
    nodes = {node.relative_to(fit.tree): node for node in fit.tree.subtree}
    tree = xr.DataTree.from_dict({path: _relabelled(node.to_dataset(), names) for path, node in nodes.items()})
    for path, node in nodes.items():
        tree[path].attrs = {**node.attrs, **_redacted_facts(names, node)}
    for posterior in FittedLaws(tree).posteriors.values():
        coordinate = np.array(run_names(posterior.design), dtype=str)
        for name, group in posterior.tree.children.items():
            if "run" in group.coords:
                posterior.tree[name] = xr.DataTree(group.to_dataset().assign_coords(run=coordinate))
    return Fit(tree)


def _relabelled(dataset: xr.Dataset, names: Names) -> xr.Dataset:
    if "family" in dataset.coords:
        dataset = dataset.assign_coords(family=_renamed(dataset["family"].to_numpy(), names.families))
    if "run_label" in dataset:
        dataset = dataset.assign(run_label=("run", _renamed(dataset["run_label"].to_numpy(), names.runs)))
    return dataset


def _redacted_facts(names: Names, node: xr.DataTree) -> dict[str, str]:
    if not has(node, "notes"):
        return {}
    return frozen({"notes": hidden_notes(names, fact(node, "notes")), "source": "(redacted)"})


def hidden_notes(names: Names, notes: Iterable[str]) -> tuple[Note, ...]:
    """Return notes under neutral names, without those that may contain another name.

    Parameters
    ----------
    names : Names
        The neutral names.
    notes : iterable of str or Note
        The notes.

    Returns
    -------
    tuple of Note
        The notes. The last note counts those that are left out.
    """
    return renamed_notes(notes, names.all, "families, runs or files")


def hidden_forecast(forecast: Forecast, names: Names, family: str) -> Forecast:
    """Return the forecast under neutral names. Its draws are reused.

    Parameters
    ----------
    forecast : Forecast
        The forecast.
    names : Names
        The neutral names.
    family : str
        The column of the targets that holds their family.

    Returns
    -------
    Forecast
        The same numbers. A text of a target (such as its name) that mentions a family or a run becomes "target 1", ….
    """
    blocks = forecast.blocks.renamed(_renamed(forecast.blocks.families, names.families))
    targets, table = (_hidden_targets(frame, names, family) for frame in (forecast.targets, forecast.table))
    return replace(forecast, blocks=blocks, table=table, targets=targets)


def _hidden_targets(table: pd.DataFrame, names: Names, family: str) -> pd.DataFrame:
    new_names = {family: names.families, "family": names.families, "run": names.runs}
    hidden = hidden_table(table, {column: mapping for column, mapping in new_names.items() if column in table})
    for column in hidden.columns.difference([*new_names, "flag"]):
        if not pd.api.types.is_numeric_dtype(hidden[column]):
            values = [
                f"target {number}" if isinstance(value, str) and names.mentioned(value) else value
                for number, value in enumerate(hidden[column], start=1)
            ]
            hidden[column] = pd.Series(values, index=hidden.index, dtype=object)
    return hidden


def hidden_table(table: pd.DataFrame, new_names: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return a table with the names in some columns replaced.

    Parameters
    ----------
    table : pandas.DataFrame
        The table.
    new_names : mapping of str to mapping of str to str
        The new name of each name, by column.

    Returns
    -------
    pandas.DataFrame
        A copy. A name without a new one stays.
    """
    columns = {
        column: pd.Series([mapping.get(v, v) for v in table[column]], index=table.index, dtype=table[column].dtype)
        for column, mapping in new_names.items()
    }
    return table.assign(**columns)


def hidden_backtest(backtest: Backtest, names: Names) -> Backtest:
    """Return the backtest under neutral names. Its notes are derived again from the renamed rows.

    Parameters
    ----------
    backtest : Backtest
        The backtest.
    names : Names
        The neutral names.

    Returns
    -------
    Backtest
        The same scores.
    """
    points = hidden_table(backtest.points, {"family": names.families, "run": names.runs})
    return backtest_of_points(points, backtest.prob)


def hidden_ledger(ledger: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Return a forecast log under neutral names.

    Parameters
    ----------
    ledger : pandas.DataFrame
        The table of `Store.ledger`.
    names : Names
        The neutral names.

    Returns
    -------
    pandas.DataFrame
        The same forecasts and scores.
    """
    known = [json.loads(text) if text else [] for text in ledger["known_families"]]
    texts = [json.dumps([names.families.get(name, "family") for name in some]) if some else "" for some in known]
    new_names = {"family": names.families, "run": names.runs, "scored_run": names.runs}
    return hidden_table(ledger, new_names).assign(known_families=pd.Series(texts, index=ledger.index, dtype="str"))


def hidden_message(version: "Version") -> str:
    """Describe a version without its message, which may name rows.

    Parameters
    ----------
    version : Version
        A version of a model in a store.

    Returns
    -------
    str
        How its posterior was computed ("sampled", "re-weighted" or "kept") and how many rows changed. For other
        versions, the kind.
    """
    if version.kind == "noted":
        return "a fit that was not published"
    if version.kind == "rolled back" and isinstance(number := version.lineage.get("rolled_back_to"), int):
        return f"rolled back to version {number}"
    path = str(version.lineage.get("path", "")).partition(",")[0]
    if version.kind != "published" or path not in PATHS:
        return version.kind
    return "; ".join([path, *_ROW_COUNTS.findall(version.message)])


def redaction_statement(names: Names) -> tuple[str, ...]:
    """State what a redacted report leaves out.

    Parameters
    ----------
    names : Names
        The neutral names.

    Returns
    -------
    tuple of str
        One paragraph.
    """
    families, runs = len(set(names.families)), len(set(names.runs))
    return (
        f"This report is redacted. Neutral names replace the names of {families} families and {runs} runs, numbered in "
        "the order of the table of runs. The name of the source and texts that may contain a name are left out. "
        "All numbers are unchanged. The posterior itself keeps all names.",
    )


def _renamed(labels: "np.ndarray", new_names: Mapping[str, str]) -> np.ndarray:
    return np.array([new_names.get(str(label), str(label)) for label in labels], dtype=str)
