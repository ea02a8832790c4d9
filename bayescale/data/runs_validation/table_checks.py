"""Values of a table of runs that are impossible (problems, which refuse the table) or implausible (notes).

Each check names the column, the values, the rows, what is allowed and what to do. The table is the one that `read_runs`
prepares: `row` numbers the rows of the source, and known inputs are float64 with NaN where blank.
"""

from collections import defaultdict

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import SHOWN, count, in_rows, listing, values_in_rows
from bayescale.data.columns import boolean_mask
from bayescale.data.quantities import Quantity, impossible, known_columns, known_quantity
from bayescale.data.runs_validation.identity import Identity
from bayescale.data.runs_validation.usual_loss import LARGEST_LOSS, SMALLEST_LOSS
from bayescale.data.units import kind_of, suggestion

type Rows = NDArray[np.bool_]

NOT_NEGATIVE = ("loss", "perplexity", "accuracy", "error", "rate")
RATIOS = (1e-3, 1e6)  # tokens per parameter
FLOPS_FACTOR = 3.0


def problems(table: pd.DataFrame, identity: Identity, response: str) -> list[str]:
    """Describe the values that make a table unusable, apart from rows that repeat others.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The prepared table.
    identity : Identity
        Family and run of the rows.
    response : str
        Name of the measured column.

    Returns
    -------
    list of str
        One message per problem.
    """
    numeric = [name for name in ("step", *known_columns(table.columns)) if name in table.columns and name != response]
    messages = _blank_families(table, identity)
    if response in table.columns:
        messages += _impossible_response(table, response)
    for name in numeric:
        messages += _infinite(table, name) + _impossible_input(table, name)
    return messages


def notes(table: pd.DataFrame, identity: Identity, response: str) -> list[Note]:
    """Describe the values that are implausible in a table without problems.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The prepared table.
    identity : Identity
        Family and run of the rows.
    response : str
        Name of the measured column.

    Returns
    -------
    list of Note
        One note per kind of value.
    """
    messages = _large_losses(table, response) + _small_losses(table, response) + _zero_responses(table, response)
    for name in known_columns(table.columns):
        if name != response:
            messages += _implausible_input(table, name)
    return messages + _implausible_ratios(table) + _implausible_flops(table) + _families_alike(identity)


def _row_numbers(table: pd.DataFrame, rows: Rows) -> list[int]:
    return [int(row) for row in table["row"].to_numpy()[rows]]


def _values(table: pd.DataFrame, name: str, rows: Rows) -> str:
    return values_in_rows(table[name].to_numpy()[rows].tolist(), _row_numbers(table, rows))


def _blank_families(table: pd.DataFrame, identity: Identity) -> list[str]:
    blank = boolean_mask(pc.equal(identity.families, ""))
    if not blank.any():
        return []
    rows = blank[identity.family_codes]
    return [
        f"column 'family': blank in {in_rows(_row_numbers(table, rows))}; name the family of every row, "
        "or leave the column out to make the table one family."
    ]


def _quantity(name: str) -> Quantity:
    """The quantity of a column that `known_columns` lists."""
    quantity = known_quantity(name)
    if quantity is None:
        raise KeyError(name)
    return quantity


def _infinite(table: pd.DataFrame, name: str) -> list[str]:
    rows = np.isinf(table[name].to_numpy())
    if not rows.any():
        return []
    return [f"column {name!r}: {_values(table, name, rows)} is not finite; leave unknown inputs blank."]


def _impossible_input(table: pd.DataFrame, name: str) -> list[str]:
    values = table[name].to_numpy()
    if name == "step":
        rows, allowed = np.isfinite(values) & (values < 0), "0 or more"
    else:
        rows, allowed = np.zeros(len(values), dtype=bool), _quantity(name).allowed
        rows[[index for index, _ in impossible(name, values)]] = True
        rows &= np.isfinite(values)
    if not rows.any():
        return []
    percent = kind_of(name, "") == "share" and bool((values[rows] > 1).any())
    fix = f" Divide by 100 if in percent; or {suggestion({name: 'percent'})}" if percent else ""
    return [f"column {name!r}: {_values(table, name, rows)} must be {allowed}; leave it blank where unknown.{fix}"]


def _is_share(table: pd.DataFrame, response: str) -> bool:
    """Whether the response looks like a share between 0 and 1 (an accuracy, an error rate) rather than a loss."""
    values = table[response].to_numpy()
    return "loss" not in response.lower() and bool(((values >= 0) & (values <= 1) | np.isnan(values)).all())


def _impossible_response(table: pd.DataFrame, name: str) -> list[str]:
    values = table[name].to_numpy()
    rows = (values <= 0) & np.isfinite(values)
    known = known_quantity(name)
    is_signed = known is not None and known.least < 0
    if not rows.any() or is_signed or _is_share(table, name) or not any(word in name.lower() for word in NOT_NEGATIVE):
        return []  # the law decides which values another response may have
    return [
        f"column {name!r}: {_values(table, name, rows)} is not a cross-entropy, which is more than 0 (nats per token), "
        "and has no logarithm to fit; remove these rows, or give the loss before anything was subtracted from it. "
        "A loss from which that of a unigram model was subtracted is read as 'unigram_normalised_loss'."
    ]


def _small_losses(table: pd.DataFrame, response: str) -> list[Note]:
    values = table[response].to_numpy()
    rows = (values > 0) & (values < SMALLEST_LOSS)
    if "loss" not in response.lower() or not rows.any():
        return []
    message = (
        f"{response} is below {SMALLEST_LOSS:g} nats per token in {count(int(rows.sum()), 'row')} "
        f"({_values(table, response, rows)}): is the unit right?"
    )
    return [Note("small_losses", message)]


def _large_losses(table: pd.DataFrame, response: str) -> list[Note]:
    values = table[response].to_numpy()
    rows = (values > LARGEST_LOSS) & np.isfinite(values)
    if "loss" not in response.lower() or not rows.any():
        return []
    message = (
        f"{response} is above {LARGEST_LOSS:g} nats per token in {count(int(rows.sum()), 'row')} "
        f"({_values(table, response, rows)}): is it a perplexity, or did the run diverge?"
    )
    return [Note("large_losses", message)]


def _zero_responses(table: pd.DataFrame, response: str) -> list[Note]:
    rows = table[response].to_numpy() == 0
    if not rows.any():
        return []
    message = f"{response} is 0 in {in_rows(_row_numbers(table, rows))}: a law on the log scale cannot use these rows."
    return [Note("zero_responses", message)]


def _implausible_input(table: pd.DataFrame, name: str) -> list[Note]:
    quantity = _quantity(name)
    values = table[name].to_numpy()
    rows = (values < quantity.low) | (values > quantity.high)
    if not rows.any():
        return []
    message = (
        f"{name} is outside {quantity.low:g} to {quantity.high:g} {quantity.unit} in "
        f"{count(int(rows.sum()), 'row')} ({_values(table, name, rows)}): is the unit right?"
    )
    return [Note("implausible_input", message)]


def _ratios(table: pd.DataFrame, ratio: NDArray[np.float64], rows: Rows) -> str:
    pairs = zip(ratio[rows], _row_numbers(table, rows), strict=True)
    return listing([f"{value:.2g} (row {row})" for value, row in pairs])


def _implausible_ratios(table: pd.DataFrame) -> list[Note]:
    if not {"n_params", "n_tokens"} <= set(table.columns):
        return []
    ratio = table["n_tokens"].to_numpy() / table["n_params"].to_numpy()
    rows = (ratio < RATIOS[0]) | (ratio > RATIOS[1])
    if not rows.any():
        return []
    message = (
        f"n_tokens / n_params is outside {RATIOS[0]:g} to {RATIOS[1]:g} in {count(int(rows.sum()), 'row')}: "
        f"{_ratios(table, ratio, rows)}; are both absolute counts?"
    )
    return [Note("implausible_tokens_per_param", message)]


def _implausible_flops(table: pd.DataFrame) -> list[Note]:
    if not {"n_params", "n_tokens", "flops"} <= set(table.columns):
        return []
    ratio = table["flops"].to_numpy() / (6.0 * table["n_params"].to_numpy() * table["n_tokens"].to_numpy())
    rows = (ratio > FLOPS_FACTOR) | (ratio < 1 / FLOPS_FACTOR)
    if not rows.any():
        return []
    message = (
        f"flops differs from 6 n_params n_tokens by more than a factor of {FLOPS_FACTOR:g} in "
        f"{count(int(rows.sum()), 'row')}; flops / 6ND is {_ratios(table, ratio, rows)}."
    )
    return [Note("implausible_flops", message)]


def _families_alike(identity: Identity) -> list[Note]:
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for name in identity.families.to_pylist():
        spellings[name.casefold()].append(name)
    alike = [names for names in spellings.values() if len(names) > 1]
    if not alike:
        return []
    pairs = listing([" and ".join(map(repr, names)) for names in alike])
    message = f"Families that differ only in upper and lower case are separate families: {pairs}."
    return [Note("families_differ_in_case", message, [name for names in alike[:SHOWN] for name in names])]
