"""Units of columns: which ones may be declared, and the conversion to absolute counts, shares and nats per token."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from bayescale.data.columns import as_text
from bayescale.data.quantities import KNOWN
from bayescale.errors import closest

type Kind = Literal["count", "flops", "loss", "share", "other"]

COUNTS: Mapping[str, float] = {"absolute": 1.0, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "trillions": 1e12}
#: Units by the kind of a quantity: what a value is multiplied by; the first takes values as they are. A perplexity is
#: the one that takes a logarithm.
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
RATES = {"pass", "success", "win", "solve", "attack", "failure"}  # that are shares as a "rate"
#: With one of these in its name an error is a distance, not a share.
DISTANCES = {"squared", "absolute", "mean", "mse", "mae", "rmse", "rms", "l1", "l2", "relative", "action", "std"}


def words_of(name: str) -> set[str]:
    """The words in a column's name, in lower case."""
    return set(re.split(r"[^a-z0-9]+", name.lower()))


@cache
def kind_of(name: str, response: str) -> Kind:
    """What kind of quantity a column holds, by its name; `response` is the name of the measured column."""
    words = words_of(name)
    if name in KNOWN:
        known = KNOWN[name]
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
    """Whether a share is better the larger it is, by its name."""
    return bool(words_of(name) & {"accuracy", "acc"}) or name.lower() in SCORES or _PASS_AT.fullmatch(name) is not None


def plain_units(names: Iterable[str], response: str) -> dict[str, str]:
    """The unit of each column that takes values as they are: absolute counts, nats, shares."""
    return {name: next(iter(UNITS[kind_of(name, response)])) for name in names}


def unit_problems(units: Mapping[str, str], columns: Collection[str], response: str) -> list[str]:
    """What is wrong with declared units themselves: columns or units that are not known."""
    found = []
    for name, unit in units.items():
        allowed = UNITS[kind_of(name, response)]
        if name not in columns:
            found.append(f"units: {name!r} is not a column.{closest(name, columns)}")
        elif unit not in allowed:
            found.append(f"units: {name!r} cannot be in {unit!r}.{closest(unit, allowed)}")
    return found


def convert(table: pd.DataFrame, units: Mapping[str, str], response: str) -> list[str]:
    """Convert columns to absolute counts, shares and nats, in place; a note for each column that changed."""
    notes = []
    for name, unit in units.items():
        factor = UNITS[kind_of(name, response)].get(unit, 1.0)
        if name not in table.columns or factor == 1.0:
            continue
        with np.errstate(all="ignore"):
            values = table[name].to_numpy(dtype=float)
            table[name] = np.log(values) if unit == "perplexity" else values * factor
        unit_now = "nats per token (natural logarithm)" if unit == "perplexity" else f"its unit (times {factor:g})"
        notes.append(f"{name} is converted from {unit} to {unit_now}.")
    return notes


def declared_units(table: pd.DataFrame, units: Mapping[str, str], response: str) -> dict[str, str]:
    """Units by column: as declared, and of a loss as the column `loss_unit` says where it says one unit throughout."""
    declared = dict(units)
    texts = {text for text in as_text(table["loss_unit"]) if text} if "loss_unit" in table.columns else set()
    words = words_of(texts.pop()) if len(texts) == 1 else set()
    for unit, pattern in LOSS_WORDS.items():
        if kind_of(response, response) == "loss" and any(re.fullmatch(pattern, word) for word in words):
            declared.setdefault(response, unit)
    return declared


def suggestion(*readings: Mapping[str, str]) -> str:
    """How to say which of several readings is meant."""
    said = " or ".join(
        "units={" + ", ".join(f"{name!r}: {unit!r}" for name, unit in reading.items()) + "}" for reading in readings
    )
    name, unit = next(iter(readings[0].items()))
    return f"say which: {said} (--units {name}={unit} on the command line, `units` in a spec's [data])."
