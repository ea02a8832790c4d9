"""Rows that repeat a measurement: refused where they would count twice as evidence, noted where they may be replicates.

Equal rows are repeats when the other columns differ only in bookkeeping (an index, a time, an identifier), or when the
response has so many digits that two trainings do not agree in all of them.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import listing
from bayescale.data.aliases import normalized
from bayescale.data.quantities import KNOWN
from bayescale.data.row_groups import (
    Codes,
    combined_hashes,
    group_codes,
    integer_hashes,
    repeats_another,
    value_hashes,
)
from bayescale.data.runs_validation import duplicate_exports
from bayescale.data.runs_validation.bookkeeping import is_bookkeeping
from bayescale.data.runs_validation.identity import Identity
from bayescale.data.runs_validation.measurements import Measurements, column_hashes, measurements_of, rows_of_groups

#: Words in the names of measured columns; other columns of numbers may be inputs of a law.
MEASURED = re.compile(
    r"loss|acc|ppl|perplex|error|score|bpb|nll|entropy|miou|recall|precision|f1|bleu|rouge|match|eval|std|stderr|ci\d|lo95"
    r"|hi95|metric|reward|win|grad|norm|rate_correct|throughput|mfu"
)


def repeated_measurements(table: pd.DataFrame, response: str, identity: Identity) -> tuple[list[str], list[Note]]:
    """Find rows that repeat a measurement.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `family`, `run` and `row`; known inputs, `step` and the response are float64.
    response : str
        Name of the measured column. Rows where it is not finite are not compared.
    identity : Identity
        Family and run of the rows.

    Returns
    -------
    problems : list of str
        Rows that repeat one measurement, and how to fix the table.
    notes : list of Note
        Rows that agree but may be separate measurements, and inputs that repeat.
    """
    rows = measurements_of(table, response, identity)
    equal = rows.agreeing()
    problems, notes = _equal_rows(rows, equal)
    problems += duplicate_exports.rounded_copies(rows) + duplicate_exports.parent_runs(rows.table, response)
    partial = [name for name in (*rows.labels, *rows.inputs) if _is_partial(rows.table[name])]
    has_candidates = bool(rows.candidates.any())
    precise = not problems and bool(partial or has_candidates) and len(rows.table) > 1 and rows.is_precise
    if precise:
        problems += duplicate_exports.blank_in_one(rows, partial) + duplicate_exports.renamed_runs(rows)
    if not problems and has_candidates:
        notes += _repeated_inputs(rows, ~equal)
        notes += duplicate_exports.under_two_names(rows) if precise and not equal.any() else []
    return problems, notes


def _is_partial(column: "pd.Series[Any]") -> bool:
    """Whether some values are blank and others not."""
    blank = column.isna().to_numpy()
    return bool(blank.any() and not blank.all())


def _equal_rows(rows: Measurements, equal: NDArray[np.bool_]) -> tuple[list[str], list[Note]]:
    """Classify rows that agree in family, run, seed, step, inputs and response, group by group."""
    if not equal.any():
        return [], []
    table, response = rows.table[equal], rows.response
    group = group_codes(rows.combined()[equal])
    n_groups = int(group.max()) + 1
    compared = {"family", "run", "row", response, *rows.labels, *rows.inputs}
    differs = {name: _differs(table[name], group, n_groups) for name in table.columns if name not in compared}
    differs = {name: groups for name, groups in differs.items() if groups.any()}
    descriptive = [name for name in differs if not is_bookkeeping(rows.table[name])]
    described = np.any([differs[name] for name in descriptive], axis=0) if descriptive else np.zeros(n_groups, bool)
    exact = ~np.any([*differs.values()], axis=0) if differs else ~described
    copied = ~exact & (~described | rows.is_precise)
    problems = []
    if exact.any():
        problems.append(
            f"the same row more than once: {rows_of_groups(table, group, exact)}; keep one of each, or distinguish "
            "repeated runs by a 'run' or 'seed' column."
        )
    if copied.any():
        columns = [repr(name) for name in differs if differs[name][copied].any()]
        problems.append(
            f"the same measurement more than once: {rows_of_groups(table, group, copied)} agree in family, run, inputs "
            f"and {response} to the last digit, and differ only in {listing(columns)}; keep one row of each. If they "
            "are different trainings, read the column that distinguishes them with rename={...: 'run'} or 'seed'."
        )
    separate = ~exact & ~copied
    if not separate.any():
        return problems, []
    columns = [repr(name) for name in descriptive if differs[name][separate].any()]
    message = (
        f"Rows agree in inputs and {response}, and differ only in {listing(columns)}: "
        f"{rows_of_groups(table, group, separate)}; each counts as a separate measurement."
    )
    return problems, [Note("equal_measurements", message)]


def _differs(column: "pd.Series[Any]", group: Codes, n_groups: int) -> NDArray[np.bool_]:
    """The groups (n_groups,) in which a column has several values."""
    values = column_hashes(column)
    first = np.zeros(n_groups, dtype=np.uint64)
    first[group[::-1]] = values[::-1]
    out = np.zeros(n_groups, dtype=bool)
    out[group[values != first[group]]] = True
    return out


def _repeated_inputs(rows: Measurements, single: NDArray[np.bool_]) -> list[Note]:
    """A note where rows of a family agree in all inputs and no seed shows that they are replicates.

    Only rows that are `single` (n_rows,), those that are not repeats, are compared.
    """
    table = rows.table if single.all() else rows.table[single]
    if table.empty or all(table[name].isna().all() for name in rows.inputs):
        return []
    known = {"family", "run", "row", "seed", "step", rows.response, *KNOWN}
    others = [name for name in table.columns if name not in known]
    unknown_inputs = [
        name
        for name in others
        if pd.api.types.is_float_dtype(table[name].dtype)
        and not MEASURED.search(normalized(name))
        and not is_bookkeeping(table[name])
    ]
    identity = rows.combined("run", rows.response)[single]
    key = combined_hashes([identity, *(value_hashes(table[name]) for name in unknown_inputs)])
    agreeing = repeats_another(key)  # seeds distinguish replicates
    if not agreeing.any():
        return []
    group = group_codes(key[agreeing])
    labels = _distinguishing(table, agreeing, group, [name for name in others if name not in unknown_inputs])
    fix = (
        f"They differ in {listing([repr(name) for name in labels])}: keep the rows of one value, or read the column as "
        f"the family with rename={{{labels[0]!r}: 'family'}}."
        if labels
        else "If another column distinguishes them, keep the rows of one of its values, or read it as the family."
    )
    message = (
        f"Inputs repeat exactly within a family: {rows_of_groups(table[agreeing], group)}. Rows of one run count as "
        f"measurements of one training, others as repeated trainings. {fix}"
    )
    return [Note("repeated_inputs", message)]


def _distinguishing(table: pd.DataFrame, rows: NDArray[np.bool_], group: Codes, names: Sequence[str]) -> list[str]:
    """Columns of labels in which all rows of a group differ."""
    labels = table[rows]
    return [
        name
        for name in names
        if not pd.api.types.is_numeric_dtype(table[name].dtype)
        and not repeats_another(combined_hashes((integer_hashes(group), column_hashes(labels[name])))).any()
        and not is_bookkeeping(table[name])
    ]
