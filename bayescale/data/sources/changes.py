"""Rows that were added, changed or deleted upstream between two readings of a table of runs.

The record of a reading is small enough for a posterior's lineage: for each row a key, a digest of the row, and the
response, so that a change can be reported in numbers.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bayescale.core.text import SHOWN, count
from bayescale.data.canonical_rows import canonical_rows, has_source_run, without_added_values
from bayescale.data.columns import arrow_text, as_text_column
from bayescale.data.memory import paused_collection
from bayescale.data.quantities import known_columns
from bayescale.data.runs import Runs

#: {key of a row: [digest, response] of each row with the key}, for JSON. Rows that nothing distinguishes share a key.
type Fingerprints = dict[str, list[list[str | float]]]


@dataclass(frozen=True)
class Changed:
    """A row with another content than before; equal responses mean that another column changed.

    Attributes
    ----------
    key : str
        What identifies the row.
    before, after : float
        The response.
    """

    key: str
    before: float
    after: float

    def __str__(self) -> str:
        if self.before == self.after:
            return f"{self.key}: another column"
        return f"{self.key}: {self.before:.6g} → {self.after:.6g}"


@dataclass(frozen=True)
class Changes:
    """The changes of a source's rows.

    Attributes
    ----------
    added, removed : tuple of str, default ()
        Keys of the rows.
    changed : tuple of Changed, default ()
        The changed rows.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Changed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    @property
    def lines(self) -> list[str]:
        """One sentence per kind of change, with the first rows: "1 row was changed upstream: a, r3: 2.31 → 2.29"."""
        kinds: Sequence[tuple[str, Sequence[object]]] = (
            ("changed upstream", self.changed),
            ("deleted upstream", self.removed),
            ("added", self.added),
        )
        return [f"{count(len(rows), 'row')} {_was(rows)} {change}: {_first(rows)}." for change, rows in kinds if rows]


def fingerprints(runs: Runs) -> Fingerprints:
    """Record a reading of a table, to report later what changed.

    A row is identified by family, run, seed and step. A row without a run id of the source is identified by its known
    inputs too, so that a changed input reads as one row removed and one added.

    Parameters
    ----------
    runs : Runs
        The table.

    Returns
    -------
    dict of str to list
        Digest and response of the rows of each key.
    """
    keys = _row_keys(runs)
    order = pc.sort_indices(keys)
    lines = pc.cast(canonical_rows(without_added_values(runs.table)).take(order), pa.large_binary())
    responses = runs.table[runs.response].to_numpy()[order.to_numpy()].tolist()
    digests = [sha256(line).hexdigest()[:16] for line in lines.to_pylist()]
    keys = keys.take(order)
    rows = zip(keys.to_pylist(), digests, responses, strict=True)
    with paused_collection():
        if not pc.any(pc.equal(keys[1:], keys[:-1])).as_py():
            return {key: [[digest, response]] for key, digest, response in rows}
        by_key: defaultdict[str, list[list[str | float]]] = defaultdict(list)
        for key, digest, response in rows:
            by_key[key].append([digest, response])
        return {key: sorted(records) for key, records in by_key.items()}


def row_keys(runs: Runs) -> list[str]:
    """Return what identifies each row.

    Parameters
    ----------
    runs : Runs
        The table.

    Returns
    -------
    list of str
        One key per row, in the order of the table.
    """
    keys: list[str] = _row_keys(runs).to_pylist()
    return keys


def _row_keys(runs: Runs) -> pa.Array:
    """Keys (n_rows,) such as "pythia, a17, step 300": the values that are not blank, in the order of the columns."""
    table, empty = runs.table, pa.scalar("", pa.large_string())
    named = has_source_run(table)
    inputs = [name for name in known_columns(table.columns) if name != runs.response]
    keys = pa.repeat(empty, len(table))
    for name in ("family", "run", "seed", "step", *inputs):
        identifies = named if name == "run" else ~named if name in inputs else np.ones(len(table), dtype=bool)
        if name not in table.columns or not identifies.any():
            continue
        texts = arrow_text(as_text_column(table[name]))
        is_used = pc.and_(pc.not_equal(texts, empty), pa.array(identifies))
        label = pa.scalar("" if name in ("family", "run") else f"{name} ", pa.large_string())
        separators = pc.if_else(pc.equal(keys, empty), empty, pa.scalar(", ", pa.large_string()))
        parts = pc.binary_join_element_wise(separators, label, texts, empty)
        keys = pc.binary_join_element_wise(keys, pc.if_else(is_used, parts, empty), empty)
    return keys


def changes(before: Mapping[str, Sequence[Sequence[str | float]]], after: Fingerprints) -> Changes:
    """Compare two readings by their fingerprints.

    Parameters
    ----------
    before : mapping of str to sequence
        Fingerprints of the earlier reading, possibly read from JSON.
    after : mapping of str to sequence
        Fingerprints of the later reading.

    Returns
    -------
    Changes
        The rows that were added, changed or removed.
    """
    added: list[str] = []
    removed: list[str] = []
    changed: list[Changed] = []
    for key in dict.fromkeys((*before, *after)):
        old, new = _unlike(before.get(key, ()), after.get(key, ())), _unlike(after.get(key, ()), before.get(key, ()))
        pairs = list(zip(old, new, strict=False))
        changed += [Changed(key, float(was[1]), float(now[1])) for was, now in pairs]
        removed += [key] * (len(old) - len(pairs))
        added += [key] * (len(new) - len(pairs))
    return Changes(tuple(added), tuple(removed), tuple(changed))


def _unlike(
    rows: Sequence[Sequence[str | float]], others: Sequence[Sequence[str | float]]
) -> list[Sequence[str | float]]:
    """The rows whose content is not among the others, one for one."""
    left = [other[0] for other in others]
    unlike = []
    for row in rows:
        if row[0] in left:
            left.remove(row[0])
        else:
            unlike.append(row)
    return unlike


def _was(rows: Sequence[object]) -> str:
    return "was" if len(rows) == 1 else "were"


def _first(rows: Sequence[object]) -> str:
    rest = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return "; ".join(map(str, rows[:SHOWN])) + rest
