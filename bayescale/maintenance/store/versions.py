"""The versions of a model: one record per commit, in the commit itself."""

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
from bayescale.maintenance.store.lineage import Lineage, split_by_size

if TYPE_CHECKING:
    from icechunk import SnapshotInfo

RECORD = "bayescale"  # the key of a record in a commit's metadata
LEAST_ID = 6  # characters of an id that must be given

type Kind = Literal["published", "rolled back", "noted", "retired"]


@dataclass(frozen=True, repr=False)
class Version(Shown):
    """One entry of a model's history.

    Parameters
    ----------
    model : str
        The model's name.
    number : int
        1, 2, 3 … in the order of the commits, whatever the clocks said.
    kind : str
        "published": a posterior replaced the last; "rolled back": an earlier one was published again; "noted": an
        attempt that published nothing; "retired": draws of old versions were deleted.
    id : str
        The id of the commit.
    time : datetime
        When, by the clock of the machine that made it (UTC).
    message : str
        The message of the commit.
    lineage : mapping of str to Any
        What was recorded with it: digests, releases, seed, checks, reason.
    parent : str or None
        The id of the posterior that was current before; None for the first.
    digest : str or None
        SHA-256 of the posterior's tree; None where there is none.
    pinned : bool
        Whether `retain` must keep its draws.
    kept : bool
        Whether its draws can still be read.
    after : str
        What went wrong after it was published. Set on the returned value only, and recorded nowhere.
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
        """Whether the entry published a posterior."""
        return self.kind in ("published", "rolled back")

    @property
    def _page(self) -> Page:
        head = f"{self.model}, version {self.number}: {self.kind} {self.time:%Y-%m-%d %H:%M} UTC, id {self.id}"
        deleted = () if self.kept else ("its draws were deleted",)
        pinned = ("pinned: `retain` keeps its draws",) if self.pinned else ()
        return Page(f"{head}\n{self.message}", None, (*pinned, *deleted))


class History(Shown, tuple[Version, ...]):
    """The history of a model: a tuple of versions, the oldest first."""

    @property
    def _page(self) -> Page:
        head = f"{self[0].model}: {count(len(self), 'version')}" if self else "no version yet"
        table = as_table(self)
        times = [f"{version.time:%Y-%m-%d %H:%M}" for version in self]
        return Page(head, table.assign(time=times).rename(columns={"time": "time (UTC)"}) if self else None)


def as_record(version: Version) -> dict[str, str]:
    """Return what the index records of a version, as JSON text: a commit's metadata store only text exactly.

    Parameters
    ----------
    version : Version
        The version.

    Returns
    -------
    dict of str to str
        The metadata of the commit.
    """
    small, large = split_by_size(version.lineage)
    record = _facts(version) | {"lineage": small, "large": sorted(large)}
    return {RECORD: json.dumps(record, sort_keys=True)}


def from_commit(snapshot: "SnapshotInfo", pinned: bool, read: Callable[[str], Mapping[str, Any]]) -> Version | None:
    """Return the version that a commit records.

    Parameters
    ----------
    snapshot : icechunk.SnapshotInfo
        The commit.
    pinned : bool
        Whether it is pinned.
    read : callable
        Takes the name of a large entry of its lineage, and returns it with others that are quick to read.

    Returns
    -------
    Version or None
        None for a commit without a record, such as a repository's first.

    Raises
    ------
    StoredPosteriorError
        The record cannot be read.
    """
    if RECORD not in snapshot.metadata:
        return None
    try:
        record = json.loads(snapshot.metadata[RECORD])
        lineage = Lineage(record.pop("lineage"), tuple(record.pop("large")), read)
        when = datetime.fromisoformat(record.pop("time"))
        return Version(**record, id=snapshot.id, time=when, message=snapshot.message, lineage=lineage, pinned=pinned)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise StoredPosteriorError(f"the record of commit {snapshot.id} cannot be read: {error}") from error


def as_retired(version: Version, readable: bool = True) -> dict[str, Any]:
    """Return a version as plain data, to be recorded after its draws are deleted.

    Parameters
    ----------
    version : Version
        The version.
    readable : bool, default True
        Whether its commit can be read; else only what the index has is recorded.

    Returns
    -------
    dict of str to Any
        The record.
    """
    dropped = {"retired", ROWS}  # earlier records are listed anew; only rows of the current version are compared
    entries: Mapping[str, Any] = version.lineage
    if not readable and isinstance(entries, Lineage):
        entries = entries.small
    lineage = {name: entries[name] for name in entries if name not in dropped}
    return _facts(version) | {"id": version.id, "message": version.message, "lineage": lineage}


def from_retired(record: Mapping[str, Any]) -> Version:
    """Return the version of such a record; its draws cannot be read.

    Parameters
    ----------
    record : mapping of str to Any
        What `as_retired` returned.

    Returns
    -------
    Version
        The version.
    """
    return Version(**{**record, "time": datetime.fromisoformat(record["time"])}, kept=False)


def _facts(version: Version) -> dict[str, Any]:
    names = ("model", "number", "kind", "parent", "digest")
    return {name: getattr(version, name) for name in names} | {"time": version.time.isoformat()}


def find_version(history: Sequence[Version], which: object) -> Version:
    """Return the version of a history that published a posterior and matches.

    Parameters
    ----------
    history : sequence of Version
        The history.
    which : int, str, datetime, Version or None
        A number, an id or the start of one, a time (current then), or None for the current version.

    Returns
    -------
    Version
        The version.

    Raises
    ------
    InputError
        `which` is none of these.
    StoredPosteriorError
        No version matches; the error names the closest one.
    """
    posteriors = [version for version in history if version.has_posterior]
    if not posteriors:
        raise StoredPosteriorError("no posterior was published yet")
    if which is None:
        return posteriors[-1]
    if isinstance(which, Version):
        which = which.number
    if isinstance(which, datetime):
        return _at(posteriors, which)
    if isinstance(which, str) and (len(which) >= LEAST_ID or not which.isdecimal()):  # an id may start with digits only
        return _named(posteriors, which)
    if isinstance(which, bool) or not isinstance(which, int | str):
        raise InputError(
            f'version={short_repr(which)} must be a number, an id or a time, such as 3, "1PSHQ5" or "2026-05-01T12:00"'
        )
    return _numbered(history, posteriors, int(which))


def _numbered(history: Sequence[Version], posteriors: Sequence[Version], number: int) -> Version:
    version = next((version for version in history if version.number == number), None)
    if version is not None and version.has_posterior:
        return version
    if version is None:
        why = f"there is no version {number}"
    else:
        why = f"version {number} has no posterior: it was {version.kind} ({version.message})"
    raise StoredPosteriorError(f"{why}.{closest(number, [version.number for version in posteriors])}")


def _named(posteriors: Sequence[Version], text: str) -> Version:
    matches = [version for version in posteriors if len(text) >= LEAST_ID and version.id.startswith(text.upper())]
    if len(matches) == 1:
        return matches[0]
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        hint = closest(text.upper(), [version.id for version in posteriors])
        raise StoredPosteriorError(
            f"no version matches {text!r}: give a number, at least {LEAST_ID} characters of an id, or a time such as "
            f"2026-05-01T12:00.{hint}"
        ) from None
    return _at(posteriors, when)


def _at(posteriors: Sequence[Version], when: datetime) -> Version:
    """The last version published by a time: a time without a zone is UTC, a day is its start."""
    moment = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    before = [version for version in posteriors if version.time <= moment]
    if not before:
        first = min(version.time for version in posteriors)
        raise StoredPosteriorError(
            f"no posterior was published by {moment.isoformat()}: the first one was at {first.isoformat()}"
        )
    return before[-1]


def as_table(history: Sequence[Version]) -> pd.DataFrame:
    """Return a history as a table.

    Parameters
    ----------
    history : sequence of Version
        The history.

    Returns
    -------
    DataFrame
        One row per version: number, kind, time, id, message, pinned and kept.
    """
    columns = ["number", "kind", "time", "id", "message", "pinned", "kept"]
    return pd.DataFrame([{name: getattr(version, name) for name in columns} for version in history], columns=columns)
