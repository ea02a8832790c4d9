"""Whether sizes, data, compute and response of a table of runs are consistent in the units that they are read in.

A power law fits as well in millions as in absolute counts, and a perplexity as well as a loss, so only the relations
between columns reveal a wrong unit. Each message has the values, the readings, and the `units` that declare each.
"""

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import values_in_rows
from bayescale.data.quantities import KNOWN, SMALLEST_COUNT
from bayescale.data.runs_validation.direction import unexpected_direction
from bayescale.data.runs_validation.identity import Identity
from bayescale.data.runs_validation.loss_units import LEAST_MEASURED, loss_doubts, loss_slips
from bayescale.data.runs_validation.usual_loss import LOSS_OF_TRAINED, Columns, finite_values, row_number, sizes_of
from bayescale.data.units import COUNTS, UNITS, declared_units, kind_of, suggestion

type Array = NDArray[np.float64]

LARGE_BESIDE = 1e4  # times `SMALLEST_COUNT`: least median of the other rows where a few are in another unit
LOSS_OF_UNTRAINED = 8.0  # nats per token: a model that saw hardly any data
LARGEST_IN_BILLIONS = 2e3  # largest plausible value in billions: two trillion
SMALLEST_FLOPS = 1e8  # bound of the largest compute below which it is not in floating-point operations
RATIOS = (1e-3, 1e5)  # tokens per parameter: some row of every table lies within
FLOPS_RATIO = 300.0  # largest compute over 6ND: conventions differ by tens, units by thousands


def unit_slips(
    table: pd.DataFrame,
    columns: Columns,
    response: str,
    units: Mapping[str, str],
    original: Mapping[str, str] | None = None,
) -> list[str]:
    """Describe columns whose unit contradicts the rest of the table.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with float64 inputs and response, NaN where blank, already converted by `convert`.
    columns : Columns of shape (n_rows,)
        Those of the table that are compared.
    response : str
        Name of the measured column.
    units : mapping of str to str
        Declared units by column; a declared column is read as it is.
    original : mapping of str to str, optional
        Names of renamed columns in the source, by their new names.

    Returns
    -------
    list of str
        One message per problem: the values, the readings, and the `units` that declare each.
    """
    declared = declared_units(table, units, response)
    declared |= {name: "nats" for name, unit in units.items() if unit == "perplexity"}  # they are converted
    small = {name: _small_counts(columns, name, declared) for name in columns if name != response}
    flagged = [name for name, messages in small.items() if messages]
    messages = [text for texts in small.values() for text in texts] + _percentages(columns, response, declared)
    messages += [
        text for name in columns if name not in flagged for text in _mixed_units(columns, name, response, declared)
    ]
    loss_messages = loss_slips(columns, response, declared, original or {}, flagged)
    if flagged:  # ratios are compared only where each column by itself is in a plausible unit
        return messages + loss_messages
    compute = _compute_slips(columns, declared)
    return messages + compute + (loss_messages or ([] if compute else _ratio_slips(columns, declared)))


def _small_counts(table: Columns, name: str, declared: Mapping[str, str]) -> list[str]:
    """A message where every value of a column of counts or compute is too small for absolute units."""
    kind = kind_of(name, "")
    if kind not in ("count", "flops") or name in declared:
        return []
    values, least = finite_values(table, name), SMALLEST_FLOPS if kind == "flops" else SMALLEST_COUNT
    if not len(values) or values.max() <= 0 or values.max() >= least:
        return []
    row = row_number(table, int(np.nanargmax(table[name])))
    largest = f"column {name!r}: its largest value is {values.max():g} (row {row}), so it is not in "
    if kind == "flops":
        return [
            f"{largest}floating-point operations; multiply by 1e18 if in exaFLOP, by 8.64e19 if in petaFLOP/s-days; "
            f"undo a logarithm; or {suggestion({name: 'exaflops'}, {name: 'absolute'})}"
        ]
    likely = ("millions", "billions") if values.max() > LARGEST_IN_BILLIONS else ("billions", "millions")
    return [
        f"{largest}absolute counts of {KNOWN[name].unit}; multiply by 1e9 if in billions, by 1e6 if in millions; undo "
        f"a logarithm; or {suggestion(*({name: unit} for unit in (*likely, 'absolute')))}"
    ]


def _mixed_units(table: Columns, name: str, response: str, declared: Mapping[str, str]) -> list[str]:
    """A message where a few values of a column of counts are far smaller than the others, so in another unit.

    Rows at step 0, and those with the loss of an untrained model, may have hardly any tokens.
    """
    if name == response or kind_of(name, "") != "count" or name in declared:
        return []
    values = table[name]
    with np.errstate(invalid="ignore"):
        small = (values > 0) & (values < SMALLEST_COUNT)
        if not small.any() or np.nanmedian(values[~small]) < LARGE_BESIDE * SMALLEST_COUNT:
            return []
        if kind_of(response, response) == "loss" and response in table:
            small &= ~(table[response] > LOSS_OF_UNTRAINED)
        if "step" in table:
            small &= table["step"] != 0
    if not small.any():
        return []
    small_values = values_in_rows(values[small].tolist(), table["row"][small].tolist())
    return [
        f"column {name!r} is not in one unit: {small_values}, while other rows have about "
        f"{np.nanmedian(values[~small]):.2g}; give every row in absolute counts (multiply these by 1e9 if in billions, "
        f"by 1e6 if in millions), or {suggestion({name: 'absolute'})}"
    ]


def _percentages(table: Columns, response: str, declared: Mapping[str, str]) -> list[str]:
    """A message where a response is a share by its name, and above 1 in some row."""
    if response not in table or kind_of(response, response) != "share" or response in declared:
        return []
    values = table[response]
    above = np.isfinite(values) & (values > 1 + 1e-9)
    if not above.any():
        return []
    large_values = values_in_rows(values[above].tolist(), table["row"][above].tolist())
    if np.nanmax(values) > 100:
        fix = "above 100 it is not a percentage either: if it is not a share, give the column another name, or"
    else:
        fix = "divide by 100 if in percent, or"
    return [
        f"column {response!r}: {large_values} is more than 1, and {response} is a share between 0 and 1; {fix} "
        + suggestion({response: "percent"}, {response: "absolute"})
    ]


def _ratio_slips(table: Columns, declared: Mapping[str, str]) -> list[str]:
    """A message where no row has a plausible ratio of tokens to parameters."""
    if not {"n_params", "n_tokens"} <= set(table) or {"n_params", "n_tokens"} <= set(declared):
        return []
    with np.errstate(all="ignore"):
        ratio = table["n_tokens"] / table["n_params"]
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    if not len(ratio) or (ratio.min() <= RATIOS[1] and ratio.max() >= RATIOS[0]):
        return []
    low = bool(ratio.max() < RATIOS[0])
    name = "n_tokens" if low else "n_params"
    return [
        f"columns 'n_params' and 'n_tokens': every row has between {ratio.min():.2g} and {ratio.max():.2g} tokens per "
        f"parameter, so {name!r} is not in absolute counts: multiply by 1e6 if in millions, by 1e3 if in thousands; "
        "or " + suggestion({name: "millions"}, {name: "thousands"}, {"n_params": "absolute", "n_tokens": "absolute"})
    ]


def _compute_slips(table: Columns, declared: Mapping[str, str]) -> list[str]:
    """A message where compute differs from 6ND by the factor of a unit in every row."""
    columns = ("n_params", "n_tokens", "flops")
    if not set(columns) <= set(table) or set(columns) <= set(declared):
        return []
    n_params, n_tokens, flops = (table[name] for name in columns)
    with np.errstate(all="ignore"):
        ratio = flops / (6.0 * n_params * n_tokens)
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    if not len(ratio) or (ratio.min() <= FLOPS_RATIO and ratio.max() >= 1 / FLOPS_RATIO):
        return []
    middle = float(np.exp(np.median(np.log(ratio))))
    if middle > 1:
        readings = _products(middle, ("n_params", "n_tokens"))
        conclusion = "'n_params', 'n_tokens' or both are not in absolute counts"
    else:
        factors = {unit: factor for unit, factor in UNITS["flops"].items() if factor > 1}
        nearest = min(factors, key=lambda unit: abs(np.log(factors[unit] * middle)))
        readings = [{"flops": nearest}]
        conclusion = f"'flops' is not in floating-point operations: multiply by {factors[nearest]:g} if in {nearest}"
    return [
        f"columns 'flops', 'n_params' and 'n_tokens': flops / (6 n_params n_tokens) is about {middle:.2g}, and never "
        f"between {1 / FLOPS_RATIO:.2g} and {FLOPS_RATIO:g}, so {conclusion}; "
        + suggestion(*readings, dict.fromkeys(columns, "absolute"))
    ]


def _products(factor: float, names: tuple[str, str]) -> list[dict[str, str]]:
    """Units of two columns that explain the factor between them and compute, nearest first."""
    pairs = [(a, b) for a, b in itertools.product(list(COUNTS)[:-1], repeat=2) if (a, b) != ("absolute", "absolute")]
    distance = {(a, b): abs(np.log(COUNTS[a] * COUNTS[b] / factor)) for a, b in pairs}
    nearest = [pair for pair in pairs if distance[pair] < min(distance.values()) + 0.1]
    best = sorted(nearest, key=lambda pair: pair[0] != pair[1])
    return [{name: unit for name, unit in zip(names, pair, strict=True) if unit != "absolute"} for pair in best[:3]]


def unit_doubts(
    table: pd.DataFrame, columns: Columns, identity: Identity, response: str, units: Mapping[str, str]
) -> list[Note]:
    """Return notes on units that are implausible but possible.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with float64 inputs and response, already converted.
    columns : Columns of shape (n_rows,)
        Those of the table that are compared.
    identity : Identity
        Family and run of the rows.
    response : str
        Name of the measured column.
    units : mapping of str to str
        Declared units by column.

    Returns
    -------
    list of Note
        The notes.
    """
    declared = declared_units(table, units, response)
    notes = unexpected_direction(columns, identity, response) + loss_doubts(columns, response, declared)
    if kind_of(response, response) == "loss" and response not in declared:
        loss = finite_values(columns, response)
        if len(loss) >= LEAST_MEASURED and loss.min() > LOSS_OF_TRAINED and np.isnan(sizes_of(columns)[0]).all():
            message = (
                f"{response} is above {LOSS_OF_TRAINED:g} in every row: read as nats per token early in training. "
                f"If it is a perplexity, units={{{response!r}: 'perplexity'}} takes its logarithm."
            )
            notes.append(Note("possible_perplexity", message))
    return notes
