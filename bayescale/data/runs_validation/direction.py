"""Whether a response falls or rises with compute as its name says: a perplexity read as an accuracy, and the like."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bayescale.core.notes import Note
from bayescale.core.text import SHOWN, count, listing
from bayescale.data.runs_validation.identity import Identity
from bayescale.data.runs_validation.usual_loss import Columns
from bayescale.data.units import is_score, kind_of, words_of

type Array = NDArray[np.float64]

SWAPPED = 0.8  # rank correlation from which on the direction of a response contradicts its name
LEAST_RANKED = 8  # rows
FEW_FAMILIES = 8  # whose rows are found by comparison; those of more families by sorting
MANY_RANKED = 50_000  # rows above which a random sample of a tenth as many decides the direction first


def unexpected_direction(table: Columns, identity: Identity, response: str) -> list[Note]:
    """Return a note where the direction of a response contradicts its name: a rising error, a falling accuracy.

    Parameters
    ----------
    table : Columns of shape (n_rows,)
        The columns.
    identity : Identity
        Family and run of the rows.
    response : str
        Name of the measured column.

    Returns
    -------
    list of Note
        The note `unexpected_direction`, or none.
    """
    kind = kind_of(response, response)
    if "flops" not in table and {"n_params", "n_tokens"} <= set(table):
        with np.errstate(all="ignore"):
            table = Columns({**table, "n_params x n_tokens": table["n_params"] * table["n_tokens"]})
    scales = ("flops", "n_params x n_tokens", "n_tokens", "n_params", "examples")
    scale = next((name for name in (*scales, *(("loss",) if kind == "share" else ())) if name in table), None)
    if kind not in ("loss", "share") or scale is None:
        return []
    better_larger = kind == "share" and is_score(response)
    if kind == "share" and not better_larger and not words_of(response) & {"error", "err"}:
        return []  # the success rate of an attack may rise or fall
    expected = 1.0 if better_larger != (scale == "loss") else -1.0
    x, y = (table[name] for name in (scale, response))
    contradicting: dict[str, str] = {}
    for code, members in _rows_of_families(identity.family_codes, np.isfinite(x) & np.isfinite(y)):
        n_rows = len(members)
        sample = _sampled(members)
        if n_rows > MANY_RANKED and _rank_correlation(x[sample], y[sample]) * expected > 0:
            continue  # the correlation of all rows cannot be beyond -`SWAPPED`
        correlation = _rank_correlation(x[members], y[members])
        if correlation * expected < -SWAPPED:
            label = identity.families[code].as_py()
            contradicting[label] = f"{label!r} ({correlation:.2f} over {count(n_rows, 'row')})"
    if not contradicting:
        return []
    message = (
        f"{response} {'falls' if expected > 0 else 'rises'} with {scale} in almost all rows of "
        f"{listing([*contradicting.values()])} (rank correlation): is it "
        f"{'an error or a loss' if better_larger else 'an accuracy'}?"
    )
    return [Note("unexpected_direction", message, [*contradicting][:SHOWN])]


def _rows_of_families(codes: NDArray[np.int32], measured: NDArray[np.bool_]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Code of each family that may have a direction, and its measured rows (n,), in their order."""
    rows = np.flatnonzero(measured)
    n_rows = np.bincount(codes if len(rows) == len(codes) else codes[rows])
    if len(n_rows) <= FEW_FAMILIES:
        yield from ((code, np.flatnonzero((codes == code) & measured)) for code in range(len(n_rows)))
        return
    order = rows[np.argsort(codes[rows], kind="stable")]
    ends = np.cumsum(n_rows)
    for code in np.flatnonzero(n_rows >= LEAST_RANKED):
        yield int(code), order[ends[code] - n_rows[code] : ends[code]]


def _sampled(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most as many rows as decide a direction: a random sample, the same at every call."""
    if len(rows) <= MANY_RANKED:
        return rows
    return rows[np.random.default_rng(0).integers(0, len(rows), MANY_RANKED // 10)]


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
