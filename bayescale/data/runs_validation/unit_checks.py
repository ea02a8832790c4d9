"""Do sizes, data, compute and response of a table of runs agree with each other in the units they are taken to be in?

A power law fits as well in millions as in absolute counts, and a perplexity as well as a loss, so a wrong unit shows
only in what the columns say of each other. Each check returns sentences: the values, both readings, and the `units`
that choose between them.
"""

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.core.text import count, listing, values_in_rows
from bayescale.data.arrow import arrow_text
from bayescale.data.quantities import KNOWN, SMALLEST_COUNT
from bayescale.data.runs_validation.loss_units import (
    LEAST_MEASURED,
    LOSS_OF_TRAINED,
    Columns,
    loss_doubts,
    loss_slips,
    row_of,
    sizes_of,
    usable,
)
from bayescale.data.units import COUNTS, UNITS, declared_units, is_score, kind_of, suggestion, words_of

type Array = NDArray[np.float64]

LARGE_BESIDE = 1e4  # times `SMALLEST_COUNT`: what other rows have where a few are in another unit
LOSS_OF_UNTRAINED = 8.0  # nats per token: a model that saw hardly any data
LARGEST_IN_BILLIONS = 2e3  # of sizes and data that are given in billions: two trillion
SMALLEST_FLOPS = 1e8  # the largest compute of a table below which it is evidently not floating-point operations
RATIOS = (1e-3, 1e5)  # tokens per parameter: some row lies within, whatever is measured
FLOPS_RATIO = 300.0  # compute over 6ND: conventions differ by tens, units by thousands
SWAPPED = 0.8  # rank correlation at which a response runs against its name
LEAST_RANKED = 8  # rows
MANY_RANKED = 50_000  # rows from which on a tenth as many, drawn at random, show the direction first


def slips(
    table: pd.DataFrame, response: str, units: Mapping[str, str], original: Mapping[str, str] | None = None
) -> list[str]:
    """Columns whose unit is not what the rest of the table says it must be.

    Parameters
    ----------
    table
        Rows with float64 inputs and response, blanks as NaN, already converted by `convert`.
    response
        Name of the measured column.
    units
        Declared units by column; a declared column is taken as it is.
    original
        Names that renamed columns had in the source, by our names.

    Returns
    -------
    list of str
        One sentence for each finding: the values, the readings, and the `units` that choose.
    """
    columns, declared = columns_of(table, response), declared_units(table, units, response)
    declared |= {name: "nats" for name, unit in units.items() if unit == "perplexity"}  # they were converted
    small = {name: small_counts(columns, name, declared) for name in columns if name != response}
    flagged = [name for name, problems in small.items() if problems]
    found = [text for problems in small.values() for text in problems] + percentages(columns, response, declared)
    found += [
        text for name in columns if name not in flagged for text in mixed_units(columns, name, response, declared)
    ]
    together = loss_slips(columns, response, declared, original or {}, flagged)
    if flagged:  # ratios are judged in units that are right one by one
        return found + together
    compute = compute_slips(columns, declared)
    return found + compute + (together or ([] if compute else ratio_slips(columns, declared)))


def columns_of(table: pd.DataFrame, response: str) -> Columns:
    """The columns that are judged, as arrays: known inputs, step, response and row numbers."""
    wanted = {*KNOWN, "step", "row", response}
    return {name: table[name].to_numpy() for name in table.columns.tolist() if name in wanted}


def small_counts(table: Columns, name: str, declared: Mapping[str, str]) -> list[str]:
    """A column of counts or compute whose every value is too small to be in absolute units."""
    kind = kind_of(name, "")
    if kind not in ("count", "flops") or name in declared:
        return []
    values, least = usable(table, name), SMALLEST_FLOPS if kind == "flops" else SMALLEST_COUNT
    if not len(values) or values.max() <= 0 or values.max() >= least:
        return []
    row = row_of(table, int(np.nanargmax(table[name])))
    largest = f"column {name!r}: the largest of its values is {values.max():g} (row {row}), so it is not in "
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


def mixed_units(table: Columns, name: str, response: str, declared: Mapping[str, str]) -> list[str]:
    """Rows of a column of counts that are far too small beside the others: some rows are in another unit.

    Rows at step 0, and those with the loss of a model that was not trained, may have seen hardly any tokens.
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
    shown = values_in_rows(values[small].tolist(), table["row"][small].tolist())
    return [
        f"column {name!r}: {shown}, where other rows have about {np.nanmedian(values[~small]):.2g}, so not all rows "
        "are in one unit; give every row in absolute counts (multiply these by 1e9 if in billions, by 1e6 if in "
        f"millions), or {suggestion({name: 'absolute'})}"
    ]


def percentages(table: Columns, response: str, declared: Mapping[str, str]) -> list[str]:
    """A response that is a share by its name and above 1 in some row."""
    if response not in table or kind_of(response, response) != "share" or response in declared:
        return []
    values = table[response]
    where = np.isfinite(values) & (values > 1 + 1e-9)
    if not where.any():
        return []
    shown = values_in_rows(values[where].tolist(), table["row"][where].tolist())
    if np.nanmax(values) > 100:
        hint = "no percentage either: if it is no share at all, give the column another name, or"
    else:
        hint = "divide by 100 if in per cent;"
    ways = suggestion({response: "percent"}, {response: "absolute"})
    return [f"column {response!r}: more than 1 in {shown}; {response} is a share between 0 and 1; {hint} {ways}"]


def ratio_slips(table: Columns, declared: Mapping[str, str]) -> list[str]:
    """Sizes and data of which no row has a believable ratio."""
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


def compute_slips(table: Columns, declared: Mapping[str, str]) -> list[str]:
    """Compute that is a factor of units away from 6ND in every row."""
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
        what = "'n_params', 'n_tokens' or both are not in absolute counts"
    else:
        factors = {unit: factor for unit, factor in UNITS["flops"].items() if factor > 1}
        nearest = min(factors, key=lambda unit: abs(np.log(factors[unit] * middle)))
        readings = [{"flops": nearest}]
        what = f"'flops' is not in floating-point operations: multiply by {factors[nearest]:g} if in {nearest}"
    return [
        f"columns 'flops', 'n_params' and 'n_tokens': flops / (6 n_params n_tokens) is about {middle:.2g}, and never "
        f"between {1 / FLOPS_RATIO:.2g} and {FLOPS_RATIO:g}, so {what}; "
        + suggestion(*readings, dict.fromkeys(columns, "absolute"))
    ]


def _products(factor: float, names: tuple[str, str]) -> list[dict[str, str]]:
    """Units of two columns that explain a factor between them and compute, nearest first."""
    pairs = [(a, b) for a, b in itertools.product(list(COUNTS)[:-1], repeat=2) if (a, b) != ("absolute", "absolute")]
    off = {(a, b): abs(np.log(COUNTS[a] * COUNTS[b] / factor)) for a, b in pairs}
    best = sorted((pair for pair in pairs if off[pair] < min(off.values()) + 0.1), key=lambda pair: pair[0] != pair[1])
    return [{name: unit for name, unit in zip(names, pair, strict=True) if unit != "absolute"} for pair in best[:3]]


def doubts(table: pd.DataFrame, response: str, units: Mapping[str, str]) -> list[str]:
    """Notes on units that look odd and may be right."""
    columns, declared = columns_of(table, response), declared_units(table, units, response)
    found = contrary(columns, table["family"], response) + loss_doubts(columns, response, declared)
    if kind_of(response, response) == "loss" and response not in declared:
        loss = usable(columns, response)
        if len(loss) >= LEAST_MEASURED and loss.min() > LOSS_OF_TRAINED and np.isnan(sizes_of(columns)[0]).all():
            found.append(
                f"{response} is above {LOSS_OF_TRAINED:g} in every row: taken for nats per token early in training. "
                f"If it is a perplexity, units={{{response!r}: 'perplexity'}} takes its logarithm."
            )
    return found


def contrary(table: Columns, family: "pd.Series[str]", response: str) -> list[str]:
    """A note where a response runs against its name: an error that rises with scale, an accuracy that falls."""
    kind = kind_of(response, response)
    if "flops" not in table and {"n_params", "n_tokens"} <= set(table):
        with np.errstate(all="ignore"):
            table = {**table, "n_params x n_tokens": table["n_params"] * table["n_tokens"]}
    scales = ("flops", "n_params x n_tokens", "n_tokens", "n_params", "examples")
    along = next((one for one in (*scales, *(("loss",) if kind == "share" else ())) if one in table), None)
    if kind not in ("loss", "share") or along is None:
        return []
    better_larger = kind == "share" and is_score(response)
    if kind == "share" and not better_larger and not words_of(response) & {"error", "err"}:
        return []  # of an attack's success rate, nothing says which way it goes
    expected = 1.0 if better_larger != (along == "loss") else -1.0
    x, y = (table[name] for name in (along, response))
    families = pc.dictionary_encode(arrow_text(family))
    codes, measured = families.indices.to_numpy(), np.isfinite(x) & np.isfinite(y)
    found = []
    for code, label in enumerate(families.dictionary.to_pylist()):
        own = (codes == code) & measured
        rows = int(own.sum())
        if rows > MANY_RANKED and _rank_correlation(*_sampled(x[own], y[own])) * expected > 0:
            continue  # a correlation of all rows beyond -`SWAPPED` is out of the question
        correlation = _rank_correlation(x[own], y[own])
        if correlation * expected < -SWAPPED:
            found.append(f"{label} ({correlation:.2f} over {count(rows, 'row')})")
    if not found:
        return []
    return [
        f"{response} {'falls' if expected > 0 else 'rises'} with {along} almost without exception in {listing(found)} "
        f"(rank correlation): is it {'an error or a loss' if better_larger else 'an accuracy'}?"
    ]


def _sampled(x: Array, y: Array) -> tuple[Array, Array]:
    """A random sample of rows, the same at every call."""
    rows = np.random.default_rng(0).integers(0, len(x), MANY_RANKED // 10)
    return x[rows], y[rows]


def _rank_correlation(x: Array, y: Array) -> float:
    """Correlation of the ranks of two columns; 0 where there are too few different values."""
    if len(x) < LEAST_RANKED:
        return 0.0
    ranks = [_ranks(values) - (len(x) - 1) / 2 for values in (x, y)]
    correlation = float(ranks[0] @ ranks[1] / (ranks[0] @ ranks[0]))
    if abs(correlation) > SWAPPED and (len(np.unique(x)) < LEAST_RANKED or len(np.unique(y)) < 2):
        return 0.0
    return correlation


def _ranks(values: Array) -> NDArray[np.int64]:
    """Ranks of values (n,) from 0; equal values in the order in which they stand."""
    order = np.argsort(values)
    ordered = values[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = np.arange(len(values))
    return ranks
