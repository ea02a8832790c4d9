"""Other names of the columns that identify a training: `Family`, `run_name`, `model_name`, `global_step` ...

Names match without regard to case, spaces and punctuation. A synonym with one meaning is read as it is. A name that may
mean families or runs (`model`, `group`) is read only where the rows show which of the two it means.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import in_rows
from bayescale.data.columns import as_numbers, as_text
from bayescale.data.quantities import SIZES, known_columns

#: Synonyms with one meaning, the best first.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "family": ("family", "model_family", "family_name", "model_series", "series", "model_suite", "suite"),
    "run": (
        "run",
        "run_id",
        "run_name",
        "run_uuid",
        "wandb_run",
        "wandb_run_id",
        "wandb_run_name",
        "wandb_id",
        "training_run",
        "training_id",
        "mlflow_run_name",
        "trial_id",
        "job_id",
    ),
    "seed": ("seed", "random_seed", "rng_seed", "training_seed", "seed_id", "replicate", "replica", "rep"),
    "step": (
        "step",
        "global_step",
        "trainer_global_step",
        "training_step",
        "train_step",
        "current_step",
        "optimizer_step",
        "update_step",
        "checkpoint_step",
        "ckpt_step",
        "checkpoint",
        "checkpoint_name",
        "ckpt",
        "iteration",
        "iterations",
        "iter",
        "num_updates",
    ),
}
#: Names that mean a family in one table and a run in another.
AMBIGUOUS = (
    *("model_name", "model", "model_id", "group", "group_name", "name", "display_name", "base_model", "model_type"),
    *("architecture", "arch", "experiment", "experiment_name", "experiment_id", "exp", "exp_name", "exp_id"),
)

#: Prefixes of trackers before the names of parameters and tags.
_PREFIXES = ("params_", "config_", "tags_", "summary_")
_MARKS = re.compile(r"[^0-9a-z]+")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NUMBERED = re.compile(r"\D*(\d+)\D*")


def normalized(name: str) -> str:
    """Return a column name in lower case, with one underscore between words.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    str
        The same text for "Model Family", "modelFamily" and "config_model_family".
    """
    plain = _MARKS.sub("_", _WORDS.sub("_", name).lower()).strip("_")
    return next((plain.removeprefix(prefix) for prefix in _PREFIXES if plain.startswith(prefix)), plain)


def add_identity(table: pd.DataFrame, response: str) -> tuple[pd.DataFrame, list[Note]]:
    """Add `family`, `run`, `seed` and `step` where the table has them under another name.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The table after `rename`; values may still be text.
    response : str
        Name of the measured column, which is not read as anything else.

    Returns
    -------
    table : DataFrame
        The table with copies of the columns that are read; the originals stay, so that `family="Family"` works too.
    notes : list of Note
        One note per column that is read, and per synonym that cannot be read.
    """
    others = (response, "row", *known_columns(table.columns))
    free = {normalized(name): name for name in reversed(list(table.columns)) if name not in others}
    notes: list[Note] = []
    used: dict[str, str] = {}
    for name, synonyms in SYNONYMS.items():
        candidates = [free[spelling] for spelling in _spellings(synonyms) if spelling in free]
        if name in table.columns or not candidates:
            continue
        column = _synonym_values(table, candidates[0], name)
        if isinstance(column, Note):
            notes.append(column)
            continue
        table, used[candidates[0]] = table.assign(**{name: column}), name
        notes.append(_synonym_note(candidates[0], name, ""))
    for column_name in (free[name] for name in _spellings(AMBIGUOUS) if name in free and free[name] not in used):
        name, reason = _meaning_in_rows(table, column_name)
        if name and name not in table.columns:
            table = table.assign(**{name: table[column_name]})
            notes.append(_synonym_note(column_name, name, reason))
    return table, notes


def _spellings(names: Sequence[str]) -> list[str]:
    """The names, each followed by itself without underscores ("runname")."""
    return list(dict.fromkeys(spelling for name in names for spelling in (name, name.replace("_", ""))))


def _synonym_note(column: str, name: str, reason: str) -> Note:
    return Note(
        "column_synonym",
        f"Column {column!r} is read as {name!r}{reason}; if it means something else, give it another name with "
        f"rename={{{column!r}: ...}}.",
    )


def _synonym_values(table: pd.DataFrame, column: str, name: str) -> "np.ndarray | pd.Series[Any] | Note":
    """The values of a synonym, or why it cannot be read."""
    if name == "step":
        steps = _steps(table[column])
        if steps is not None:
            return steps
        return Note("unused_synonym", f"Column {column!r} is not read as 'step', because some values are not numbers.")
    if name == "family" and (blank := [row for row, text in enumerate(as_text(table[column]), 1) if not text]):
        return Note(
            "unused_synonym",
            f"Column {column!r} is not read as 'family', because it is blank in {in_rows(blank)}; fill it, or name "
            f"the column of families with rename={{...: 'family'}}.",
        )
    return table[column]


def _steps(column: "pd.Series[Any]") -> np.ndarray | None:
    """Steps as numbers, also of names such as "step1000"; None where some value is neither."""
    values, not_numbers = as_numbers(column)
    if not not_numbers.any():
        return values
    matches = [_NUMBERED.fullmatch(text) for text in as_text(column)]
    if any(match is None for match in matches):
        return None
    return np.array([float(match[1]) for match in matches if match])


def _meaning_in_rows(table: pd.DataFrame, column: str) -> tuple[str, str]:
    """Whether an ambiguous column names families or runs, and which rows show it; "" where none do."""
    sizes = [size for size in SIZES if size in table.columns]
    values = pd.Series(as_text(table[column]), index=table.index)
    if not sizes or (values == "").any() or values.nunique() == len(values):
        return "", ""
    keys = pd.DataFrame({size: as_numbers(table[size])[0] for size in sizes}, index=table.index)
    n_sizes = keys.assign(value=values).drop_duplicates().groupby("value", sort=False).size()
    if len(n_sizes) > 1 and (n_sizes > 1).all():
        return "family", ", because each of its values has several sizes"
    if "step" in table.columns and (n_sizes == 1).all():
        family = table["family"] if "family" in table.columns else ""
        points = pd.DataFrame({"family": family, "value": values, "step": _steps(table["step"])}, index=table.index)
        if not points.duplicated().any():
            return "run", ", because each of its values has one size and one row per step"
    return "", ""
