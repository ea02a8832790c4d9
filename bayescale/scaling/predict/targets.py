"""Targets: what a forecast is asked for, validated whole, and how far beyond the training data each one lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.text import listing
from bayescale.data.columns import as_numbers, as_text, require_unique
from bayescale.data.quantities import KNOWN, impossible, to_axis
from bayescale.errors import InputError, closest
from bayescale.scaling.model.design import Design
from bayescale.scaling.predict.new_family import NEW

type Array = NDArray[np.float64]

TESTED = 32.0  # times the largest training run: as far as the evidence of every public data set goes …
ONCE = 100.0  # … and that of one
UNNAMED = ("all",)  # the families of a table without a family column


@dataclass(frozen=True, eq=False)
class Targets:
    """Validated targets.

    table          the targets as given, inputs as float64, index 0..n-1.
    log_inputs     (target, input), in the law's order.
    family         (target,): index into the design's families, −1 for one never seen.
    run            (target,): index into the design's runs of one to be continued, −1 for a new run.
    extrapolation  (target,): how many times beyond the training data; 1 or less is inside.
    flags          (target,): text where that is farther than was ever tested, else empty.
    """

    table: pd.DataFrame
    log_inputs: Array
    family: NDArray[np.int64]
    run: NDArray[np.int64]
    extrapolation: Array
    flags: tuple[str, ...]


def read_targets(design: Design, targets: object) -> Targets:
    """Validate a DataFrame, a mapping, or a list of mappings with the law's inputs and optionally `family` and `run`.

    A missing family (None, blank) is one never seen, drawn from the population; where the training table had no
    families it is the one there was. A `run` with several rows in training is continued: its family is known, and what
    set it apart so far goes on; any other name is a new run.
    Raises InputError listing all problems: inputs missing, blank or impossible, unknown families.
    """
    table = _table(targets)
    law = design.spec.law
    problems = []
    values = np.ones((len(table), len(law.inputs)))
    for j, name in enumerate(law.inputs):
        if name not in table and name in law.defaults:
            table[name] = law.defaults[name]
        if name not in table:
            meant = "".join(f" Is {one!r} meant?" for one in get_close_matches(name, [*map(str, table.columns)], n=1))
            problems.append(f"input {name!r} is missing.{meant} Columns of the targets: {listing([*table.columns])}.")
            continue
        numbers, wrong = as_numbers(table[name])
        bad = wrong.copy()
        given = table[name].tolist()
        problems += [
            f"target {i + 1}: {name}={given[i]!r} is not a number; write it out, such as 7e9"
            for i in np.flatnonzero(wrong)
        ]
        for i, allowed in impossible(name, np.where(wrong, 1.0, numbers)):
            problems.append(f"target {i + 1}: {name}={given[i]!r} must be a finite number, {allowed}")
            bad[i] = True
        values[:, j] = np.where(bad, 1.0, numbers)
        table[name] = numbers
    family = _families(design, table, problems)
    family, run = _continued(design, table, family)
    if problems:
        raise InputError(f"law {law.name!r} cannot be forecast at these targets:", problems)
    points = np.column_stack([to_axis(name, values[:, j]) for j, name in enumerate(law.inputs)])
    far = extrapolation(design, points)
    return Targets(table, points, family, run, far, tuple(map(flag, far)))


def _table(targets: object) -> pd.DataFrame:
    try:
        table = _as_table(targets)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:  # pandas cannot make a table of them
        raise InputError(f"targets cannot be read as a table: {str(error).splitlines()[0][:200]}") from error
    table.columns = table.columns.map(str)
    require_unique(list(table.columns), "targets")
    return table.reset_index(drop=True)


def _as_table(targets: object) -> pd.DataFrame:
    if isinstance(targets, pd.DataFrame):
        table = targets.copy()
    elif isinstance(targets, Mapping):
        table = pd.DataFrame([dict(targets)])
    elif isinstance(targets, Sequence) and targets and all(isinstance(one, Mapping) for one in targets):
        table = pd.DataFrame([dict(one) for one in targets])
    else:
        table = pd.DataFrame()
    if table.empty:
        raise InputError(
            "targets must be a list of mappings or a DataFrame with at least one row, such as [{'n_params': 7e10}]"
        )
    return table


def _families(design: Design, table: pd.DataFrame, problems: list[str]) -> NDArray[np.int64]:
    """Index of each target's family; unknown names are added to `problems`."""
    column = design.spec.family if design.spec.family in table else "family"
    missing = 0 if design.families == UNNAMED else NEW
    if column not in table:
        meant = get_close_matches("family", [str(name) for name in table if name not in design.spec.law.inputs], 1, 0.8)
        problems += [f"column {name!r} is not known. Did you mean 'family'?" for name in meant]
        return np.full(len(table), missing, dtype=np.int64)
    out = np.full(len(table), missing, dtype=np.int64)
    for i, name in enumerate(as_text(table[column])):
        if name in design.families:
            out[i] = design.families.index(name)
        elif name:
            problems.append(
                f"target {i + 1}: family {name!r} was not in the training data.{closest(name, design.families)} "
                "Leave it out (None) for a family never seen."
            )
    return out


def _continued(
    design: Design, table: pd.DataFrame, family: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each target's family and run, where it names a run that has several rows in training."""
    run = np.full(len(table), NEW, dtype=np.int64)
    if "run" not in table:
        return family, run
    rows = np.bincount(design.run, minlength=len(design.runs))
    of_run = np.zeros(len(design.runs), dtype=np.int64)
    of_run[design.run] = design.family
    family = family.copy()
    for i, name in enumerate(as_text(table["run"])):
        same = [k for k, known in enumerate(design.runs) if known == name and rows[k] > 1]
        mine = [k for k in same if of_run[k] == family[i]] or (same if family[i] == NEW and len(same) == 1 else [])
        if mine:
            run[i], family[i] = mine[0], of_run[mine[0]]
    return family, run


def extrapolation(design: Design, log_inputs: Array) -> Array:
    """How many times beyond the training data points (point, input) lie: 1 or less is inside.

    The largest, over training compute (n_params · n_tokens, where the law has both) and each input, of the ratio to the
    largest value in training, or of the smallest to it.
    """
    seen, asked = (_measures(design, x) for x in (design.log_inputs, log_inputs))
    beyond = np.maximum(asked - seen.max(axis=0), seen.min(axis=0) - asked)
    for j, name in enumerate(design.spec.law.inputs):  # no ratio on a linear axis: the distance over the data's range
        if name in KNOWN and KNOWN[name].axis == "linear":
            beyond[:, j] = np.log1p(np.maximum(beyond[:, j], 0) / max(np.ptp(seen[:, j]), 1e-9))
    return np.asarray(np.exp(beyond.max(axis=1)))


def _measures(design: Design, log_inputs: Array) -> Array:
    inputs = design.spec.law.inputs
    if not {"n_params", "n_tokens"} <= set(inputs):
        return log_inputs
    compute = log_inputs[:, inputs.index("n_params")] + log_inputs[:, inputs.index("n_tokens")]
    return np.column_stack([log_inputs, compute])


def flag(times: float) -> str:
    """A sentence for a target farther beyond the data than forecasts were tested; empty within."""
    if times <= TESTED:
        return ""
    if times <= ONCE:
        return (
            f"{times:.3g}x beyond the data: tested at that distance on one data set only (others up to {TESTED:.0f}x)"
        )
    return f"{times:.3g}x beyond the data: farther than was ever tested ({TESTED:.0f}x, on one data set {ONCE:.0f}x)"
