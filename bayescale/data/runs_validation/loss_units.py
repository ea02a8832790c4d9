"""Whether a loss is consistent with the sizes and data of a table of runs, in nats per token and absolute counts.

The reference is a published law of text: public tables of many tokenizers lie within 0.25 of it on log loss, and the
same tables in thousands, in millions or as perplexities lie far away.
"""

import itertools
import re
from collections.abc import Collection, Mapping

import numpy as np

from bayescale.core.notes import Note
from bayescale.core.text import count
from bayescale.data.runs_validation.usual_loss import (
    LARGEST_FINITE,
    LARGEST_LOSS,
    LOSS_OF_GUESSING,
    LOSS_OF_TRAINED,
    SMALLEST_POSITIVE,
    TOKENS_PER_PARAM,
    Array,
    Columns,
    expected_loss,
    finite_values,
    is_within,
    median_exceeds,
    row_number,
)
from bayescale.data.units import COUNTS, UNITS, kind_of, suggestion

TOY = {"n_params": 2e6, "n_tokens": 2e7}  # sizes in millions stay below these
TOY_ALONE = {"n_params": 1e5, "n_tokens": 1e7, "flops": 1e14}  # the same where a table has only one of them
IMPOSSIBLE = 5.0  # expected over measured loss from which on sizes are not absolute counts
#: Root mean square of log loss about the published law: of public tables of text in absolute counts at most 0.25 (with
#: three exceptions above 0.45), of the same tables in thousands at least 1.0.
AGREES, DISAGREES = 0.25, (0.5, 0.7)  # the latter for readings with one other unit, and with several
#: Largest spread of log loss about the published law, as a share of its spread in the table: sizes read a thousand
#: times too large leave no reducible loss that could explain why losses differ.
EXPLAINS = 0.8
LARGEST = {"n_params": 1e13, "n_tokens": 1e15}  # no run has more
LEAST_MEASURED = 3  # rows before their losses are judged
LEAST_AGREEING = 5  # rows before agreement with the published law says anything


def loss_slips(
    table: Columns,
    response: str,
    declared: Mapping[str, str],
    original: Mapping[str, str],
    flagged: Collection[str] = (),
) -> list[str]:
    """Describe a loss that is probably a perplexity, and sizes with which no language model has the measured loss.

    Parameters
    ----------
    table : Columns of shape (n_rows,)
        The columns.
    response : str
        Name of the measured column.
    declared : mapping of str to str
        Declared units by column; a declared column is read as it is.
    original : mapping of str to str
        Names of renamed columns in the source, by their new names.
    flagged : collection of str, default ()
        Columns that are known to be in another unit; only messages on other columns are returned.

    Returns
    -------
    list of str
        One message, or none.
    """
    name = response if kind_of(response, response) == "loss" else "loss"
    if name not in table or kind_of(name, response) != "loss":
        return []
    if declared.get(name) == "perplexity":
        return [
            f"column {name!r}: the column 'loss_unit' says perplexity, and laws describe its logarithm; "
            + suggestion({name: "perplexity"}, {name: "nats"})
        ]
    if name not in declared and re.search(r"ppl|perplexit", original.get(name, "").lower()):
        return [
            f"column {name!r} is called {original[name]!r} in the source, so it is probably a perplexity, whose "
            "natural logarithm is the loss in nats per token; " + suggestion({name: "perplexity"}, {name: "nats"})
        ]
    rows = table.measured(name)
    if rows is None:
        return [] if flagged else _perplexity(table, name, declared) or _size_too_small(table, name, declared)
    too_small = _sizes_too_small(rows, name, declared)
    units = _agreeing_units(rows, name, declared, most_units=1 if too_small and not flagged else 3)
    if units and "thousands" not in units.values():
        return [] if set(units) <= set(flagged) else [_disagreement(rows, name, units)]
    return [] if flagged else _perplexity(table, name, declared) or too_small


def loss_doubts(table: Columns, response: str, declared: Mapping[str, str]) -> list[Note]:
    """Return a note where sizes or data may be in thousands; tables of data other than web text look alike.

    Parameters
    ----------
    table : Columns of shape (n_rows,)
        The columns.
    response : str
        Name of the measured column.
    declared : mapping of str to str
        Declared units by column.

    Returns
    -------
    list of Note
        The note `inconsistent_units`, or none.
    """
    rows = table.measured(response) if kind_of(response, response) == "loss" else None
    units = {} if rows is None else _agreeing_units(rows, response, declared, most_units=2)
    if rows is None or "thousands" not in units.values():
        return []
    return [Note("inconsistent_units", _disagreement(rows, response, units))]


def _agreeing_units(rows: Columns, name: str, declared: Mapping[str, str], most_units: int) -> dict[str, str]:
    """Units of the columns that are in another unit, where the published law then agrees and does not as it is.

    None where no reading agrees. `most_units` bounds the number of other units: of many readings, some agree by chance.
    """
    if len(rows["row"]) < LEAST_AGREEING:
        return {}
    n_params, n_tokens, loss = (rows[column] for column in ("n_params", "n_tokens", name))
    in_nats = float(np.log(2)) if declared.get(name) == "bits" else 1.0
    as_read, unexplained = rows.deviation(name, in_nats)
    if as_read < DISAGREES[0]:
        return {}
    loss = loss * in_nats

    def deviations(reading: tuple[str, str, str]) -> tuple[Array, Array]:
        """Log loss, and how far it is from the published law; each (n_rows,)."""
        nats = np.log(loss) if reading[2] == "perplexity" else loss
        with np.errstate(invalid="ignore", divide="ignore"):
            log_loss = np.log(nats)
        scale, data_scale = COUNTS[reading[0]], COUNTS[reading[1]]
        is_read = scale == data_scale == 1.0
        expected = rows.usual_loss if is_read else expected_loss(n_params * scale, n_tokens * data_scale)
        return log_loss, log_loss - np.log(expected)

    def distance(reading: tuple[str, str, str]) -> float:
        log_loss, deviation = deviations(reading)
        if not np.isfinite(log_loss).all() or deviation.std() > min(EXPLAINS * log_loss.std(), unexplained):
            return np.inf
        return float(np.sqrt(np.mean(deviation**2)))

    counts = [
        [
            unit
            for unit in (["absolute"] if column in declared else COUNTS)
            if values.max() * COUNTS[unit] <= LARGEST[column]
        ]
        for column, values in (("n_params", n_params), ("n_tokens", n_tokens))
    ]
    losses = ["nats"] if name in declared else ["nats", "perplexity"]
    readings = {(a, b, c): distance((a, b, c)) for a, b, c in itertools.product(*counts, losses)}
    units = {reading: len({*reading} - {"absolute", "nats"}) for reading in readings}
    most_units = most_units if as_read >= DISAGREES[1] else 1
    agreeing = [reading for reading in readings if readings[reading] <= AGREES and units[reading] <= most_units]
    if not agreeing:
        return {}
    best = min(agreeing, key=lambda reading: (units[reading], readings[reading]))
    best_units = dict(zip(("n_params", "n_tokens", name), best, strict=True))
    return {column: unit for column, unit in best_units.items() if unit not in ("absolute", "nats")}


def _disagreement(rows: Columns, name: str, units: Mapping[str, str]) -> str:
    """The message that columns are inconsistent as they are, and in which units they are consistent."""
    as_read = {column: "nats" if column == name else "absolute" for column in units}
    return (
        f"columns 'n_params', 'n_tokens' and {name!r} are inconsistent: {_largest(rows, name)} Published laws agree "
        f"with all rows if {_readings(units)}; {suggestion(units, as_read)}"
    )


def _readings(changed: Mapping[str, str]) -> str:
    """The units of columns in words, with the conversion of each."""
    by_unit: dict[str, list[str]] = {}
    for name, unit in changed.items():
        by_unit.setdefault(unit, []).append(name)
    parts = []
    for unit, names in by_unit.items():
        is_loss = unit == "perplexity"
        conversion = "take its natural logarithm" if is_loss else f"multiply by 1e{np.log10(COUNTS[unit]):.0f}"
        unit_words = "a perplexity" if is_loss else f"in {unit}"
        parts.append(f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} {unit_words} ({conversion})")
    return " and ".join(parts)


def _largest(rows: Columns, name: str) -> str:
    """The row of the largest compute, with the usual loss of its size and data as absolute counts."""
    n_params, n_tokens = rows["n_params"], rows["n_tokens"]
    place = int(np.argmax(n_params * n_tokens))
    expected = float(expected_loss(n_params[[place]], n_tokens[[place]])[0])
    loss = float(rows[name][place])
    usual = f"a usual loss is about {expected:.2g}" if expected < 11 else "hardly anything can be learnt from so little"
    return (
        f"row {int(rows['row'][place])} has {n_params[place]:.3g} parameters, {n_tokens[place]:.3g} tokens and a "
        f"{name} of {loss:.3g} nats; {usual}."
    )


def _perplexity(table: Columns, name: str, declared: Mapping[str, str]) -> list[str]:
    """A loss too large for nats per token of models of its size, in most rows."""
    loss = finite_values(table, name)
    if name in declared or len(loss) < LEAST_MEASURED:
        return []
    usual = table.usual_loss
    if median_exceeds(loss, LARGEST_LOSS):
        reason = f"most rows are above {LARGEST_LOSS:g}, the loss of guessing among 4e8 tokens"
    elif _mostly_too_large(table[name], usual):
        reason = f"most rows are far above the usual loss of their size and data, about {np.nanmedian(usual):.2g}"
    elif np.isnan(usual).all() and loss.min() > LOSS_OF_TRAINED and loss.max() > LOSS_OF_GUESSING:
        reason = f"every row is above {LOSS_OF_TRAINED:g}, and some are above the loss of guessing among 250,000 tokens"
    else:
        return []
    row = row_number(table, int(np.nanargmin(table[name])))
    return [
        f"column {name!r}: the values are {loss.min():.4g} (row {row}) to {loss.max():.4g} in "
        f"{count(len(loss), 'row')}. In nats per token, {reason}; as perplexities, their natural logarithms are "
        f"{np.log(loss.min()):.3g} to {np.log(loss.max()):.3g} nats; "
        + suggestion({name: "perplexity"}, {name: "nats"})
    ]


def _mostly_too_large(loss: Array, usual: Array) -> bool:
    """Whether most losses are above the largest plausible one of their usual loss."""
    if loss.min() > 0 and is_within(usual, SMALLEST_POSITIVE, LARGEST_FINITE):
        least = _largest_plausible_loss(usual.min(keepdims=True))  # it grows with the usual loss
        if 2 * (loss > least).sum() < len(loss):
            return False
    with np.errstate(all="ignore"):
        off = np.log(loss / _largest_plausible_loss(usual))
    return bool(np.isfinite(off).sum() >= LEAST_MEASURED) and median_exceeds(off, 0.0)


def _largest_plausible_loss(usual: Array) -> Array:
    """Loss above which a perplexity is the likelier reading (n_rows,).

    It is half way (in logarithms) from the usual loss to the usual perplexity, but at most the loss of models that were
    hardly trained.
    """
    half_way = np.sqrt(usual * np.exp(np.minimum(usual, 50.0)))
    return np.asarray(np.minimum(half_way, np.fmax(LOSS_OF_TRAINED, 1.3 * usual)))


def _sizes_too_small(rows: Columns, name: str, declared: Mapping[str, str]) -> list[str]:
    """A message where sizes and data are too small, as absolute counts, for the measured loss."""
    if {"n_params", "n_tokens"} <= set(declared):
        return []
    n_params, n_tokens, loss = rows["n_params"], rows["n_tokens"], rows[name]
    place = int(np.argmax(n_params * n_tokens))
    small = n_params.max() < TOY["n_params"] and n_tokens.max() < TOY["n_tokens"]
    if not small or expected_loss(n_params, n_tokens)[place] < IMPOSSIBLE * loss[place]:
        return []
    units = sorted(set(COUNTS) - {"absolute"}, key=lambda unit: _distance(n_params, n_tokens, loss, COUNTS[unit]))[:2]
    factors = ", ".join(f"by 1e{np.log10(COUNTS[unit]):.0f} if they are in {unit}" for unit in units)
    hint = suggestion(*(dict.fromkeys(("n_params", "n_tokens"), unit) for unit in (units[0], "absolute")))
    small_columns = f"columns 'n_params' and 'n_tokens' are too small for {name!r}: {_largest(rows, name)}"
    return [f"{small_columns} Multiply {factors}; or {hint}"]


def _distance(n_params: Array, n_tokens: Array, loss: Array, factor: float) -> float:
    """How far log losses are from the published law, with sizes and data times a factor."""
    return float(np.abs(np.log(loss / expected_loss(n_params * factor, n_tokens * factor))).mean())


def _size_too_small(table: Columns, name: str, declared: Mapping[str, str]) -> list[str]:
    """A message where the only size, data or compute of a table is too small for the loss, whatever the others are."""
    present = [name for name in ("flops", "n_params", "n_tokens") if name in table and np.isfinite(table[name]).any()]
    if len(present) != 1 or present[0] in declared or "step" in table:
        return []
    column, values, loss = present[0], table[present[0]], table[name]
    positive = np.isfinite(values) & (values > 0) & np.isfinite(loss) & (loss > 0)
    if positive.sum() < LEAST_AGREEING:
        return []
    place, plenty = int(np.argmax(np.where(positive, values, 0.0))), np.array([1e30])
    value, measured = float(values[place]), float(loss[place])

    def least(factor: float) -> float:
        """Loss with the best choice of the inputs that the table does not have."""
        if column == "flops":
            size = np.sqrt(np.array([value * factor]) / (6.0 * TOKENS_PER_PARAM))
            return float(expected_loss(size, TOKENS_PER_PARAM * size)[0])
        size, data = (np.array([value * factor]) if column == axis else plenty for axis in ("n_params", "n_tokens"))
        return float(expected_loss(size, data)[0])

    if value >= TOY_ALONE[column] or least(1.0) < IMPOSSIBLE * measured:
        return []
    units = {unit: factor for unit, factor in UNITS[kind_of(column, "")].items() if factor > 1}
    nearest = min(units, key=lambda unit: abs(np.log(least(units[unit]) / measured)))
    return [
        f"column {column!r} is too small for {name!r}: its largest value, {value:.3g}, has a {name} of {measured:.3g} "
        f"nats (row {row_number(table, place)}), and the best usual loss is about {least(1.0):.2g}. Multiply by "
        f"{units[nearest]:.3g} if it is in {nearest}; or {suggestion({column: nearest}, {column: 'absolute'})}"
    ]
