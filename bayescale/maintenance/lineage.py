"""The lineage of a posterior, and what changed since: rows, spec, or nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bayescale.core.notes import codes_of
from bayescale.core.serialization import version_of
from bayescale.data.sources import changes
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.source_rows import Rows
from bayescale.maintenance.specs.spec import FITTED, ModelSpec
from bayescale.maintenance.store.versions import Version

#: The reader of rows: another release may read the same bytes as other rows, or give them other keys.
RELEASE = f"{version_of('bayescale')}+rows2"

#: none: nothing changed; failed: nothing changed since a failed fit; first: no posterior yet; added: rows were added,
#: and nothing else changed; same posterior: only forecasts, alerts or card changed; other: a new posterior is needed.
type Kind = Literal["none", "failed", "first", "added", "same posterior", "other"]

#: Version of how tables are read. Raised when columns are found under other names, or rows joined to other runs: rows
#: of an earlier version then differ from those read now though nothing changed upstream.
READING = 2


@dataclass(frozen=True)
class Change:
    """What changed since the last attempt.

    Parameters
    ----------
    kind : str
        The kind of change.
    why : str
        The reason, as a sentence.
    current : Version or None
        The posterior that is published now.
    upstream : tuple of str
        Rows that were changed or deleted upstream.
    """

    kind: Kind
    why: str
    current: Version | None = None
    upstream: tuple[str, ...] = ()


def digest_of(value: object) -> str:
    """Return the SHA-256 of plain data, independent of the order of keys.

    Parameters
    ----------
    value : object
        Plain data.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def current_digests(spec: ModelSpec, rows: Rows) -> dict[str, str]:
    """Return the digests that decide whether anything changed.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    rows : Rows
        Its rows.

    Returns
    -------
    dict of str to str
        Digests of the rows, of the model they are fitted with, and of the whole spec.
    """
    return {
        "data_digest": rows.digest,
        "model_digest": digest_of(spec.fitted_data),
        "spec_digest": digest_of(spec.as_data),
    }


def unread_change(spec: ModelSpec, mark: str, history: Sequence[Version]) -> Change | None:
    """Decide from the mark of a source, without its rows, that nothing changed since the last attempt.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    mark : str
        The mark of the source, "" where it has none.
    history : sequence of Version
        The model's history.

    Returns
    -------
    Change or None
        None where the rows must be read.
    """
    last = _last_attempt(history)
    now = {"source_mark": mark, "spec_digest": digest_of(spec.as_data)}
    if last is None or not mark or any(last.lineage.get(name) != value for name, value in now.items()):
        return None
    return _nothing(last, _current(history))


def change_of(spec: ModelSpec, rows: Rows, history: Sequence[Version]) -> Change:
    """Find what changed since the last attempt, published or not.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    rows : Rows
        Its rows.
    history : sequence of Version
        The model's history.

    Returns
    -------
    Change
        The change.
    """
    now, last, current = current_digests(spec, rows), _last_attempt(history), _current(history)
    if last is not None and all(last.lineage.get(name) == value for name, value in now.items()):
        return _nothing(last, current)
    if current is None:
        return Change("first", "no posterior was published yet")
    return _since(spec, rows, current, now)


def _last_attempt(history: Sequence[Version]) -> Version | None:
    """The last fit, published or not. A rollback is none: the same rows are not fitted again after it."""
    attempts = [item for item in history if item.kind in ("published", "noted") and item.lineage.get("data_digest")]
    return attempts[-1] if attempts else None


def _current(history: Sequence[Version]) -> Version | None:
    """The last posterior whose draws can be read."""
    published = [version for version in history if version.has_posterior and version.kept]
    return published[-1] if published else None


def _nothing(last: Version, current: Version | None) -> Change:
    if last.kind == "noted":
        why = f"the same rows and spec failed on {last.time:%Y-%m-%d %H:%M}: {last.lineage.get('why', '')}"
        return Change("failed", why, current)
    why = "rows and spec have not changed since the last fit"
    if current is not None and current.kind == "rolled back" and current.number > last.number:
        why += f", version {last.number}, which was rolled back: use --force to fit them again"
    return Change("none", why, current)


def _since(spec: ModelSpec, rows: Rows, current: Version, now: Mapping[str, str]) -> Change:
    """What changed since the posterior that is published."""
    before = current.lineage
    same_model = before.get("model_digest") == now["model_digest"]
    same_rows = before.get("data_digest") == now["data_digest"]
    if same_model and same_rows:
        return Change("same posterior", "forecasts, alerts or card of the spec changed", current)
    reasons = [] if same_model else _other_model(spec, before.get("spec", {}))
    if not same_rows and not same_release(current) and unread_by_release(current, rows):
        reasons.append("this release of bayescale reads the same source differently")
        return Change("other", "; ".join(reasons), current)
    try:
        row_changes = changes(before.get("rows", {}), rows.fingerprints)
    except StoredPosteriorError as error:
        unknown = f"rows changed; which ones is unknown: {str(error).splitlines()[0]}"
        return Change("other", "; ".join([*reasons, unknown]), current)
    if not same_rows:
        reasons += [line.rstrip(".") for line in row_changes.lines] or ["rows changed"]
    added = same_model and bool(row_changes.added) and not row_changes.changed and not row_changes.removed
    upstream = replace(row_changes, added=()).lines if same_model else []
    if upstream and before.get("reading", 1) != READING:
        upstream.append("Some of these changes may come from the upgrade of bayescale, which reads tables differently.")
    return Change("added" if added else "other", "; ".join(reasons), current, tuple(upstream))


def same_release(version: Version) -> bool:
    """Return whether this release of bayescale read the rows of a version.

    Parameters
    ----------
    version : Version
        The version; release 0.1 recorded none.

    Returns
    -------
    bool
        Whether it did.
    """
    return version.lineage.get("release") == RELEASE


def unread_by_release(current: Version, rows: Rows) -> bool:
    """Return whether a source has the mark that a version records: any difference then comes from the reader.

    Parameters
    ----------
    current : Version
        The version.
    rows : Rows
        Its rows.

    Returns
    -------
    bool
        Whether it has.
    """
    return bool(rows.mark) and current.lineage.get("source_mark") == rows.mark


def _other_model(spec: ModelSpec, before: Mapping[str, Any]) -> list[str]:
    """What changed in the part of a spec that the posterior depends on."""
    laws, earlier_laws = spec.as_data.get("laws", {}), before.get("laws", {})
    edited = [
        f"the law in {name} changed" for name in laws if name in earlier_laws and laws[name] != earlier_laws[name]
    ]
    now, then = (
        {name: part for name, part in data.items() if name in FITTED and name != "laws"}
        for data in (spec.as_data, before)
    )
    return edited if edited and now == then else [*edited, "data, model or sampler of the spec changed"]


def lineage_of(spec: ModelSpec, rows: Rows, change: Change, path: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a commit records beside the posterior: what was fitted, how, and why.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    rows : Rows
        Its rows.
    change : Change
        What asked for the fit.
    path : str
        How the posterior was obtained.
    more : mapping of str to Any
        Further entries.

    Returns
    -------
    dict of str to Any
        Plain data.
    """
    return {
        **current_digests(spec, rows),
        "release": RELEASE,
        "spec": spec.as_data,
        "rows": rows.fingerprints,
        "columns": list(rows.columns),
        "source": rows.value.source,
        "source_mark": rows.mark,
        "reading": READING,
        "notes": list(rows.value.notes),
        "note_codes": codes_of(rows.value.notes),
        "why": change.why,
        "path": path,
        "upstream": list(change.upstream),
        **more,
    }
