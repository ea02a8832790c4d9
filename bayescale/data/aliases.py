"""Columns that identify a training under another name: `Family`, `run_name`, `model_name`, `global_step` ...

Names match without regard to case, spaces and punctuation. A synonym with one meaning is taken as it is. A name that
people use for families and for runs (`model`, `group`) is taken only where the rows show which of the two it is.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayescale.core.text import in_rows
from bayescale.data.columns import as_numbers, as_text
from bayescale.data.quantities import KNOWN, SIZES

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

#: What trackers put before the names of parameters and tags.
_PREFIXES = ("params_", "config_", "tags_", "summary_")
_MARKS = re.compile(r"[^0-9a-z]+")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NUMBERED = re.compile(r"\D*(\d+)\D*")


def normalized(name: str) -> str:
    """A column name in lower case, its words joined by one underscore: "Model Family" and "modelFamily" are equal."""
    plain = _MARKS.sub("_", _WORDS.sub("_", name).lower()).strip("_")
    return next((plain.removeprefix(prefix) for prefix in _PREFIXES if plain.startswith(prefix)), plain)


def add_identity(table: pd.DataFrame, response: str) -> tuple[pd.DataFrame, list[str]]:
    """Add `family`, `run`, `seed` and `step` where the table has them under another name.

    Parameters
    ----------
    table : DataFrame
        The table after `rename`; values may still be text.
    response : str
        Name of the measured column, which is never taken for something else.

    Returns
    -------
    table : DataFrame
        With copies of the columns that were taken; the originals stay, so that `family="Family"` works too.
    notes : list of str
        One sentence per column taken, or per synonym that could not be.
    """
    free = {normalized(name): name for name in reversed(list(table.columns)) if name not in (response, "row", *KNOWN)}
    notes: list[str] = []
    taken: dict[str, str] = {}
    for ours, synonyms in SYNONYMS.items():
        theirs = [free[name] for name in _spellings(synonyms) if name in free]
        if ours in table.columns or not theirs:
            continue
        column = _usable(table, theirs[0], ours)
        if isinstance(column, str):
            notes.append(column)
            continue
        table, taken[theirs[0]] = table.assign(**{ours: column}), ours
        notes.append(_note(theirs[0], ours, ""))
    for name in (free[name] for name in _spellings(AMBIGUOUS) if name in free and free[name] not in taken):
        ours, why = _shown_meaning(table, name)
        if ours and ours not in table.columns:
            table = table.assign(**{ours: table[name]})
            notes.append(_note(name, ours, why))
    return table, notes


def _spellings(names: Sequence[str]) -> list[str]:
    """The names, each followed by itself without underscores ("runname")."""
    return list(dict.fromkeys(spelling for name in names for spelling in (name, name.replace("_", ""))))


def _note(theirs: str, ours: str, why: str) -> str:
    return (
        f"Column {theirs!r} is read as {ours!r}{why}; if it means something else, give it another name with "
        f"rename={{{theirs!r}: ...}}."
    )


def _usable(table: pd.DataFrame, theirs: str, ours: str) -> "np.ndarray | pd.Series[Any] | str":
    """The values of a synonym, or why it cannot be taken."""
    if ours == "step":
        steps = _steps(table[theirs])
        return f"Column {theirs!r} is not read as 'step': not all are numbers." if steps is None else steps
    if ours == "family" and (blank := [row for row, text in enumerate(as_text(table[theirs]), 1) if not text]):
        return (
            f"Column {theirs!r} is not read as 'family', because it is blank in {in_rows(blank)}; fill it, or name "
            f"the column of families with rename={{...: 'family'}}."
        )
    return table[theirs]


def _steps(column: "pd.Series[Any]") -> np.ndarray | None:
    """Steps as numbers, also of names such as "step1000"; None where some value is neither."""
    values, wrong = as_numbers(column)
    if not wrong.any():
        return values
    matches = [_NUMBERED.fullmatch(text) for text in as_text(column)]
    if any(match is None for match in matches):
        return None
    return np.array([float(match[1]) for match in matches if match])


def _shown_meaning(table: pd.DataFrame, name: str) -> tuple[str, str]:
    """Whether an ambiguous column names families or runs, and by what the rows show it; "" where they do not."""
    sizes = [size for size in SIZES if size in table.columns]
    values = pd.Series(as_text(table[name]), index=table.index)
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
