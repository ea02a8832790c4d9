"""A risk posterior under neutral names, for a redacted report.

Group columns also get names that no column of the report has.

Names are replaced in the posterior before anything is written, so that no part of a report can contain one.
"""

import re

import numpy as np
import xarray as xr

from bayescale.core.serialization import fact, frozen
from bayescale.report.redaction import renamed_notes
from bayescale.risk.result import Risk

#: Columns of the tables of a risk report. A group column of the same name gets another name.
_TABLE_COLUMNS = re.compile(
    r"(these|new|laws|tail|reached|ceiling)_\w+|ceiling|homogeneous|attempts|bound|broken\w*|budget|caveat|design\w*|"
    r"each|errors|extrapolation|fewest|law|level|lower|median|method|most|near_duplicates|not_tried|posterior|prior\w*|"
    r"problems|prompts|side|source|successes|threshold|upper|value|weight"
)


def distinct(risk: Risk) -> Risk:
    """Rename group columns that have the name of a column of the report, as in "method (group)".

    Parameters
    ----------
    risk : Risk
        The posterior.

    Returns
    -------
    Risk
        A posterior with the same draws.
    """
    names = risk.problems.group_names
    distinct_names = [f"{name} (group)" if _TABLE_COLUMNS.fullmatch(name) else name for name in names]
    if distinct_names == list(names):
        return risk
    tree = risk.tree.copy()
    tree.attrs = {**tree.attrs, **frozen({"by": distinct_names})}
    return Risk(tree)


def redacted(risk: Risk) -> Risk:
    """Replace values of group columns by "model 1", "model 2", … and problems by "problem 1", ….

    Parameters
    ----------
    risk : Risk
        The posterior.

    Returns
    -------
    Risk
        A posterior with the same draws, without its source and without notes that may contain another name.
    """
    risk = distinct(risk)
    problems, tree = risk.problems, risk.tree.copy()
    groups = {
        name: _numbered([group[place] for group in problems.groups], name)
        for place, name in enumerate(problems.group_names)
    }
    problem = _numbered(problems.problem, "problem")
    labels = {
        f"group_{place}": ("group", np.array([groups[name][group[place]] for group in problems.groups], dtype=str))
        for place, name in enumerate(problems.group_names)
    }
    problem_labels = np.array([problem[name] for name in problems.problem], dtype=str)
    observed, constant = tree["observed_data"].to_dataset(), tree["constant_data"].to_dataset()
    tree["observed_data"] = xr.DataTree(observed.assign(problem_label=("problem", problem_labels)))
    tree["constant_data"] = xr.DataTree(constant.assign(labels))
    new_names = problem | {label: new for renamed in groups.values() for label, new in renamed.items()}
    notes = renamed_notes(fact(risk.tree, "notes"), new_names, "prompts, groups or files")
    tree.attrs = {**tree.attrs, **frozen({"notes": notes, "source": "(redacted)"})}
    return Risk(tree)


def _numbered(labels: "tuple[str, ...] | list[str]", stem: str) -> dict[str, str]:
    return {label: f"{stem} {number}" for number, label in enumerate(dict.fromkeys(labels), start=1)}
