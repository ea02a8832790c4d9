"""Where a posterior came from, as its commit keeps it, and what changed since: rows, spec, or nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bayescale.core.notes import codes_of
from bayescale.core.serialization import version_of
from bayescale.data.sources import changes
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.model_kinds import Rows
from bayescale.maintenance.spec import FITTED, ModelSpec
from bayescale.maintenance.store.versions import Version

#: Who reads rows: a release may come to read the same bytes as other rows, or know them by other keys.
RELEASE = f"{version_of('bayescale')}+rows2"

#: none: nothing changed; failed: nor did it, and it failed; first: never published; added: rows were added and all else
#: is the same; asked: the same posterior is asked or said something else of; other: whatever needs a new posterior.
type Kind = Literal["none", "failed", "first", "added", "asked", "other"]

#: Grows when tables are read differently: when columns are found under other names, or rows joined to other runs. What
#: an earlier version published then differs from the rows read now though nothing changed upstream.
READING = 2


@dataclass(frozen=True)
class Change:
    """What is different from the last attempt, and why in words.

    upstream  rows that were changed or deleted upstream, in sentences.
    current   the posterior that is published now.
    """

    kind: Kind
    why: str
    current: Version | None = None
    upstream: tuple[str, ...] = ()


def digest_of(value: object) -> str:
    """SHA-256 (hex) of plain data, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def digests(spec: ModelSpec, rows: Rows) -> dict[str, str]:
    """What decides whether anything changed: of the rows, of the model they are fitted with, of the whole spec."""
    return {"data_digest": rows.digest, "model_digest": digest_of(spec.fitted), "spec_digest": digest_of(spec.asked)}


def unread_change(spec: ModelSpec, mark: str, history: Sequence[Version]) -> Change | None:
    """That nothing changed since the last attempt, as the mark of the source says; None where its rows must tell."""
    last = _last_attempt(history)
    now = {"source_mark": mark, "spec_digest": digest_of(spec.asked)}
    if last is None or not mark or any(last.lineage.get(name) != value for name, value in now.items()):
        return None
    return _nothing(last, _current(history))


def change_of(spec: ModelSpec, rows: Rows, history: Sequence[Version]) -> Change:
    """What changed since the last attempt, published or not."""
    now, last, current = digests(spec, rows), _last_attempt(history), _current(history)
    if last is not None and all(last.lineage.get(name) == value for name, value in now.items()):
        return _nothing(last, current)
    if current is None:
        return Change("first", "no posterior of it was published yet")
    return _since(spec, rows, current, now)


def _last_attempt(history: Sequence[Version]) -> Version | None:
    """The last fit that was made, published or not. To go back to an older one is none: what was rolled back is not
    made again of the same rows."""
    tried = [one for one in history if one.kind in ("published", "noted") and one.lineage.get("data_digest")]
    return tried[-1] if tried else None


def _current(history: Sequence[Version]) -> Version | None:
    published = [one for one in history if one.has_posterior and one.kept]  # what was lost to damage is not current
    return published[-1] if published else None


def _nothing(last: Version, current: Version | None) -> Change:
    if last.kind == "noted":
        why = f"the same rows and spec failed before ({last.time:%Y-%m-%d %H:%M}): {last.lineage.get('why', '')}"
        return Change("failed", why, current)
    why = "rows and spec are those of the last fit"
    if current is not None and current.kind == "rolled back" and current.number > last.number:
        why += f", version {last.number}, which was rolled back: --force fits them again"
    return Change("none", why, current)


def _since(spec: ModelSpec, rows: Rows, current: Version, now: Mapping[str, str]) -> Change:
    """What changed since the posterior that is published."""
    before = current.lineage
    same_model = before.get("model_digest") == now["model_digest"]
    same_rows = before.get("data_digest") == now["data_digest"]
    if same_model and same_rows:
        return Change("asked", "the spec asks or says something else of the same posterior", current)
    reasons = [] if same_model else _other_model(spec, before.get("spec", {}))
    if not same_rows and not same_release(current) and unread_by_release(current, rows):
        reasons.append("this release of bayescale reads the same source in another way")
        return Change("other", "; ".join(reasons), current)
    try:
        found = changes(before.get("rows", {}), rows.seen)
    except StoredPosteriorError as error:
        unknown = f"rows changed; which, cannot be said: {str(error).splitlines()[0]}"
        return Change("other", "; ".join([*reasons, unknown]), current)
    if not same_rows:
        reasons += [line.rstrip(".") for line in found.lines] or ["rows changed"]
    added = same_model and bool(found.added) and not found.changed and not found.removed
    upstream = replace(found, added=()).lines if same_model else []
    if upstream and before.get("reading", 1) != READING:
        upstream.append("Some of this may come from the upgrade of bayescale, which reads tables differently now.")
    return Change("added" if added else "other", "; ".join(reasons), current, tuple(upstream))


def same_release(version: Version) -> bool:
    """Whether the rows of a version were read by this release of bayescale; release 0.1 did not say who read them."""
    return version.lineage.get("release") == RELEASE


def unread_by_release(current: Version, rows: Rows) -> bool:
    """Whether a source is, by its mark, the one that a version was made of: whatever differs, the reading does."""
    return bool(rows.mark) and current.lineage.get("source_mark") == rows.mark


def _other_model(spec: ModelSpec, before: Mapping[str, Any]) -> list[str]:
    """What is different of the part of a spec that the posterior depends on: laws in files by name, or the rest."""
    own, laws = spec.asked.get("laws", {}), before.get("laws", {})
    edited = [f"the law in {name} changed" for name in own if name in laws and own[name] != laws[name]]
    now, then = ({k: v for k, v in one.items() if k in FITTED and k != "laws"} for one in (spec.asked, before))
    return edited if edited and now == then else [*edited, "the spec's data, model or sampler changed"]


def lineage_of(spec: ModelSpec, rows: Rows, change: Change, path: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """What a commit keeps beside the posterior: enough to say a year later what was fitted, how, and why."""
    return {
        **digests(spec, rows),
        "release": RELEASE,
        "spec": spec.asked,
        "rows": rows.seen,
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
