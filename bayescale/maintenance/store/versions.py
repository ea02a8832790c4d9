"""What a store's history is made of: one record a commit, in the commit itself."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from bayescale.core.display import Page, Shown
from bayescale.core.text import count, short_repr
from bayescale.errors import InputError, StoredPosteriorError, closest
from bayescale.maintenance.store.fingerprints import ENTRY as ROWS
from bayescale.maintenance.store.lineage import Lineage, parted

if TYPE_CHECKING:
    from icechunk import SnapshotInfo

RECORD = "bayescale"  # the key of a record in a commit's metadata
LEAST_ID = 6  # characters of an id that must be given

type Kind = Literal["published", "rolled back", "noted", "retired"]


@dataclass(frozen=True, repr=False)
class Version(Shown):
    """One thing that happened to a model.

    number   1, 2, 3 … in the order things happened, whatever the clocks said.
    kind     "published": a posterior took the place of the last; "rolled back": an earlier one was published again;
             "noted": an attempt that published nothing; "retired": draws of old versions were given up.
    id       of the commit.
    time     when, by the clock of the machine that did it (UTC).
    lineage  what was recorded with it: digests, versions, seed, checks, why.
    parent   id of the posterior that was current before, None for the first.
    digest   SHA-256 of the posterior's tree, None where there is none.
    pinned   whether retention must keep it.
    kept     whether its posterior can still be read.
    after    what went wrong after it was published; of a version that was just published, and nowhere recorded.
    """

    model: str
    number: int
    kind: Kind
    id: str
    time: datetime
    message: str
    lineage: Mapping[str, Any] = field(repr=False)
    parent: str | None = None
    digest: str | None = None
    pinned: bool = False
    kept: bool = True
    after: str = field(default="", compare=False)

    @property
    def has_posterior(self) -> bool:
        """Whether this is a posterior that was published, rather than a note."""
        return self.kind in ("published", "rolled back")

    @property
    def _page(self) -> Page:
        head = f"{self.model}, version {self.number}: {self.kind} {self.time:%Y-%m-%d %H:%M} UTC, id {self.id}"
        kept = () if self.kept else ("its draws were given up",)
        pinned = ("pinned: retention keeps it",) if self.pinned else ()
        return Page(f"{head}\n{self.message}", None, (*pinned, *kept))


class History(Shown, tuple[Version, ...]):
    """Everything that happened to a model, the first first: a tuple of versions."""

    @property
    def _page(self) -> Page:
        said = f"{self[0].model}: {count(len(self), 'version')}" if self else "no version yet"
        table = as_table(self)
        times = [f"{one.time:%Y-%m-%d %H:%M}" for one in self]
        return Page(said, table.assign(time=times).rename(columns={"time": "time (UTC)"}) if self else None)


def as_record(version: Version) -> dict[str, str]:
    """What the index keeps of a version: JSON text, since a commit's metadata keep no more than text exactly."""
    small, large = parted(version.lineage)
    said = _facts(version) | {"lineage": small, "large": sorted(large)}
    return {RECORD: json.dumps(said, sort_keys=True)}


def from_commit(snapshot: "SnapshotInfo", pinned: bool, read: Callable[[str], Mapping[str, Any]]) -> Version | None:
    """The version that a commit records, None for one that is not ours, such as a repository's first; `read` gives a
    large entry of its lineage, by name, and others that are quick to read with it.

    Raises StoredPosteriorError for a record that cannot be read.
    """
    if RECORD not in snapshot.metadata:
        return None
    try:
        said = json.loads(snapshot.metadata[RECORD])
        lineage = Lineage(said.pop("lineage"), tuple(said.pop("large")), read)
        when = datetime.fromisoformat(said.pop("time"))
        return Version(**said, id=snapshot.id, time=when, message=snapshot.message, lineage=lineage, pinned=pinned)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise StoredPosteriorError(f"commit {snapshot.id} has a record that cannot be read: {error}") from error


def as_retired(version: Version, readable: bool = True) -> dict[str, Any]:
    """A version as plain data, to be remembered after its draws are gone; of one whose commit cannot be read, what the
    index has."""
    forgotten = {"retired", ROWS}  # what it remembered is remembered anew; only of what is current are rows compared
    known = version.lineage
    if not readable and isinstance(known, Lineage):
        known = known.small
    lineage = {name: known[name] for name in known if name not in forgotten}
    return _facts(version) | {"id": version.id, "message": version.message, "lineage": lineage}


def from_retired(said: Mapping[str, Any]) -> Version:
    """The version that was remembered; its posterior cannot be read."""
    return Version(**{**said, "time": datetime.fromisoformat(said["time"])}, kept=False)


def _facts(version: Version) -> dict[str, Any]:
    names = ("model", "number", "kind", "parent", "digest")
    return {name: getattr(version, name) for name in names} | {"time": version.time.isoformat()}


def find(history: Sequence[Version], which: object) -> Version:
    """The posterior meant by None (the current), a number, an id (or the start of one), or a time (current then).

    Raises StoredPosteriorError where there is none, naming what there is; InputError for what is none of these.
    """
    posteriors = [one for one in history if one.has_posterior]
    if not posteriors:
        raise StoredPosteriorError("nothing was published yet")
    if which is None:
        return posteriors[-1]
    if isinstance(which, Version):
        which = which.number
    if isinstance(which, datetime):
        return _at(posteriors, which)
    if isinstance(which, str) and (len(which) >= LEAST_ID or not which.isdecimal()):  # an id may begin with digits only
        return _named(posteriors, which)
    if isinstance(which, bool) or not isinstance(which, int | str):
        raise InputError(f"version {short_repr(which)} must be a number, an id, or a time")
    return _numbered(history, posteriors, int(which))


def _numbered(history: Sequence[Version], posteriors: Sequence[Version], number: int) -> Version:
    same = [one for one in history if one.number == number]
    if same and same[0].has_posterior:
        return same[0]
    why = f"{number} is no posterior: it was {same[0].kind} ({same[0].message})" if same else f"there is no {number}"
    raise StoredPosteriorError(f"{why}.{closest(number, [one.number for one in posteriors])}")


def _named(posteriors: Sequence[Version], text: str) -> Version:
    same = [one for one in posteriors if len(text) >= LEAST_ID and one.id.startswith(text.upper())]
    if len(same) == 1:
        return same[0]
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        known = closest(text.upper(), [one.id for one in posteriors])
        raise StoredPosteriorError(
            f"no version is {text!r}: give a number, at least {LEAST_ID} characters of an id, or a time such as "
            f"2026-05-01T12:00.{known}"
        ) from None
    return _at(posteriors, when)


def _at(posteriors: Sequence[Version], when: datetime) -> Version:
    """The last that had been published by a time: a time without a zone is UTC, a day is its beginning."""
    asked = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    before = [one for one in posteriors if one.time <= asked]
    if not before:
        first = min(one.time for one in posteriors)
        raise StoredPosteriorError(f"nothing was published by {asked.isoformat()}: the first was {first.isoformat()}")
    return before[-1]


def as_table(history: Sequence[Version]) -> pd.DataFrame:
    """A history as a table, one row a version: number, kind, time, id, message, pinned, kept."""
    columns = ["number", "kind", "time", "id", "message", "pinned", "kept"]
    return pd.DataFrame([{name: getattr(one, name) for name in columns} for one in history], columns=columns)
