"""`refit`: bring maintained models up to date. What is the same is left alone, what fails replaces nothing.

For each model: compare the digests of source, rows and spec with those of the last attempt; where rows were only added,
re-weight the last sampled posterior, else sample; gate; score the forecasts whose runs landed; publish all of it in one
commit; raise a hand where a run fell outside its forecast, or rows changed upstream.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bayescale.errors import BayescaleError, ChecksFailed, StoredPosteriorError
from bayescale.ops.alerts import Alert, deliver
from bayescale.ops.lineage import Change, change_of, unread_change
from bayescale.ops.models import Rows, mark_of, read_rows
from bayescale.ops.spec import ModelSpec
from bayescale.parallel import spread
from bayescale.shown import Page, Shown
from bayescale.store.posteriors import Store

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

type Status = Literal["unchanged", "would fit", "published", "failed", "error"]

EXIT_CODES: dict[Status, int] = {"unchanged": 0, "would fit": 0, "published": 0, "failed": 3, "error": 2}
DRIFT = 4


@dataclass(frozen=True)
class Asked:
    """How models are re-fitted: `force` fits what has not changed, `dry_run` says what would be done and does nothing,
    `command` hears of alerts, `progress` shows a bar for each fit."""

    force: bool = False
    dry_run: bool = False
    command: str | None = None
    progress: bool = False


@dataclass(frozen=True, repr=False)
class Outcome(Shown):
    """What became of one model.

    path   how the posterior came: "sampled" (", warm-started from version N"), "re-weighted", "kept" (as it was, new
           questions), "" where none did.
    why    what asked for a fit, or what stood in its way.
    drift  runs that landed outside what was forecast of them, in words.
    upstream  rows that were changed or deleted at the source since the version that is published, in words.
    notes  whatever else is to be known: rows left out, why a path was not taken, alerts that were not delivered.
    """

    model: str
    status: Status
    why: str
    path: str = ""
    version: int | None = None
    seconds: float = 0.0
    drift: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        return DRIFT if self.status == "published" and self.drift else EXIT_CODES[self.status]

    @property
    def head(self) -> str:
        """What became of it, in a line."""
        how = f" as version {self.version} ({self.path})" if self.status == "published" else ""
        return f"{self.model}: {self.status}{how}, {self.seconds:.1f} s: {self.why}"

    @property
    def lines(self) -> tuple[str, ...]:
        """What hangs on it: runs outside their forecasts, changes upstream, notes."""
        return (*(f"DRIFT {line}" for line in self.drift), *self.upstream, *self.notes)

    @property
    def _page(self) -> Page:
        return Page(self.head, None, self.lines)


class Outcomes(Shown, tuple[Outcome, ...]):
    """What became of several models: a tuple with an outcome for each, in the order they were asked for."""

    @property
    def _page(self) -> Page:
        names = ("model", "status", "version", "path", "why")
        rows = [[str(value) if (value := getattr(one, name)) is not None else "" for name in names] for one in self]
        notes = tuple(f"{one.model}: {line}" for one in self for line in one.lines)
        published = sum(one.status == "published" for one in self)
        return Page(f"{published} of {len(self)} models published", _frame(rows, names) if rows else None, notes)


def _frame(rows: list[list[str]], names: tuple[str, ...]) -> "pd.DataFrame":
    import pandas as pd  # only to be looked at: seeing that nothing changed needs no tables

    return pd.DataFrame(rows, columns=names)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Of several models: a failed fit (3) outranks wrong input (2), and both outrank drift (4)."""
    codes = {one.exit_code for one in outcomes}
    return next((code for code in (3, 2, DRIFT) if code in codes), 0)


def refit(
    specs: Sequence[ModelSpec],
    store: str,
    asked: Asked,
    tell: Callable[[str], None] | None = None,
    cluster: str | None = None,
) -> Outcomes:
    """Re-fit models one after another, or on a cluster whose workers see the same files and store.

    One model's failure does not stop the others: what was raised stands in its outcome. On a cluster a fit takes one
    core, and models run side by side. Raises StoredPosteriorError where the store itself cannot be opened.
    """
    opened = None if asked.dry_run and not exists(store) else Store.open_or_create(store)  # before workers meet in it
    jobs = [(spec, opened, asked, None if cluster is None else 1) for spec in specs]
    return Outcomes(spread(refit_one, jobs, [spec.name for spec in specs], tell, cluster, _lost))


def _lost(model: str) -> Outcome:
    return Outcome(model, "error", "its worker died each time (killed, or out of memory); what was published stays")


def exists(store: str) -> bool:
    """Whether there is a store at an address."""
    try:
        Store.open(store)
    except StoredPosteriorError:
        return False
    return True


def refit_one(spec: ModelSpec, store: Store | None, asked: Asked, cores: int | None = None) -> Outcome:
    """One model's re-fit; what it raises becomes its outcome."""
    began = time.perf_counter()
    try:
        outcome = _refitted(spec, store, asked, cores)
    except (BayescaleError, OSError) as error:
        outcome = Outcome(spec.name, "error", str(error))
    except Exception as error:  # a fault of ours, or of what we use, in one model is no reason to leave the others
        logger.exception("%s: not foreseen", spec.name)
        outcome = Outcome(spec.name, "error", f"{type(error).__name__}, which was not foreseen: please report it")
    undelivered = () if asked.dry_run else _alerted(spec, outcome, asked.command)
    return replace(outcome, seconds=time.perf_counter() - began, notes=(*outcome.notes, *undelivered))


def _refitted(spec: ModelSpec, store: Store | None, asked: Asked, cores: int | None) -> Outcome:
    mark = mark_of(spec)
    history = store.history(spec.name) if store is not None and spec.name in store.models() else ()
    unread = None if asked.force else unread_change(spec, mark, history)
    if unread is not None:
        return _left_alone(spec, unread)
    rows = read_rows(spec, mark)
    change = change_of(spec, rows, history)
    if change.kind in ("none", "failed") and not asked.force:
        return _left_alone(spec, change)
    if asked.force:
        change = replace(change, kind="other", why=f"asked for by --force ({change.why})")
    if asked.dry_run or store is None:
        return Outcome(spec.name, "would fit", change.why, upstream=change.upstream)
    return _fitted(spec, store, rows, change, asked, cores)


def _left_alone(spec: ModelSpec, change: Change) -> Outcome:
    if change.kind == "failed":
        return Outcome(spec.name, "failed", change.why, notes=("nothing was tried again: --force does",))
    return Outcome(spec.name, "unchanged", change.why, version=change.current.number if change.current else None)


def _fitted(spec: ModelSpec, store: Store, rows: Rows, change: Change, asked: Asked, cores: int | None) -> Outcome:
    from bayescale.ops.publish import publish, refused  # what is unchanged need not import what samples

    seen = Outcome(spec.name, "failed", "", upstream=change.upstream)
    try:
        done = publish(spec, store, rows, change, cores, asked.progress)
    except ChecksFailed as error:
        refused(spec, store, rows, change, str(error))
        return replace(seen, why=str(error))
    how = replace(seen, status="published", why=change.why, path=done.path, version=done.version.number)
    return replace(how, drift=done.drift, notes=done.notes)


def _alerted(spec: ModelSpec, outcome: Outcome, command: str | None) -> tuple[str, ...]:
    """Raise a hand for a fit that failed, runs outside their forecasts, rows that changed upstream. Returns what could
    not be delivered."""
    said = [Alert(spec.name, "failed", outcome.why)] if outcome.status in ("failed", "error") else []
    said += [Alert(spec.name, "changed", line) for line in outcome.upstream]
    said += [Alert(spec.name, "drift", line) for line in outcome.drift]
    webhook = spec.what.alerts.webhook
    return tuple(problem for one in said for problem in deliver(one, command, webhook))
