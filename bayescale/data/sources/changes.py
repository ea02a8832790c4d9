"""Rows that were added, changed or deleted upstream between two readings of a table of runs.

What is kept of a reading is small enough for a posterior's lineage: for each row a key, a digest of the row, and the
response, so that a change can be said in numbers.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bayescale.core.text import SHOWN, count
from bayescale.data.columns import as_given, as_text, canonical_rows, given_runs
from bayescale.data.quantities import KNOWN
from bayescale.data.runs import Runs

#: {key of a row: its rows' [digest, response]}, for JSON. Several rows have one key where nothing tells them apart.
type Fingerprints = dict[str, list[list[str | float]]]


@dataclass(frozen=True)
class Changed:
    """A row that is there before and after, with another content; equal responses mean that another column changed."""

    key: str
    before: float
    after: float

    def __str__(self) -> str:
        if self.before == self.after:
            return f"{self.key}: another column"
        return f"{self.key}: {self.before:.6g} → {self.after:.6g}"


@dataclass(frozen=True)
class Changes:
    """What happened to the rows of a source: keys of those added and removed, and the changed ones."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Changed, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    @property
    def lines(self) -> list[str]:
        """One sentence a kind of change, the first rows named: "1 row was changed upstream: a, r3: 2.31 → 2.29."."""
        kinds: Sequence[tuple[str, Sequence[object]]] = (
            ("changed upstream", self.changed),
            ("deleted upstream", self.removed),
            ("added", self.added),
        )
        return [f"{count(len(rows), 'row')} {_was(rows)} {what}: {_shown(rows)}." for what, rows in kinds if rows]


def fingerprints(runs: Runs) -> Fingerprints:
    """What is kept of a reading of `runs` to say later what changed.

    A row is known by family, run, seed and step. A row without a run id of its own is known by its known inputs as
    well, so that there a changed input reads as one row removed and one added.
    """
    digests = [hashlib.sha256(line.encode()).hexdigest()[:16] for line in canonical_rows(as_given(runs.table))]
    kept: defaultdict[str, list[list[str | float]]] = defaultdict(list)
    for key, digest, response in zip(row_keys(runs), digests, runs.table[runs.response].tolist(), strict=True):
        kept[key].append([digest, response])
    return {key: sorted(rows) for key, rows in sorted(kept.items())}


def row_keys(runs: Runs) -> list[str]:
    """What each row is known by, in the order of the table."""
    table = runs.table
    named = given_runs(table)
    always = [name for name in ("family", "run", "seed", "step") if name in table.columns]
    inputs = [name for name in KNOWN if name in table.columns and name != runs.response]
    texts = {name: as_text(table[name]) for name in (*always, *inputs)}
    keys = []
    for row in range(len(table)):
        names = always if named[row] else [name for name in (*always, *inputs) if name != "run"]
        keys.append(", ".join(_part(name, texts[name][row]) for name in names if texts[name][row]))
    return keys


def _part(name: str, value: str) -> str:
    return value if name in ("family", "run") else f"{name} {value}"


def changes(before: Mapping[str, Sequence[Sequence[str | float]]], after: Fingerprints) -> Changes:
    """What changed between two readings, from their fingerprints (those of before possibly read back from JSON)."""
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


def _shown(rows: Sequence[object]) -> str:
    rest = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return "; ".join(map(str, rows[:SHOWN])) + rest
