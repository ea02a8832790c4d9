"""Does a loss fit the sizes and data of a table of runs, in nats per token and absolute counts?

Judged by a published law of text: public tables of many tokenizers lie within a quarter of it on log loss, and the same
tables in thousands, in millions or as perplexities far away.
"""

import itertools
import re
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from bayescale.core.text import count
from bayescale.data.units import COUNTS, UNITS, kind_of, suggestion

type Array = NDArray[np.float64]
type Columns = Mapping[str, Array]  # float64 by name, blanks as NaN, and the number of every `row`; each (n_rows,)

TOY = {"n_params": 2e6, "n_tokens": 2e7}  # sizes in millions stay below these
TOY_ALONE = {"n_params": 1e5, "n_tokens": 1e7, "flops": 1e14}  # the same where a table has only one of them
IMPOSSIBLE = 5.0  # times the measured loss that a run of so few parameters and tokens is expected to have
#: Root mean square of log loss about the published law: of public tables of text in absolute counts at most 0.25 (with
#: three exceptions above 0.45), of the same tables in thousands at least 1.0.
AGREES, DISAGREES = 0.25, (0.5, 0.7)  # with one other unit, and with several, some of which agree by chance
#: Largest spread of log loss about the published law, as a share of its spread in the table: sizes read a thousand
#: times too large leave no reducible loss that could explain why losses differ.
EXPLAINS = 0.8
LARGEST = {"n_params": 1e13, "n_tokens": 1e15}  # no run has more
LEAST_MEASURED = 3  # rows before their losses are judged
LEAST_AGREEING = 5  # rows before agreement with the published law says anything
SMALLEST_LOSS = 1e-3  # nats per token: less than any model of text reaches
LARGEST_LOSS = 20.0  # nats per token: more than guessing among 4e8 tokens
TOKENS_PER_PARAM = 20.0  # of compute-optimal runs
LOSS_OF_GUESSING = 12.5  # nats per token: among 250,000 tokens
LOSS_OF_TRAINED = 6.0  # nats per token: trained models lie below, early checkpoints above


def usable(table: Columns, name: str) -> Array:
    values = table[name]
    return np.asarray(values[np.isfinite(values)])


def row_of(table: Columns, place: int) -> int:
    return int(table["row"][place])


def expected_loss(n_params: Array, n_tokens: Array) -> Array:
    """Loss in nats per token of a language model: Hoffmann et al. 2022, arXiv 2203.15556, approach 3."""
    with np.errstate(all="ignore"):  # impossible sizes are another check's to say
        return np.asarray(1.69 + 406.4 * n_params**-0.34 + 410.7 * n_tokens**-0.28)


def loss_slips(
    table: Columns,
    response: str,
    declared: Mapping[str, str],
    original: Mapping[str, str],
    flagged: Collection[str] = (),
) -> list[str]:
    """A loss that is probably a perplexity, and sizes with which no language model has the loss measured.

    `flagged` are columns that are known to be in another unit: of the rest only what is said with them is judged.
    """
    name = response if kind_of(response, response) == "loss" else "loss"
    if name not in table or kind_of(name, response) != "loss":
        return []
    if declared.get(name) == "perplexity":
        return [
            f"column {name!r}: the column 'loss_unit' says perplexity, and a law is of its logarithm; "
            + suggestion({name: "perplexity"}, {name: "nats"})
        ]
    if name not in declared and re.search(r"ppl|perplexit", original.get(name, "").lower()):
        return [
            f"column {name!r} is called {original[name]!r} in the source, so it is probably a perplexity, whose "
            f"natural logarithm is the loss in nats per token; " + suggestion({name: "perplexity"}, {name: "nats"})
        ]
    rows = _measured(table, name)
    if rows is None:
        return [] if flagged else _perplexity(table, name, declared) or _toys_alone(table, name, declared)
    toys = _toys(rows, name, declared)
    meant = _agreeing(rows, name, declared, most_units=1 if toys and not flagged else 3)
    if meant and "thousands" not in meant.values():
        return [] if set(meant) <= set(flagged) else [_disagreement(rows, name, meant)]
    return [] if flagged else _perplexity(table, name, declared) or toys


def loss_doubts(table: Columns, response: str, declared: Mapping[str, str]) -> list[str]:
    """A note where sizes or data may be in thousands: tables of other data than web text look alike."""
    rows = _measured(table, response) if kind_of(response, response) == "loss" else None
    meant = {} if rows is None else _agreeing(rows, response, declared, most_units=2)
    return [] if rows is None or "thousands" not in meant.values() else [_disagreement(rows, response, meant)]


def _measured(table: Columns, name: str) -> Columns | None:
    """Number, size, data and loss of the rows where all are positive; None where there are none."""
    columns = ("n_params", "n_tokens", name)
    if any(one not in table for one in columns):
        return None
    values = {one: table[one] for one in columns}
    where = np.logical_and.reduce([np.isfinite(one) & (one > 0) for one in values.values()])
    if not where.any():
        return None
    return {one: value[where] for one, value in {"row": table["row"], **values}.items()}


def _agreeing(rows: Columns, name: str, declared: Mapping[str, str], most_units: int) -> dict[str, str]:
    """Units of size, data and loss that agree with the published law, where the table as read is far off: those of the
    columns that are in another unit, none where no reading agrees.

    `most_units` bounds how many other units the reading has: of many, some agree by chance.
    """
    if len(rows["row"]) < LEAST_AGREEING:
        return {}
    n_params, n_tokens, loss = (rows[one] for one in ("n_params", "n_tokens", name))
    loss = loss * (np.log(2) if declared.get(name) == "bits" else 1.0)

    def deviations(reading: tuple[str, str, str]) -> tuple[Array, Array]:
        """Log loss, and how far it is from the published law; each (n_rows,)."""
        nats = np.log(loss) if reading[2] == "perplexity" else loss
        with np.errstate(invalid="ignore", divide="ignore"):
            log_loss = np.log(nats)
        expected = expected_loss(n_params * COUNTS[reading[0]], n_tokens * COUNTS[reading[1]])
        return log_loss, log_loss - np.log(expected)

    def distance(reading: tuple[str, str, str]) -> float:
        log_loss, deviation = deviations(reading)
        if not np.isfinite(log_loss).all() or deviation.std() > min(EXPLAINS * log_loss.std(), unexplained):
            return np.inf
        return float(np.sqrt(np.mean(deviation**2)))

    deviation = deviations(("absolute", "absolute", "nats"))[1]
    as_read, unexplained = float(np.sqrt(np.mean(deviation**2))), float(deviation.std())
    if as_read < DISAGREES[0]:
        return {}
    counts = [
        [unit for unit in (["absolute"] if one in declared else COUNTS) if values.max() * COUNTS[unit] <= LARGEST[one]]
        for one, values in (("n_params", n_params), ("n_tokens", n_tokens))
    ]
    losses = ["nats"] if name in declared else ["nats", "perplexity"]
    readings = {(a, b, c): distance((a, b, c)) for a, b, c in itertools.product(*counts, losses)}
    units = {reading: len({*reading} - {"absolute", "nats"}) for reading in readings}
    most_units = most_units if as_read >= DISAGREES[1] else 1
    agreeing = [one for one in readings if readings[one] <= AGREES and units[one] <= most_units]
    if not agreeing:
        return {}
    best = min(agreeing, key=lambda reading: (units[reading], readings[reading]))
    meant = dict(zip(("n_params", "n_tokens", name), best, strict=True))
    return {one: unit for one, unit in meant.items() if unit not in ("absolute", "nats")}


def _disagreement(rows: Columns, name: str, meant: Mapping[str, str]) -> str:
    """That the columns do not fit together as they are, and in which units they would."""
    as_read = {one: "nats" if one == name else "absolute" for one in meant}
    return (
        f"columns 'n_params', 'n_tokens' and {name!r} do not fit together: {_largest(rows, name)} Published laws agree "
        f"with all rows where {_readings(meant)}; {suggestion(meant, as_read)}"
    )


def _readings(changed: Mapping[str, str]) -> str:
    """How columns are to be read, in words, with what to do about it."""
    by_unit: dict[str, list[str]] = {}
    for name, unit in changed.items():
        by_unit.setdefault(unit, []).append(name)
    parts = []
    for unit, names in by_unit.items():
        what = "take its natural logarithm" if unit == "perplexity" else f"multiply by 1e{np.log10(COUNTS[unit]):.0f}"
        parts.append(f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} in {unit} ({what})")
    return " and ".join(parts)


def _largest(rows: Columns, name: str) -> str:
    """What the row of the largest compute says if its values are absolute counts and nats."""
    n_params, n_tokens = rows["n_params"], rows["n_tokens"]
    place = int(np.argmax(n_params * n_tokens))
    expected = float(expected_loss(n_params[[place]], n_tokens[[place]])[0])
    loss = float(rows[name][place])
    usual = f"about {expected:.2g} would be usual" if expected < 11 else "hardly anything can be learnt"
    return (
        f"{n_params[place]:.3g} parameters and {n_tokens[place]:.3g} tokens with a {name} of {loss:.3g} nats "
        f"(row {int(rows['row'][place])}), where {usual}."
    )


def _perplexity(table: Columns, name: str, declared: Mapping[str, str]) -> list[str]:
    """A loss too large for nats per token of models of its size, in most rows."""
    loss = usable(table, name)
    if name in declared or len(loss) < LEAST_MEASURED:
        return []
    n_params, n_tokens = sizes_of(table)
    usual = expected_loss(n_params, n_tokens)
    with np.errstate(all="ignore"):
        off = np.log(table[name] / _most_in_nats(usual))
    if np.median(loss) > LARGEST_LOSS:
        why = f"most rows are above {LARGEST_LOSS:g}, which guessing among 4e8 tokens would reach"
    elif np.isfinite(off).sum() >= LEAST_MEASURED and np.nanmedian(off) > 0:
        why = f"most rows are above what models of their size and data have, usually about {np.nanmedian(usual):.2g}"
    elif np.isnan(usual).all() and loss.min() > LOSS_OF_TRAINED and loss.max() > LOSS_OF_GUESSING:
        why = f"every row is above {LOSS_OF_TRAINED:g}, and some above guessing among 250,000 tokens"
    else:
        return []
    row = row_of(table, int(np.nanargmin(table[name])))
    return [
        f"column {name!r}: from {loss.min():.4g} (row {row}) to {loss.max():.4g} in {count(len(loss), 'row')}. In nats "
        f"per token {why}; as perplexities, the natural logarithm gives {np.log(loss.min()):.3g} to "
        f"{np.log(loss.max()):.3g} nats; {suggestion({name: 'perplexity'}, {name: 'nats'})}"
    ]


def _most_in_nats(usual: Array) -> Array:
    """Loss from which on a perplexity is the likelier reading: half way (in logarithms) from the usual loss to the
    usual perplexity, and no more than models have that were hardly trained."""
    half_way = np.sqrt(usual * np.exp(np.minimum(usual, 50.0)))
    return np.asarray(np.minimum(half_way, np.fmax(LOSS_OF_TRAINED, 1.3 * usual)))


def sizes_of(table: Columns) -> tuple[Array, Array]:
    """Parameters and tokens of every row (n_rows,); where one is not given, 20 tokens to a parameter are taken.

    NaN where there is nothing to go by: no size, data or compute, or sizes of checkpoints at steps unknown.
    """
    n_params, n_tokens, flops = (
        table[name] if name in table else np.full(len(table["row"]), np.nan)
        for name in ("n_params", "n_tokens", "flops")
    )
    if "step" in table:  # a checkpoint has not seen the tokens of a finished run
        return (n_params, n_tokens) if np.isfinite(n_tokens).any() else (n_tokens, n_tokens)
    with np.errstate(all="ignore"):
        by_compute = np.sqrt(flops / (6.0 * TOKENS_PER_PARAM))
        size = np.where(
            np.isfinite(n_params), n_params, np.where(np.isfinite(n_tokens), n_tokens / TOKENS_PER_PARAM, by_compute)
        )
        data = np.where(np.isfinite(n_tokens), n_tokens, size * TOKENS_PER_PARAM)
    positive = (size > 0) & (data > 0)
    return np.where(positive, size, np.nan), np.where(positive, data, np.nan)


def _toys(rows: Columns, name: str, declared: Mapping[str, str]) -> list[str]:
    """Sizes and data so small that the loss measured cannot be that of absolute counts."""
    if {"n_params", "n_tokens"} <= set(declared):
        return []
    n_params, n_tokens, loss = (rows[one] for one in ("n_params", "n_tokens", name))
    place = int(np.argmax(n_params * n_tokens))
    small = n_params.max() < TOY["n_params"] and n_tokens.max() < TOY["n_tokens"]
    if not small or expected_loss(n_params, n_tokens)[place] < IMPOSSIBLE * loss[place]:
        return []
    millions, absolute = ({"n_params": unit, "n_tokens": unit} for unit in ("millions", "absolute"))
    return [
        f"columns 'n_params' and 'n_tokens' are too small for {name!r}: "
        f"{_largest(rows, name)} Multiply by 1e6 if they are in millions, by 1e3 if in "
        f"thousands; or {suggestion(millions, absolute)}"
    ]


def _toys_alone(table: Columns, name: str, declared: Mapping[str, str]) -> list[str]:
    """A size, data or compute that stands alone and is too small for the loss measured, whatever the others were."""
    present = [one for one in ("flops", "n_params", "n_tokens") if one in table and np.isfinite(table[one]).any()]
    if len(present) != 1 or present[0] in declared or "step" in table:
        return []
    column = present[0]
    values, loss = table[column], table[name]
    where = np.isfinite(values) & (values > 0) & np.isfinite(loss) & (loss > 0)
    if where.sum() < LEAST_AGREEING:
        return []
    place = int(np.argmax(np.where(where, values, 0.0)))
    value, measured = float(values[place]), float(loss[place])

    def least(factor: float) -> float:
        """Loss of the best choice of what the table does not have."""
        plenty = np.array([1e30])
        if column == "flops":
            size = np.sqrt(np.array([value * factor]) / (6.0 * TOKENS_PER_PARAM))
            return float(expected_loss(size, TOKENS_PER_PARAM * size)[0])
        size, data = (np.array([value * factor]) if column == one else plenty for one in ("n_params", "n_tokens"))
        return float(expected_loss(size, data)[0])

    if value >= TOY_ALONE[column] or least(1.0) < IMPOSSIBLE * measured:
        return []
    units = {unit: factor for unit, factor in UNITS[kind_of(column, "")].items() if factor > 1}
    nearest = min(units, key=lambda unit: abs(np.log(least(units[unit]) / measured)))
    return [
        f"column {column!r} is too small for {name!r}: the largest value, {value:.3g}, has a {name} of {measured:.3g} "
        f"nats (row {row_of(table, place)}), where about {least(1.0):.2g} would be usual at best. Multiply by "
        f"{units[nearest]:.3g} if it is in {nearest}; or {suggestion({column: nearest}, {column: 'absolute'})}"
    ]
