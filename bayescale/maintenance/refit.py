"""`refit`: bring maintained models up to date. What is the same is left alone, what fails replaces nothing.

For each model: compare the digests of source, rows and spec with those of the last attempt; where rows were only added,
re-weight the last sampled posterior, else sample; gate; score the forecasts whose runs landed; publish all of it in one
commit; deliver alerts where a run fell outside its forecast, or rows changed upstream. The store's current
posterior is verified first, and made anew where it is damaged.
"""

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bayescale.core.display import Page, Shown
from bayescale.core.parallel import spread
from bayescale.errors import BayescaleError, ChecksFailed, StoredPosteriorError
from bayescale.maintenance.alerts import Alert, Channels, alerts_for, deliver, secrets_in
from bayescale.maintenance.lineage import Change, change_of, unread_change
from bayescale.maintenance.model_kinds import Rows, mark_of, read_rows, require_forecasts
from bayescale.maintenance.pending_alerts import deliver_owed
from bayescale.maintenance.spec import ModelSpec
from bayescale.maintenance.store.integrity import Health, health_of
from bayescale.maintenance.store.location import TIMEOUT, read_place
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.repair import restore_catalog

if TYPE_CHECKING:
    import pandas as pd

    from bayescale.maintenance.spec_files import BrokenSpec

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
    notes  whatever else is to be known: rows left out, why a path was not taken, what was put right in the store,
           alerts that were not delivered.
    attempt  the entry of the history that this re-fit made, published or not; None where it made none.
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
    attempt: int | None = None

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
    if not asked.dry_run:
        for note in restore_catalog(read_place(store), TIMEOUT):
            logger.warning(note)
    opened = None if asked.dry_run and not exists(store) else Store.open_or_create(store)  # before workers meet in it
    jobs = [(spec, opened, asked, None if cluster is None else 1) for spec in specs]
    return Outcomes(spread(refit_one, jobs, [spec.name for spec in specs], tell, cluster, _lost))


def broken_outcome(spec: "BrokenSpec", asked: Asked) -> Outcome:
    """What becomes of a model whose spec cannot be used: the others are brought up to date all the same."""
    outcome = Outcome(spec.name, "error", spec.why)
    if asked.dry_run:
        return outcome
    undelivered = [
        problem for alert in alerts_of(spec.name, outcome) for problem in deliver(alert, asked.command, spec.webhook)
    ]
    return replace(outcome, notes=tuple(undelivered))


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
        outcome = Outcome(spec.name, "error", _without_secrets(spec, str(error)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a fault in one model, even a panic of a library, is no reason to leave the others
        outcome = _not_foreseen(spec, error)
    undelivered = () if asked.dry_run else _alerted(spec, store, outcome, asked.command)
    return replace(outcome, seconds=time.perf_counter() - began, notes=(*outcome.notes, *undelivered))


def _not_foreseen(spec: ModelSpec, error: BaseException) -> Outcome:
    if isinstance(error, MemoryError):
        return Outcome(spec.name, "error", "there is not enough memory for it: take fewer draws, rows or forecasts")
    if isinstance(error, RecursionError):
        return Outcome(spec.name, "error", "something in its spec, law or data is nested too deeply to be read")
    text = _without_secrets(spec, "".join(traceback.format_exception(error)))
    logger.error("%s: not foreseen\n%s", spec.name, text)
    return Outcome(spec.name, "error", f"{type(error).__name__}, which was not foreseen: please report it")


def _without_secrets(spec: ModelSpec, text: str) -> str:
    """A message without the values of the environment that the spec names."""
    return secrets_in(spec.placeholders).replaced(text)


def _refitted(spec: ModelSpec, store: Store | None, asked: Asked, cores: int | None) -> Outcome:
    mark = mark_of(spec)
    health = Health() if store is None else health_of(store, spec.name, repair_damage=not asked.dry_run)
    outcome = _brought_up_to_date(spec, store, health, mark, asked, cores)
    return replace(outcome, notes=(*health.notes, *outcome.notes))


def _brought_up_to_date(
    spec: ModelSpec, store: Store | None, health: Health, mark: str, asked: Asked, cores: int | None
) -> Outcome:
    unread = None if asked.force or health.harm else unread_change(spec, mark, health.history)
    if unread is not None:
        return _left_alone(spec, unread)
    rows = read_rows(spec, mark)
    change = change_of(spec, rows, health.history)
    if health.harm:
        change = replace(change, kind="other", why=f"{health.harm}: made anew from the data")
    if change.kind in ("none", "failed") and not asked.force:
        return _left_alone(spec, change)
    if asked.force and not health.harm:
        change = replace(change, kind="other", why=f"asked for by --force ({change.why})")
    if asked.dry_run or store is None:
        require_forecasts(spec, rows)
        return Outcome(spec.name, "would fit", change.why, upstream=change.upstream)
    return _fitted(spec, store, rows, change, asked, cores)


def _left_alone(spec: ModelSpec, change: Change) -> Outcome:
    if change.kind == "failed":
        return Outcome(spec.name, "failed", change.why, notes=("nothing was tried again: --force does",))
    return Outcome(spec.name, "unchanged", change.why, version=change.current.number if change.current else None)


def _fitted(spec: ModelSpec, store: Store, rows: Rows, change: Change, asked: Asked, cores: int | None) -> Outcome:
    from bayescale.maintenance.publish import publish, refused  # what is unchanged need not import what samples

    seen = Outcome(spec.name, "failed", "", upstream=change.upstream)
    channels = channels_of(spec, asked.command)
    try:
        done = publish(spec, store, rows, change, cores, asked.progress, channels)
    except ChecksFailed as error:
        noted = refused(spec, store, rows, change, str(error), channels)
        return replace(seen, why=str(error), attempt=noted.number)
    how = replace(seen, status="published", why=change.why, path=done.path, version=done.version.number)
    after = (done.version.after,) if done.version.after else ()
    return replace(how, drift=done.drift, notes=(*done.notes, *after), attempt=done.version.number)


def channels_of(spec: ModelSpec, command: str | None) -> Channels:
    """Where a model's alerts go: the operator's command, and the address that its spec names."""
    return Channels(command, spec.what.alerts.webhook)


def _alerted(spec: ModelSpec, store: Store | None, outcome: Outcome, command: str | None) -> tuple[str, ...]:
    """Raise a hand for a fit that failed, runs outside their forecasts, rows that changed upstream; deliver what is
    owed of earlier re-fits. Returns what could not be delivered."""
    channels = channels_of(spec, command)
    at_once = () if outcome.attempt is not None else alerts_of(spec.name, outcome)
    said: tuple[str, ...] = ()
    try:
        if store is not None:
            said = deliver_owed(store, spec.name, channels, outcome.attempt)
    except BayescaleError as error:  # nothing can be read of what is owed: at least what this re-fit has to say is said
        at_once = alerts_of(spec.name, outcome)
        said = (f"what alerts are owed could not be read: {str(error).splitlines()[0]}",)
    except Exception as error:
        at_once = alerts_of(spec.name, outcome)
        said = (f"what alerts are owed could not be read: {type(error).__name__}",)
    return (*said, *(problem for one in at_once for problem in deliver(one, command, channels.webhook)))


def alerts_of(model: str, outcome: Outcome) -> tuple[Alert, ...]:
    """What people are told of an outcome."""
    failed = [outcome.why] if outcome.status in ("failed", "error") else []
    return alerts_for(model, failed, outcome.upstream, outcome.drift)
