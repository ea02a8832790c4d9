"""Units of columns: which may be declared, and the conversion to absolute counts, shares and nats per token."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from bayescale.core.notes import Note
from bayescale.data.columns import as_text
from bayescale.data.quantities import known_quantity
from bayescale.errors import closest

type Kind = Literal["count", "flops", "loss", "share", "other"]

COUNTS: Mapping[str, float] = {"absolute": 1.0, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "trillions": 1e12}
#: Units by the kind of a quantity, each with the factor of its values. The first unit of a kind leaves values as they
#: are. A perplexity is converted by its logarithm.
UNITS: Mapping[Kind, Mapping[str, float]] = {
    "count": COUNTS,
    "flops": {
        "absolute": 1.0,
        "teraflops": 1e12,
        "petaflops": 1e15,
        "exaflops": 1e18,
        "petaflop_days": 8.64e19,
        "zettaflops": 1e21,
    },
    "loss": {"nats": 1.0, "bits": 1.0, "perplexity": np.nan},
    "share": {"share": 1.0, "percent": 0.01, "absolute": 1.0},
    "other": {"absolute": 1.0},
}
LOSS_WORDS = {"nats": r"nats?", "bits": r"bits?|bpb|bpc|bpt|bpw", "perplexity": r"perplexit(y|ies)|ppl|perp"}
SHARES = {"accuracy", "acc", "error", "err", "asr"}
#: Scores between 0 and 1 by their whole name; `pass@4` and the like too.
SCORES = {"exact_match", "em", "f1", "recall", "mmlu", "hellaswag", "gsm8k", "humaneval", "auc", "auroc"}
_PASS_AT = re.compile(r"(.*[^a-z0-9])?pass[@^]?\d*|.*pass[@^]\d+.*|.*pass_at_\d+.*", re.IGNORECASE)
RATES = {"pass", "success", "win", "solve", "attack", "failure"}  # with "rate" in the name too, these are shares
#: With one of these in its name an error is a distance, not a share.
DISTANCES = {"squared", "absolute", "mean", "mse", "mae", "rmse", "rms", "l1", "l2", "relative", "action", "std"}


def words_of(name: str) -> set[str]:
    """Split the name of a column into words.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    set of str
        The words in lower case.
    """
    return set(re.split(r"[^a-z0-9]+", name.lower()))


@cache
def kind_of(name: str, response: str) -> Kind:
    """Return what kind of quantity a column holds, by its name.

    Parameters
    ----------
    name : str
        Name of the column.
    response : str
        Name of the measured column.

    Returns
    -------
    {"count", "flops", "loss", "share", "other"}
        The kind.
    """
    words = words_of(name)
    known = known_quantity(name)
    if known is not None:
        special: dict[str, Kind] = {"flops": "flops", "loss": "loss"}
        return "count" if known.count else special.get(name, "share" if known.most <= 1 else "other")
    if name != response:
        return "other"
    if (words & SHARES and not words & DISTANCES) or ("rate" in words and words & RATES):
        return "share"
    if is_score(name):
        return "share"
    return "loss" if "loss" in words else "other"


def is_score(name: str) -> bool:
    """Return whether a larger share is better, by the name of the column.

    Parameters
    ----------
    name : str
        Name of the column.

    Returns
    -------
    bool
        True for accuracies, pass rates and named benchmarks.
    """
    return bool(words_of(name) & {"accuracy", "acc"}) or name.lower() in SCORES or _PASS_AT.fullmatch(name) is not None


def plain_units(names: Iterable[str], response: str) -> dict[str, str]:
    """Return the units that leave the values of columns as they are: absolute counts, nats and shares.

    Parameters
    ----------
    names : iterable of str
        Names of the columns.
    response : str
        Name of the measured column.

    Returns
    -------
    dict of str to str
        The unit of each column.
    """
    return {name: next(iter(UNITS[kind_of(name, response)])) for name in names}


def unit_problems(units: Mapping[str, str], columns: Collection[str], response: str) -> list[str]:
    """Describe declared units whose column or unit is not known.

    Parameters
    ----------
    units : mapping of str to str
        Declared units by column.
    columns : collection of str
        Columns of the table.
    response : str
        Name of the measured column.

    Returns
    -------
    list of str
        One message per problem, with the closest name.
    """
    problems = []
    for name, unit in units.items():
        allowed = UNITS[kind_of(name, response)]
        if name not in columns:
            problems.append(f"units: {name!r} is not a column.{closest(name, columns)}")
        elif unit not in allowed:
            problems.append(f"units: {name!r} cannot be in {unit!r}.{closest(unit, allowed)}")
    return problems


def convert(table: pd.DataFrame, units: Mapping[str, str], response: str) -> list[Note]:
    """Convert columns to absolute counts, shares and nats per token, in place.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with float64 inputs and response.
    units : mapping of str to str
        Declared units by column.
    response : str
        Name of the measured column.

    Returns
    -------
    list of Note
        One note per column that is converted.
    """
    notes = []
    for name, unit in units.items():
        factor = UNITS[kind_of(name, response)].get(unit, 1.0)
        if name not in table.columns or factor == 1.0:
            continue
        with np.errstate(all="ignore"):
            values = table[name].to_numpy(dtype=float)
            table[name] = np.log(values) if unit == "perplexity" else values * factor
        new_unit = "nats per token (natural logarithm)" if unit == "perplexity" else f"its unit (times {factor:g})"
        notes.append(Note("converted_unit", f"{name} is converted from {unit} to {new_unit}."))
    return notes


def declared_units(table: pd.DataFrame, units: Mapping[str, str], response: str) -> dict[str, str]:
    """Return the units that the caller or the table's column `loss_unit` declares.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows. A column `loss_unit` with one unit throughout declares the unit of a loss.
    units : mapping of str to str
        Units that the caller declares; they take precedence.
    response : str
        Name of the measured column.

    Returns
    -------
    dict of str to str
        Units by column.
    """
    declared = dict(units)
    texts = {text for text in as_text(table["loss_unit"]) if text} if "loss_unit" in table.columns else set()
    words = words_of(texts.pop()) if len(texts) == 1 else set()
    for unit, pattern in LOSS_WORDS.items():
        if kind_of(response, response) == "loss" and any(re.fullmatch(pattern, word) for word in words):
            declared.setdefault(response, unit)
    return declared


def suggestion(*readings: Mapping[str, str]) -> str:
    """Write how to declare each of several readings of a table.

    Parameters
    ----------
    *readings : mapping of str to str
        Units by column, one mapping per reading.

    Returns
    -------
    str
        The end of a message, in Python, on the command line and in a spec.
    """
    options = " or ".join(
        "units={" + ", ".join(f"{name!r}: {unit!r}" for name, unit in reading.items()) + "}" for reading in readings
    )
    name, unit = next(iter(readings[0].items()))
    return f"declare the unit: {options} (--units {name}={unit} on the command line, `units` in a spec's [data])."
