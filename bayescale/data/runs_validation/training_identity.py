"""Which rows are checkpoints of one training: shared run names are split, and unnamed checkpoints are joined.

Rows of one training share its noise. Counting each as a separate training makes intervals too narrow; joining several
trainings under one name distorts the noise.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import SHOWN, count, in_rows, listing
from bayescale.data.columns import as_text
from bayescale.data.quantities import SIZES
from bayescale.data.row_groups import (
    Codes,
    combined_hashes,
    group_codes,
    repeats_another,
    value_hashes,
    varies_in_group,
)
from bayescale.data.runs_validation.bookkeeping import is_bookkeeping
from bayescale.data.runs_validation.completeness import without_response
from bayescale.data.runs_validation.identity import Identity
from bayescale.data.runs_validation.repeated_measurements import repeated_measurements

#: Columns that do not change while a model is trained.
FIXED = (*SIZES, "n_experts", "granularity", "vocab_size")
#: Settings that distinguish two trainings of one size where both have a row at one step.
SETTINGS = ("lr", "batch_size")
#: Least rows of one size that look like checkpoints without a step: if evenly spaced in tokens, and in any case.
EVENLY_SPACED, MANY = 5, 20
_TOLERANCE = 0.01  # of the spacing


def identify_trainings(
    table: pd.DataFrame,
    response: str,
    identity: Identity,
    readable: NDArray[np.bool_],
    problems: list[str],
) -> list[Note]:
    """Give the rows of one training one `run`, in place, and look for repeated measurements.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `family`, `run` (text) and `row`; known inputs, `step` and the response are float64.
    response : str
        Name of the measured column.
    identity : Identity
        Family and run of the rows.
    readable : ndarray of bool, shape (n_rows,)
        Rows whose numbers could be read; only these are compared.
    problems : list of str
        Problems of the table so far; receives messages on repeated measurements and unnamed checkpoints. With
        problems, no run is renamed.

    Returns
    -------
    list of Note
        Notes on trainings, missing responses and repeats; empty with problems.
    """
    if response not in table.columns:
        return []
    compared = table if readable.all() else table[readable]
    repeats, repeat_notes = repeated_measurements(compared, response, identity.rows(readable))
    problems += repeats
    if problems:
        problems += without_response(compared, response)
        return []
    unnamed, training_notes = name_trainings(table, identity)
    problems += unnamed
    return [*training_notes, *without_response(table, response), *repeat_notes]


def name_trainings(table: pd.DataFrame, identity: Identity) -> tuple[list[str], list[Note]]:
    """Give rows of one training one `run`, and rows of several trainings different ones, in place.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `family`, `run` (text) and `row`; known inputs and `step` are float64.
    identity : Identity
        Family and run of the rows.

    Returns
    -------
    problems : list of str
        Rows that look like checkpoints, where no column identifies their training.
    notes : list of Note
        Runs that were joined or split, and by which columns.
    """
    if identity.has_source_run.any():
        return [], _split_shared_names(table, identity)
    if "step" in table.columns:
        return _join_checkpoints(table)
    return [], _unnamed_curves(table)


def _present(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in table.columns]


def _codes(table: pd.DataFrame, names: Sequence[str]) -> Codes:
    """The group of equal values of every row (int64, n_rows); blanks are equal."""
    if not names:
        return np.zeros(len(table), dtype=np.int64)
    return group_codes(combined_hashes([value_hashes(table[name]) for name in names]))


def _varies(table: pd.DataFrame, name: str, codes: Codes) -> NDArray[np.bool_]:
    """Which rows are in a group with more than one value that is not blank (bool, n_rows)."""
    values = table[name].to_numpy()
    return varies_in_group(values, ~np.isnan(values), codes)


def _labels(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Label of every row, such as "n_params 100000000, lr 0.0003"."""
    columns = [
        [f"{name} {value:.12g}" if value == value else f"{name} blank" for value in table[name]]
        if pd.api.types.is_float_dtype(table[name].dtype)
        else [f"{name} {text or 'blank'}" for text in as_text(table[name])]
        for name in names
    ]
    return [", ".join(parts) for parts in zip(*columns, strict=True)]


def _split_shared_names(table: pd.DataFrame, identity: Identity) -> list[Note]:
    """Split run names that several trainings share: their sizes differ, or their settings at one step."""
    hashes, named = combined_hashes((identity.family, identity.run)), identity.has_source_run
    if not repeats_another(hashes).any():
        return []
    codes = group_codes(hashes)
    shared = np.zeros(len(table), dtype=bool)
    columns = []
    for name in _present(table, FIXED):
        differs = _varies(table, name, codes) & named
        columns += [name] * bool(differs.any())
        shared |= differs
    settings = _present(table, SETTINGS) if "step" in table.columns else []
    at_one_step = _codes(table.assign(run=codes), ["run", *columns, "step"]) if settings else codes
    for name in settings:
        differs = _varies(table, name, at_one_step) & named & table["step"].notna().to_numpy()
        if differs.any():
            columns.append(name)
            shared |= np.isin(codes, codes[differs])
    if not columns:
        return []
    names = list(dict.fromkeys(table["run"][shared]))
    labels = _labels(table[shared], columns)
    table.loc[shared, "run"] = [f"{run} ({label})" for run, label in zip(table["run"][shared], labels, strict=True)]
    by = " and ".join(columns)
    message = (
        f"Rows of {count(len(names), 'run name')} ({listing([repr(name) for name in names])}) differ in {by}, so they "
        f"are several trainings, identified by run, {by}. If the column names families, read it with "
        "rename={...: 'family'}; if it numbers replicates, with rename={...: 'seed'}."
    )
    return [Note("shared_run_names", message, names[:SHOWN])]


def _join_checkpoints(table: pd.DataFrame) -> tuple[list[str], list[Note]]:
    """Join rows of one size that differ in `step` to one training, where nothing else names it."""
    base = ["family", *_present(table, ("seed", *FIXED))]
    stepped = table["step"].notna().to_numpy()
    if not (_varies(table, "step", _codes(table, base)) & stepped).any():
        return [], []
    settings = [name for name in _present(table, SETTINGS) if _varies(table, name, _codes(table, [])).any()]
    keys = next((keys for keys in (base, [*base, *settings]) if not _repeated(table, keys, stepped).any()), None)
    if keys is None:
        return [_ambiguous(table, [*base, *settings], stepped)], []
    if not _rises(table[stepped], keys):
        message = (
            "Rows of one size have several steps, but n_tokens does not rise with the step: every row counts as a "
            "separate training. If rows are checkpoints, name their training in the column 'run'."
        )
        return [], [Note("steps_without_rising_tokens", message)]
    by = [name for name in keys if name != "family"]
    table.loc[stepped, "run"] = _labels(table[stepped], by) if by else "training"
    trainings = len(np.unique(_codes(table[stepped], keys)))
    message = (
        f"No column names runs: {count(int(stepped.sum()), 'row')} with a step are read as checkpoints of "
        f"{count(trainings, 'training')}, one for each {' and '.join(keys)}. If a column names trainings, read it with "
        "rename={...: 'run'}; if every row is a separate training, with rename={'step': 'steps'}."
    )
    return [], [Note("joined_checkpoints", message)]


def _repeated(table: pd.DataFrame, keys: Sequence[str], stepped: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows (n_rows,) that share the keys and the step with another row."""
    repeated: NDArray[np.bool_] = table.duplicated([*keys, "step"], keep=False).to_numpy() & stepped
    return repeated


def _ambiguous(table: pd.DataFrame, keys: Sequence[str], stepped: np.ndarray) -> str:
    repeated = table[_repeated(table, keys, stepped)]
    first = repeated[_codes(repeated, [*keys, "step"]) == 0]
    where = _labels(first.head(1), [*keys, "step"])[0]
    labels = [name for name in table.columns if name not in {"run", "row", *keys} and _is_label(table[name])]
    distinct = [repr(name) for name in labels if not _repeated(table, [*keys, name], stepped).any()]
    hint = f" ({listing(distinct)} would distinguish them)" if distinct else ""
    return (
        f"rows look like checkpoints, since step varies at one size, but {in_rows(first['row'].tolist())} have the "
        f"same step ({where}) and no column 'run' names their training. If a column names trainings{hint}, read it "
        "with rename={...: 'run'}; if every row is a separate training, with rename={'step': 'steps'}."
    )


def _is_label(column: "pd.Series[Any]") -> bool:
    """Whether a column may name trainings: text, and no identifier of rows."""
    return not pd.api.types.is_numeric_dtype(column.dtype) and not is_bookkeeping(column)


def _rises(table: pd.DataFrame, keys: Sequence[str]) -> bool:
    """Whether n_tokens, where it is known, grows with the step in every training."""
    if "n_tokens" not in table.columns:
        return True
    table = table.assign(_training=_codes(table, keys)).sort_values(["_training", "step"], kind="stable")
    same = np.diff(table["_training"].to_numpy()) == 0
    return not (np.diff(table["n_tokens"].to_numpy())[same] <= 0).any()


def _unnamed_curves(table: pd.DataFrame) -> list[Note]:
    """A note where rows of one size have as many or as evenly spaced tokens as checkpoints have, and no step."""
    sizes = _present(table, SIZES)
    if not sizes or "n_tokens" not in table.columns or len(table) < EVENLY_SPACED:
        return []
    names = ["family", *_present(table, ("seed", *SETTINGS)), *sizes]
    hashes = combined_hashes([value_hashes(table[name]) for name in names])
    ordered = np.sort(hashes)
    if not (ordered[EVENLY_SPACED - 1 :] == ordered[: 1 - EVENLY_SPACED]).any():
        return []  # no group of so many rows
    codes = group_codes(hashes)
    order = np.lexsort((table["n_tokens"].to_numpy(), codes))
    codes, tokens = codes[order], table["n_tokens"].to_numpy()[order]
    spacing, same = np.diff(tokens), np.diff(codes) == 0
    n_rows = np.bincount(codes)
    repeated, uneven = np.zeros(len(n_rows), dtype=bool), np.zeros(len(n_rows), dtype=bool)
    repeated[codes[1:][same & ~(spacing > 0)]] = True
    with np.errstate(invalid="ignore"):
        unlike = ~(np.abs(np.diff(spacing)) <= _TOLERANCE * spacing[1:])
    uneven[codes[2:][same[1:] & same[:-1] & unlike]] = True
    curves = ~repeated & ((n_rows >= MANY) | ((n_rows >= EVENLY_SPACED) & ~uneven))
    if not curves.any():
        return []
    rows = np.sort(table["row"].to_numpy()[order][codes == np.flatnonzero(curves)[0]]).tolist()
    message = (
        f"Rows of one size have many or evenly spaced n_tokens ({in_rows(rows)}), and every row counts as a separate "
        "training. If these are checkpoints of one training, name it in the column 'run'."
    )
    return [Note("unnamed_checkpoints", message)]
