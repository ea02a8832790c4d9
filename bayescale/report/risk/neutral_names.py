"""A risk posterior under other names: neutral ones for who must not see the prompts or whose they are, and names of
group columns that no column of a report's tables has.

Names are changed in the posterior before anything is written, so that no part of a report can let one slip.
"""

import re

import numpy as np
import xarray as xr

from bayescale.core.serialization import fact, frozen
from bayescale.risk.result import Risk

#: Notes that hold nothing but numbers. Any other may quote a prompt, a group or a file, and is left out.
_HARMLESS = (
    r"\d+ of \d+ attempts did not run and are left out: they count neither as successes nor as failures\.",
    r"every (broken )?problem (has one success, after|with fewer than the most attempts)[^'\"=]*",
    r"\d+ problems are near-duplicates of others \(column cluster\): [^'\"=]*",
)
#: Columns of the tables of a risk report; a group column of that name gets another.
_TAKEN = re.compile(
    r"(these|new|laws|tail|reached|ceiling)_\w+|ceiling|homogeneous|attempts|bound|broken\w*|budget|caveat|design\w*|each|errors|extrapolation|fewest|law|level|lower|"
    r"median|method|most|near_duplicates|not_tried|posterior|prior\w*|problems|prompts|side|source|successes|threshold|"
    r"upper|value|weight"
)


def distinct(risk: Risk) -> Risk:
    """The same posterior with group columns that are called like a column of ours as "method (group)"."""
    names = risk.problems.group_names
    ours = [f"{name} (group)" if _TAKEN.fullmatch(name) else name for name in names]
    if ours == list(names):
        return risk
    tree = risk.tree.copy()
    tree.attrs = {**tree.attrs, **frozen({"by": ours})}
    return Risk(tree)


def redacted(risk: Risk) -> Risk:
    """The same posterior with values of group columns as "model 1", "model 2", problems as "problem 1", …; its source
    and the notes that may name something are left out."""
    risk = distinct(risk)
    problems, tree = risk.problems, risk.tree.copy()
    groups = {
        f"group_{place}": ("group", _neutral([group[place] for group in problems.groups], name))
        for place, name in enumerate(problems.group_names)
    }
    observed, constant = tree["observed_data"].to_dataset(), tree["constant_data"].to_dataset()
    label = {"problem_label": ("problem", _neutral(problems.problem, "problem"))}
    tree["observed_data"] = xr.DataTree(observed.assign(label))
    tree["constant_data"] = xr.DataTree(constant.assign(groups))
    notes = harmless(fact(risk.tree, "notes"), _HARMLESS, "prompts, groups or files")
    tree.attrs = {**tree.attrs, **frozen({"notes": notes, "source": "(redacted)"})}
    return Risk(tree)


def _neutral(labels: "tuple[str, ...] | list[str]", stem: str) -> np.ndarray:
    order = {label: place for place, label in enumerate(dict.fromkeys(labels), start=1)}
    return np.array([f"{stem} {order[label]}" for label in labels], dtype=str)


def harmless(notes: list[str], patterns: "tuple[str, ...]", what: str) -> list[str]:
    """The notes that are of one of the patterns, and a last one that says how many others may name `what`."""
    kept = [note for note in notes if any(re.fullmatch(pattern, note) for pattern in patterns)]
    out = len(notes) - len(kept)
    if not out:
        return kept
    words = "1 note that may name" if out == 1 else f"{out} notes that may name"
    return [*kept, f"{words} {what}: left out of this redacted report; the posterior's file has them."]
