"""Targets of a forecast: their validation, and how far beyond the training data each one lies."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.text import listing
from bayescale.data.column_names import require_unique
from bayescale.data.columns import as_numbers, as_text
from bayescale.data.quantities import impossible, is_linear, to_axis, weight_columns, wrong_weight_sums
from bayescale.data.tables.frames import read_frame
from bayescale.errors import InputError, closest
from bayescale.scaling.model.design import Design
from bayescale.scaling.predict.new_family import NEW

type Array = NDArray[np.float64]

TESTED = 32.0  # times the largest training run: the farthest distance that every public data set tests …
TESTED_ONCE = 100.0  # … and the farthest that one data set does
UNNAMED = ("all",)  # the families of a table without a family column


@dataclass(frozen=True, eq=False)
class Targets:
    """Validated targets.

    Attributes
    ----------
    table : DataFrame
        The targets, inputs as float64, with index 0..n-1.
    log_inputs : ndarray
        Inputs on their axes, in the law's order (target, input).
    family : ndarray of int
        Index of each target's family in the design (target,); −1 for a new one.
    run : ndarray of int
        Index of the training run that a target continues (target,); −1 for a new run.
    extrapolation : ndarray
        How many times beyond the training data each target lies (target,); 1 or less is inside.
    flags : tuple of str
        A note where a target lies farther out than forecasts were tested, else empty (target,).
    """

    table: pd.DataFrame
    log_inputs: Array
    family: NDArray[np.int64]
    run: NDArray[np.int64]
    extrapolation: Array
    flags: tuple[str, ...]


def read_targets(design: Design, targets: object) -> Targets:
    """Validate targets.

    Parameters
    ----------
    design : Design
        What was fitted.
    targets : mapping, sequence of mapping, or table
        A target, columns of targets, or a table in memory, as `read_runs` takes it. The law's inputs, and optionally
        `family` and `run`. Without a family (None, blank) a target is of a new family or, where the training table had
        no families, of the only one. A `run` that has several rows in training is continued: its family is known, and
        its effect persists. Any other name is a new run.

    Returns
    -------
    Targets
        The targets.

    Raises
    ------
    InputError
        If inputs are missing, blank or impossible, or families are unknown; lists all problems.
    """
    table = _table(targets)
    law = design.spec.law
    problems: list[str] = []
    values = np.column_stack([_column(design, table, name, problems) for name in law.inputs])
    weights = [law.inputs.index(name) for name in weight_columns(law.inputs)]
    if not problems:
        problems += [
            f"target {i + 1}: its weights sum to {total:.4g}, not to 1; divide them by their sum"
            for i, total in wrong_weight_sums(values[:, weights])
        ]
    family = _families(design, table, problems)
    family, run = _continued(design, table, family)
    if problems:
        raise InputError(f"law {law.name!r} cannot be forecast at these targets:", problems)
    points = np.column_stack([to_axis(name, values[:, j]) for j, name in enumerate(law.inputs)])
    far = extrapolation(design, points)
    return Targets(table, points, family, run, far, tuple(map(flag, far)))


def _column(design: Design, table: pd.DataFrame, name: str, problems: list[str]) -> Array:
    """One input's values (target,), 1 where they are missing or wrong; adds to `problems` and converts the table."""
    law = design.spec.law
    if name not in table and name in law.defaults:
        table[name] = law.defaults[name]
    if name not in table:
        similar = "".join(f" Is {match!r} meant?" for match in get_close_matches(name, [*map(str, table.columns)], n=1))
        problems.append(f"input {name!r} is missing.{similar} Columns of the targets: {listing([*table.columns])}.")
        return np.ones(len(table))
    numbers, wrong = as_numbers(table[name])
    entries = table[name].tolist()
    problems += [
        f"target {i + 1}: {name}={entries[i]!r} is not a number; write it out, such as 7e9"
        for i in np.flatnonzero(wrong)
    ]
    bad = wrong.copy()
    for i, allowed in impossible(name, np.where(wrong, 1.0, numbers)):
        problems.append(f"target {i + 1}: {name}={entries[i]!r} must be a finite number, {allowed}")
        bad[i] = True
    table[name] = numbers
    return np.where(bad, 1.0, numbers)


def _table(targets: object) -> pd.DataFrame:
    """Copy the targets into a table with unique columns. Raises InputError."""
    try:
        raw = read_frame(targets)
    except InputError as error:
        raise InputError(f"targets: {error}", error.problems) from error
    if raw is None or raw.table.empty:
        raise InputError(
            "targets must be a list of mappings or a table with at least one row, such as [{'n_params': 7e10}]"
        )
    table = raw.table.copy()
    table.columns = table.columns.map(str)
    require_unique(list(table.columns), "targets")
    return table.reset_index(drop=True)


def _families(design: Design, table: pd.DataFrame, problems: list[str]) -> NDArray[np.int64]:
    """Index of each target's family; unknown names are added to `problems`."""
    column = design.spec.family if design.spec.family in table else "family"
    missing = 0 if design.families == UNNAMED else NEW
    if column not in table:
        others = [str(name) for name in table if name not in design.spec.law.inputs]
        similar = get_close_matches("family", others, 1, 0.8)
        problems += [f"column {name!r} is not known. Did you mean 'family'?" for name in similar]
        return np.full(len(table), missing, dtype=np.int64)
    out = np.full(len(table), missing, dtype=np.int64)
    for i, name in enumerate(as_text(table[column])):
        if name in design.families:
            out[i] = design.families.index(name)
        elif name:
            problems.append(
                f"target {i + 1}: family {name!r} was not in the training data.{closest(name, design.families)} "
                "Leave it out (None) for a new family."
            )
    return out


def _continued(
    design: Design, table: pd.DataFrame, family: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each target's family and run, where it names a training run with several rows."""
    run = np.full(len(table), NEW, dtype=np.int64)
    if "run" not in table:
        return family, run
    rows = np.bincount(design.run, minlength=len(design.runs))
    of_run = np.zeros(len(design.runs), dtype=np.int64)
    of_run[design.run] = design.family
    family = family.copy()
    for i, name in enumerate(as_text(table["run"])):
        namesakes = [k for k, known in enumerate(design.runs) if known == name and rows[k] > 1]
        of_family = [k for k in namesakes if of_run[k] == family[i]]
        if not of_family and family[i] == NEW and len(namesakes) == 1:
            of_family = namesakes
        if of_family:
            run[i], family[i] = of_family[0], of_run[of_family[0]]
    return family, run


def extrapolation(design: Design, log_inputs: Array) -> Array:
    """Compute how many times beyond the training data points lie.

    This is the largest, over each input and training compute (n_params · n_tokens, where the law takes both), of the
    ratio to the largest value in training and of the smallest value in training to it.

    Parameters
    ----------
    design : Design
        The training data.
    log_inputs : ndarray
        Points on the axes of the inputs (point, input).

    Returns
    -------
    ndarray
        Factor of each point (point,); 1 or less is inside.
    """
    training, points = (_measures(design, x) for x in (design.log_inputs, log_inputs))
    beyond = np.maximum(points - training.max(axis=0), training.min(axis=0) - points)
    for j, name in enumerate(design.spec.law.inputs):  # no ratio on a linear axis: the distance over the data's range
        if is_linear(name):
            beyond[:, j] = np.log1p(np.maximum(beyond[:, j], 0) / max(np.ptp(training[:, j]), 1e-9))
    return np.asarray(np.exp(beyond.max(axis=1)))


def _measures(design: Design, log_inputs: Array) -> Array:
    """Return inputs on their axes and, where the law takes size and tokens, log compute: (point, measure)."""
    inputs = design.spec.law.inputs
    if not {"n_params", "n_tokens"} <= set(inputs):
        return log_inputs
    compute = log_inputs[:, inputs.index("n_params")] + log_inputs[:, inputs.index("n_tokens")]
    return np.column_stack([log_inputs, compute])


def flag(times: float) -> str:
    """Describe a target that lies farther beyond the data than forecasts were tested.

    Parameters
    ----------
    times : float
        How many times beyond the data.

    Returns
    -------
    str
        One sentence; empty where forecasts were tested at that distance.
    """
    if times <= TESTED:
        return ""
    if times <= TESTED_ONCE:
        note = f"tested at that distance on one data set only (others up to {TESTED:.0f}x)"
    else:
        note = f"farther than was ever tested ({TESTED:.0f}x, on one data set {TESTED_ONCE:.0f}x)"
    factor = f"{float(f'{times:.3g}'):,.0f}" if 1e3 <= times < 1e6 else f"{times:.3g}"
    return f"{factor}x beyond the data: {note}"
