"""What is wrong with a table of runs (problems, which stop) and what only looks odd (notes, which are shown).

Each function looks for one kind of thing and returns sentences: which column, which values, which rows, what is allowed
and what to do. The table is the one `read_runs` builds: `row` numbers the rows as the user sees them, known inputs are
float64 with blanks as NaN.
"""

from collections import defaultdict

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from bayescale.core.text import count, in_rows, listing, values_in_rows
from bayescale.data.arrow import arrow_text, mask
from bayescale.data.quantities import KNOWN, impossible
from bayescale.data.runs_validation.loss_units import LARGEST_LOSS, SMALLEST_LOSS
from bayescale.data.units import kind_of, suggestion

NOT_NEGATIVE = ("loss", "perplexity", "accuracy", "error", "rate")
RATIOS = (1e-3, 1e6)  # tokens per parameter
FLOPS_FACTOR = 3.0


def problems(table: pd.DataFrame, response: str) -> list[str]:
    """Everything that keeps the table from being used, apart from rows that repeat others."""
    numeric = [name for name in ("step", *KNOWN) if name in table.columns and name != response]
    found = blank_families(table)
    if response in table.columns:
        found += unusable_response(table, response)
    for name in numeric:
        found += infinite(table, name) + not_possible(table, name)
    return found


def notes(table: pd.DataFrame, response: str) -> list[str]:
    """Everything that looks odd in a table without problems."""
    found = large_losses(table, response) + small_losses(table, response) + zero_scores(table, response)
    for name in KNOWN:
        if name in table.columns and name != response:
            found += unbelievable(table, name)
    return found + odd_ratios(table) + odd_flops(table) + families_alike(table)


def _rows(table: pd.DataFrame, where: np.ndarray) -> list[int]:
    return [int(row) for row in table["row"].to_numpy()[where]]


def _shown(table: pd.DataFrame, name: str, where: np.ndarray) -> str:
    return values_in_rows(table[name].to_numpy()[where].tolist(), _rows(table, where))


def blank_families(table: pd.DataFrame) -> list[str]:
    where = mask(pc.equal(arrow_text(table["family"]), ""))
    if not where.any():
        return []
    return [
        f"column 'family': blank in {in_rows(_rows(table, where))}; name the family of every row, "
        "or leave the column out to make the table one family."
    ]


def infinite(table: pd.DataFrame, name: str) -> list[str]:
    where = np.isinf(table[name].to_numpy())
    if not where.any():
        return []
    return [f"column {name!r}: {_shown(table, name, where)} is not finite; leave unknown inputs blank."]


def not_possible(table: pd.DataFrame, name: str) -> list[str]:
    values = table[name].to_numpy()
    if name == "step":
        where, allowed = np.isfinite(values) & (values < 0), "0 or more"
    else:
        where, allowed = np.zeros(len(values), dtype=bool), KNOWN[name].allowed
        where[[index for index, _ in impossible(name, values)]] = True
        where &= np.isfinite(values)
    if not where.any():
        return []
    percent = kind_of(name, "") == "share" and bool((values[where] > 1).any())
    hint = f" Divide by 100 if in per cent: {suggestion({name: 'percent'})}" if percent else ""
    return [
        f"column {name!r}: {_shown(table, name, where)} must be {allowed}; leave it blank where it is not known.{hint}"
    ]


def is_score(table: pd.DataFrame, response: str) -> bool:
    """Whether the response reads as a share between 0 and 1 (an accuracy, an error rate) rather than a loss."""
    values = table[response].to_numpy()
    return "loss" not in response.lower() and bool(((values >= 0) & (values <= 1) | np.isnan(values)).all())


def unusable_response(table: pd.DataFrame, name: str) -> list[str]:
    values = table[name].to_numpy()
    where = (values <= 0) & np.isfinite(values)
    if not where.any() or is_score(table, name) or not any(word in name.lower() for word in NOT_NEGATIVE):
        return []  # what another response may be is the law's to say
    return [
        f"column {name!r}: {_shown(table, name, where)} is not a cross-entropy, which is more than 0 (nats per token), "
        "and has no logarithm to fit; take these rows out, or give the loss before anything was subtracted from it."
    ]


def small_losses(table: pd.DataFrame, response: str) -> list[str]:
    values = table[response].to_numpy()
    where = (values > 0) & (values < SMALLEST_LOSS)
    if "loss" not in response.lower() or not where.any():
        return []
    return [
        f"{response} is below {SMALLEST_LOSS:g} nats per token in {count(int(where.sum()), 'row')} "
        f"({_shown(table, response, where)}): is the unit right?"
    ]


def large_losses(table: pd.DataFrame, response: str) -> list[str]:
    values = table[response].to_numpy()
    where = (values > LARGEST_LOSS) & np.isfinite(values)
    if "loss" not in response.lower() or not where.any():
        return []
    return [
        f"{response} is above {LARGEST_LOSS:g} nats per token in {count(int(where.sum()), 'row')} "
        f"({_shown(table, response, where)}): is it a perplexity, or did the run diverge?"
    ]


def zero_scores(table: pd.DataFrame, response: str) -> list[str]:
    where = table[response].to_numpy() == 0
    if not where.any():
        return []
    return [f"{response} is 0 in {in_rows(_rows(table, where))}: a law on the log scale cannot use these rows."]


def unbelievable(table: pd.DataFrame, name: str) -> list[str]:
    quantity = KNOWN[name]
    values = table[name].to_numpy()
    where = (values < quantity.low) | (values > quantity.high)
    if not where.any():
        return []
    return [
        f"{name} is outside {quantity.low:g} to {quantity.high:g} {quantity.unit} in "
        f"{count(int(where.sum()), 'row')} ({_shown(table, name, where)}): is the unit right?"
    ]


def odd_ratios(table: pd.DataFrame) -> list[str]:
    if not {"n_params", "n_tokens"} <= set(table.columns):
        return []
    ratio = table["n_tokens"].to_numpy() / table["n_params"].to_numpy()
    where = (ratio < RATIOS[0]) | (ratio > RATIOS[1])
    if not where.any():
        return []
    shown = listing([f"{value:.2g} (row {row})" for value, row in zip(ratio[where], _rows(table, where), strict=True)])
    return [
        f"n_tokens / n_params is outside {RATIOS[0]:g} to {RATIOS[1]:g} in {count(int(where.sum()), 'row')}: "
        f"{shown}; are both absolute counts?"
    ]


def odd_flops(table: pd.DataFrame) -> list[str]:
    if not {"n_params", "n_tokens", "flops"} <= set(table.columns):
        return []
    ratio = table["flops"].to_numpy() / (6.0 * table["n_params"].to_numpy() * table["n_tokens"].to_numpy())
    where = (ratio > FLOPS_FACTOR) | (ratio < 1 / FLOPS_FACTOR)
    if not where.any():
        return []
    shown = listing([f"{value:.2g} (row {row})" for value, row in zip(ratio[where], _rows(table, where), strict=True)])
    return [
        f"flops differs from 6 n_params n_tokens by more than a factor of {FLOPS_FACTOR:g} in "
        f"{count(int(where.sum()), 'row')}; flops / 6ND is {shown}."
    ]


def families_alike(table: pd.DataFrame) -> list[str]:
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for name in pc.unique(arrow_text(table["family"])).to_pylist():
        spellings[name.casefold()].append(name)
    alike = [" and ".join(map(repr, names)) for names in spellings.values() if len(names) > 1]
    return [f"Families that differ only in upper and lower case are kept apart: {listing(alike)}."] if alike else []
