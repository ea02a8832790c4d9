"""Models whose scores are forecast: models of the table by name, and others by family and compute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayescale.capability.scores import Scores
from bayescale.core.summary import LARGEST
from bayescale.core.text import short_repr
from bayescale.errors import InputError, closest

KEYS = ("model", "family", "flops", "n_params", "n_tokens")
NUMBERS = ("flops", "n_params", "n_tokens")


@dataclass(frozen=True)
class Target:
    """A model whose scores are forecast.

    Attributes
    ----------
    model : int or None
        Place in the table; None for another model.
    family : int or None
        Place of its family; None for a new family.
    compute : float
        log10 of the compute less its centre; that of a model of the table is drawn where it is unknown.
    """

    model: int | None
    family: int | None
    compute: float


def read_targets(scores: Scores, targets: object) -> list[Target]:
    """Read targets.

    Parameters
    ----------
    scores : Scores
        The scores.
    targets : mapping, sequence of mapping, or DataFrame
        Either `model`, or `flops` (or `n_params` and `n_tokens`) and optionally `family`.

    Returns
    -------
    list of Target
        The targets.

    Raises
    ------
    InputError
        If they cannot be used; it lists every problem.
    """
    rows = _rows(targets)
    problems: list[str] = []
    read = [_target(scores, row, f"target {place}", problems) for place, row in enumerate(rows, 1)]
    if not rows:
        problems.append("there is none")
    if problems:
        raise InputError("targets cannot be used:", problems)
    return [target for target in read if target is not None]


def _rows(targets: object) -> list[Mapping[str, object]]:
    """Targets as mappings, without blank values."""
    if isinstance(targets, pd.DataFrame):
        if not targets.columns.is_unique:
            raise InputError("targets: two columns have one name")
        rows: Sequence[object] = targets.to_dict("records")
    elif isinstance(targets, Mapping):
        rows = [targets]
    elif isinstance(targets, Sequence) and not isinstance(targets, str):
        rows = targets
    else:
        raise InputError(f"targets={short_repr(targets)} must be a mapping, several, or a DataFrame")
    wrong = [row for row in rows if not isinstance(row, Mapping)]
    if wrong:
        raise InputError(f"targets: {short_repr(wrong[0])} is no mapping such as {{'family': 'a', 'flops': 1e24}}")
    return [
        {str(key): value for key, value in row.items() if not _is_blank(value)}
        for row in rows
        if isinstance(row, Mapping)
    ]


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _target(scores: Scores, row: Mapping[str, object], place: str, problems: list[str]) -> Target | None:
    """One target; None where it has problems, which are added."""
    before = len(problems)
    problems += [f"{place}: {key!r} is not known.{closest(key, KEYS)}" for key in row if key not in KEYS]
    for key, names in (("model", scores.models), ("family", scores.families)):
        if key in row and row[key] not in names:
            problems.append(f"{place}: no {key} {short_repr(row[key])} in the table.{closest(str(row[key]), names)}")
    if "model" in row:
        if len(row) > 1 and len(problems) == before:
            problems.append(f"{place}: a model of the table has its own family and compute: give 'model' alone")
        if len(problems) > before:
            return None
        model = scores.models.index(str(row["model"]))
        return Target(model, int(scores.family[model]), float(scores.compute[model]))
    values = {key: _number(row[key], f"{place}: {key}", problems) for key in NUMBERS if key in row}
    if not ({"flops"} <= {*values} or {"n_params", "n_tokens"} <= {*values}):
        problems.append(f"{place}: give 'model', 'flops', or 'n_params' and 'n_tokens'")
    if len(problems) > before:
        return None
    flops = values["flops"] if "flops" in values else 6 * values["n_params"] * values["n_tokens"]
    families = scores.families
    family = families.index(str(row["family"])) if "family" in row else 0 if len(families) == 1 else None
    return Target(None, family, float(np.log10(flops)) - scores.centre)


def _number(value: object, name: str, problems: list[str]) -> float:
    """A positive number; 1 where it is none, with a problem."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool) and 0 < value < LARGEST:
        return float(value)
    problems.append(f"{name}={short_repr(value)} must be a number above 0, such as 1e24")
    return 1.0
