"""The design of a table with added rows, where everything that the model took from the shorter one stays."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayescale.core.notes import as_note
from bayescale.data.canonical_rows import row_run_id
from bayescale.data.runs import Runs
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.rows.row_limit import SELECTED

type Row = tuple[str, str, tuple[float, ...]]

DIGITS = 9  # to which two rows must agree to be the same: logarithms of two machines may differ in the sixteenth
LEAST_SPANNED = 0.5  # of the discrepancy's variance at a new row
MOST_NAMES = 5  # of runs in a reason


@dataclass(frozen=True)
class Refused:
    """Why a posterior cannot be re-weighted.

    Attributes
    ----------
    reason : str
        The reason, as one sentence.
    pareto_k, effective_size : float
        Quality of the weights; NaN where none were computed.
    """

    reason: str
    pareto_k: float = np.nan
    effective_size: float = np.nan


@dataclass(frozen=True, eq=False)
class Extension:
    """The design of a longer table, with what the model took from the old one.

    Attributes
    ----------
    design : Design
        The design, with the centre, smallest responses, unit and basis of the old one.
    added : ndarray of int
        Its rows that are new.
    """

    design: Design
    added: NDArray[np.int64]


def extended(design: Design, runs: Runs) -> Extension | Refused:
    """Make the design of a table with added rows: centre, smallest responses, unit, basis and families stay.

    Parameters
    ----------
    design : Design
        The design of the shorter table.
    runs : Runs
        The longer table.

    Returns
    -------
    Extension or Refused
        The design; or the reason where no row was added, rows were changed or removed, a family is new, rows are the
        first to share a run (noise of runs would have to be learnt), or a row lies where the basis says nothing.

    Raises
    ------
    InputError, LawError
        If the law cannot be fitted to the runs at all.
    """
    if any(as_note(note).code == SELECTED for note in design.notes):
        return Refused("it is the posterior of selected rows, and others of the table would count as added")
    plain = make_design(runs, replace(design.spec, discrepancy=False), max_rows=len(runs.table))
    new_families = sorted(set(plain.families) - set(design.families))
    if new_families:
        return Refused(f"family {_listed(new_families)} is new: the posterior has no draws of its parameters")
    before, after = _rows(design, design.unit), _rows(plain, design.unit)
    missing = Counter(before) - Counter(after)
    if missing:
        return Refused(f"rows were changed or removed: {_listed(sorted({_named(row) for row in missing}))}")
    longer = replace(
        plain,
        spec=design.spec,
        scaled_response=plain.scaled_response * (plain.unit / design.unit),
        centre=design.centre,
        min_loss=design.min_loss,
        unit=design.unit,
        basis=design.basis,
    )
    added = _added(before, after)
    reason = _other_model(design, longer, added)
    return Refused(reason) if reason else Extension(longer, added)


def _other_model(design: Design, longer: Design, added: NDArray[np.int64]) -> str:
    """Explain why added rows change the model or lie outside its basis; empty where they do not."""
    if not len(added):
        return "no row was added"
    if longer.layout.key() != design.layout.key():
        first = longer.runs[int(np.bincount(longer.run).argmax())]
        return f"runs have several rows for the first time ({first}): the posterior has no draws of the noise of runs"
    if longer.basis is None:
        return ""
    spanned = (longer.basis.unit_features(longer.log_inputs, longer.family) ** 2).sum(axis=1)[added]
    far = added[spanned < LEAST_SPANNED]
    if not len(far):
        return ""
    names = sorted({longer.runs[int(run)] for run in longer.run[far]})
    return (
        f"{_listed(names)} lies beyond the runs that the discrepancy was fitted to: its basis spans "
        f"{100 * spanned.min():.0f} % of its variance there, and at least {100 * LEAST_SPANNED:.0f} % are needed"
    )


def _rows(design: Design, unit: float) -> list[Row]:
    """List every row's content: family, run (empty where it was named by the row's number), inputs, response."""
    values = np.column_stack([design.log_inputs, design.scaled_response * (design.unit / unit)])
    numbers = (np.round(values, DIGITS) + 0.0).tolist()  # + 0.0: no minus zero
    names = [design.runs[i] for i in design.run]
    runs = [name if name != row_run_id(int(row)) else "" for name, row in zip(names, design.row, strict=True)]
    families = [design.families[i] for i in design.family]
    return [(family, run, tuple(row)) for family, run, row in zip(families, runs, numbers, strict=True)]


def _added(before: list[Row], after: list[Row]) -> NDArray[np.int64]:
    """Which rows of the longer table are not among the old."""
    left, out = Counter(before), []
    for i, row in enumerate(after):
        if left[row]:
            left[row] -= 1
        else:
            out.append(i)
    return np.array(out, dtype=np.int64)


def _named(row: Row) -> str:
    """Name a row by its run and family."""
    family, run, _ = row
    return f"{run or 'a run without a name'} ({family})"


def _listed(names: list[str]) -> str:
    """List the first few names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
