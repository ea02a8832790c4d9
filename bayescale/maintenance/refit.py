"""Bring maintained models up to date: unchanged models are left alone, and a failed fit replaces nothing.

For each model: compare the digests of source, rows and spec with those of the last attempt; where rows were only added,
re-weight the last sampled posterior, else sample; check convergence; score the forecasts whose runs landed; publish
everything in one commit; deliver alerts where a run fell outside its forecast or rows changed upstream. The current
posterior is verified first, and fitted again where it is damaged.
"""

import logging
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bayescale.core.parallel import spread
from bayescale.errors import BayescaleError, ChecksFailed, StoredPosteriorError
from bayescale.maintenance.alerts.delivery import Channels, deliver, secrets_in
from bayescale.maintenance.alerts.pending import deliver_pending
from bayescale.maintenance.lineage import Change, change_of, unread_change
from bayescale.maintenance.model_kinds import require_forecasts
from bayescale.maintenance.outcome import Outcome, Outcomes, alerts_of
from bayescale.maintenance.source_rows import Rows, mark_of, read_rows
from bayescale.maintenance.specs.spec import Alerts, ModelSpec
from bayescale.maintenance.store.integrity import Health, health_of
from bayescale.maintenance.store.location import TIMEOUT, read_place
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.repairs.history import restore_catalog

if TYPE_CHECKING:
    from bayescale.maintenance.specs.spec_files import BrokenSpec

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefitOptions:
    """How models are re-fitted.

    Parameters
    ----------
    force : bool, default False
        Fit unchanged models, too.
    dry_run : bool, default False
        Report what would be done, and do nothing.
    command : str, optional
        The command that receives alerts.
    progress : bool, default False
        Show a progress bar for each fit.
    """

    force: bool = False
    dry_run: bool = False
    command: str | None = None
    progress: bool = False


def refit(
    specs: Sequence[ModelSpec],
    store: str,
    options: RefitOptions,
    tell: Callable[[str], None] | None = None,
    cluster: str | None = None,
) -> Outcomes:
    """Re-fit models one after another, or on a cluster whose workers see the same files and store.

    Parameters
    ----------
    specs : sequence of ModelSpec
        The specs.
    store : str
        The address of the store, which is created where there is none.
    options : RefitOptions
        How models are re-fitted.
    tell : callable, optional
        Takes a line of progress.
    cluster : str, optional
        "local", or the address of a Dask scheduler. A fit then takes one core, and models run side by side.

    Returns
    -------
    Outcomes
        One outcome per model. An error in one model stands in its outcome and does not stop the others.

    Raises
    ------
    StoredPosteriorError
        The store cannot be opened.
    """
    if not options.dry_run:
        for note in restore_catalog(read_place(store), TIMEOUT):
            logger.warning(note)
    opened = None if options.dry_run and not exists(store) else Store.open_or_create(store)  # before workers open it
    jobs = [(spec, opened, options, None if cluster is None else 1) for spec in specs]
    return Outcomes(spread(refit_one, jobs, [spec.name for spec in specs], tell, cluster, _lost))


def broken_outcome(spec: "BrokenSpec", options: RefitOptions) -> Outcome:
    """Return the outcome of a model whose spec cannot be used, and deliver its alert.

    Parameters
    ----------
    spec : BrokenSpec
        The spec.
    options : RefitOptions
        How models are re-fitted.

    Returns
    -------
    Outcome
        The outcome.
    """
    outcome = Outcome(spec.name, "error", spec.why)
    if options.dry_run:
        return outcome
    channels = _channels(spec.alerts, options.command)
    undelivered = [problem for alert in alerts_of(spec.name, outcome) for problem in deliver(alert, channels)]
    return replace(outcome, notes=tuple(undelivered))


def _lost(model: str) -> Outcome:
    return Outcome(
        model, "error", "its worker died each time (killed, or out of memory); the published posterior stays"
    )


def exists(store: str) -> bool:
    """Return whether there is a store at an address.

    Parameters
    ----------
    store : str
        The address.

    Returns
    -------
    bool
        Whether there is one.
    """
    try:
        Store.open(store)
    except StoredPosteriorError:
        return False
    return True


def refit_one(spec: ModelSpec, store: Store | None, options: RefitOptions, cores: int | None = None) -> Outcome:
    """Re-fit one model; an error becomes its outcome.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    store : Store or None
        The store; None in a dry run without one.
    options : RefitOptions
        How models are re-fitted.
    cores : int, optional
        Processes for the chains.

    Returns
    -------
    Outcome
        The outcome.
    """
    began = time.perf_counter()
    try:
        outcome = _refitted(spec, store, options, cores)
    except (BayescaleError, OSError) as error:
        outcome = Outcome(spec.name, "error", _without_secrets(spec, str(error)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # one model's fault, even a panic of a library, must not stop the others
        outcome = _unexpected(spec, error)
    undelivered = () if options.dry_run else _alerted(spec, store, outcome, options.command)
    return replace(outcome, seconds=time.perf_counter() - began, notes=(*outcome.notes, *undelivered))


def _unexpected(spec: ModelSpec, error: BaseException) -> Outcome:
    if isinstance(error, MemoryError):
        return Outcome(spec.name, "error", "the re-fit ran out of memory: use fewer draws, rows or forecasts")
    if isinstance(error, RecursionError):
        return Outcome(spec.name, "error", "its spec, law or data is nested too deeply to be read")
    text = _without_secrets(spec, "".join(traceback.format_exception(error)))
    logger.error("%s: unexpected error\n%s", spec.name, text)
    return Outcome(spec.name, "error", f"unexpected error {type(error).__name__}: please report it with the log")


def _without_secrets(spec: ModelSpec, text: str) -> str:
    """A message without the values of the environment that the spec names."""
    return secrets_in(spec.placeholders).replaced(text)


def _refitted(spec: ModelSpec, store: Store | None, options: RefitOptions, cores: int | None) -> Outcome:
    mark = mark_of(spec)
    health = Health() if store is None else health_of(store, spec.name, repair_damage=not options.dry_run)
    outcome = _updated(spec, store, health, mark, options, cores)
    return replace(outcome, notes=(*health.notes, *outcome.notes))


def _updated(
    spec: ModelSpec, store: Store | None, health: Health, mark: str, options: RefitOptions, cores: int | None
) -> Outcome:
    unread = None if options.force or health.harm else unread_change(spec, mark, health.history)
    if unread is not None:
        return _unchanged(spec, unread)
    rows = read_rows(spec, mark)
    change = change_of(spec, rows, health.history)
    if health.harm:
        change = replace(change, kind="other", why=f"{health.harm}: fitted again from the data")
    if change.kind in ("none", "failed") and not options.force:
        return _unchanged(spec, change)
    if options.force and not health.harm:
        change = replace(change, kind="other", why=f"requested by --force ({change.why})")
    if options.dry_run or store is None:
        require_forecasts(spec, rows)
        return Outcome(spec.name, "would fit", change.why, upstream=change.upstream)
    return _fitted(spec, store, rows, change, options, cores)


def _unchanged(spec: ModelSpec, change: Change) -> Outcome:
    if change.kind == "failed":
        return Outcome(spec.name, "failed", change.why, notes=("the fit was not repeated: use --force to repeat it",))
    return Outcome(spec.name, "unchanged", change.why, version=change.current.number if change.current else None)


def _fitted(
    spec: ModelSpec, store: Store, rows: Rows, change: Change, options: RefitOptions, cores: int | None
) -> Outcome:
    from bayescale.maintenance.publish import publish, record_failure  # an unchanged model need not import the sampler

    outcome = Outcome(spec.name, "failed", "", upstream=change.upstream)
    channels = channels_of(spec, options.command)
    try:
        published = publish(spec, store, rows, change, cores, options.progress, channels)
    except ChecksFailed as error:
        failure = record_failure(spec, store, rows, change, str(error), channels)
        return replace(outcome, why=str(error), attempt=failure.number)
    version = published.version
    after = (version.after,) if version.after else ()
    return replace(
        outcome,
        status="published",
        why=change.why,
        path=published.path,
        version=version.number,
        drift=published.drift,
        notes=(*published.notes, *after),
        attempt=version.number,
    )


def channels_of(spec: ModelSpec, command: str | None) -> Channels:
    """Return where the alerts of a model go.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    command : str or None
        The operator's command.

    Returns
    -------
    Channels
        The command, and the webhook of the spec.
    """
    return _channels(spec.content.alerts, command)


def _channels(alerts: Alerts, command: str | None) -> Channels:
    return Channels(command, alerts.webhook, alerts.format)


def _alerted(spec: ModelSpec, store: Store | None, outcome: Outcome, command: str | None) -> tuple[str, ...]:
    """Deliver the alerts of this re-fit and pending ones. Returns what could not be delivered."""
    channels = channels_of(spec, command)
    at_once = () if outcome.attempt is not None else alerts_of(spec.name, outcome)
    notes: tuple[str, ...] = ()
    try:
        if store is not None:
            notes = deliver_pending(store, spec.name, channels, outcome.attempt)
    except BayescaleError as error:  # deliver at least the alerts of this re-fit
        at_once = alerts_of(spec.name, outcome)
        notes = (f"pending alerts could not be read: {str(error).splitlines()[0]}",)
    except Exception as error:
        at_once = alerts_of(spec.name, outcome)
        notes = (f"pending alerts could not be read: {type(error).__name__}",)
    return (*notes, *(problem for alert in at_once for problem in deliver(alert, channels)))
