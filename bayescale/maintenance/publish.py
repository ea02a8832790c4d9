"""From a change to a published version: the posterior by the shortest honest path, its forecasts, its lineage."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from bayescale.data.runs import Runs
from bayescale.data.sources.changes import row_keys
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.loading import as_posterior, require_whole
from bayescale.maintenance import forecast_scores as ledgers
from bayescale.maintenance.alerts import Channels, alerts_for
from bayescale.maintenance.lineage import Change, lineage_of, same_release, unread_by_release
from bayescale.maintenance.model_kinds import Rows, families_of, forecasts, plain, require_forecasts, sample
from bayescale.maintenance.pending_alerts import record_of
from bayescale.maintenance.spec import LossSpec, ModelSpec
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.publication import FIRST
from bayescale.maintenance.store.versions import Version
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.stack import GROUP, is_stack

if TYPE_CHECKING:
    from bayescale.risk.result import Risk
    from bayescale.scaling.result import Fit


NOBODY = Channels()


@dataclass(frozen=True)
class Published:
    """A version that was published, how its posterior came, and what is to be known of it."""

    version: Version
    path: str
    drift: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Posterior:
    """A posterior, how it came, and of a re-weighted one what came before: the version that was sampled."""

    fitted: "Fit | Risk"
    path: str
    notes: tuple[str, ...] = ()
    sampled_version: int | None = None


def publish(
    spec: ModelSpec,
    store: Store,
    rows: Rows,
    change: Change,
    cores: int | None,
    progress: bool,
    channels: Channels = NOBODY,
) -> Published:
    """Get the posterior that a change asks for, and publish it with the forecasts the spec asks for.

    Runs that landed are scored against what the current version and those before it forecast of them, in the same
    commit; so are the alerts that are owed to `channels`.

    Raises ChecksFailed where the posterior did not converge: nothing is published then.
    """
    require_forecasts(spec, rows)
    landed = _scores(spec, store, rows, change)
    got = _posterior(spec, store, rows, change, cores, progress)
    asked = forecasts(spec, got.fitted)
    new = None
    if isinstance(asked, Forecast):
        new = ledgers.still_open(ledgers.forecast_rows(asked, rows.families), _by_family(spec, rows))
    more = {
        "sampled_version": got.sampled_version,
        "checks": plain(got.fitted.check().table.to_dict("records")),
        "forecast": [] if asked is None else plain(asked.table.to_dict("records")),
        "drift": list(landed.drift),
        "path_notes": list(got.notes),
        **record_of(alerts_for(spec.name, (), change.upstream, landed.drift), channels),
    }
    lineage = lineage_of(spec, rows, change, got.path, more)
    entries = [part for part in (new, landed.rows) if part is not None and len(part)]
    version = store.publish(
        spec.name,
        got.fitted.tree,
        lineage,
        ledger=pd.concat(entries, ignore_index=True) if entries else None,
        parent=change.current or FIRST,
        message=f"{got.path}: {change.why}"[:500],
    )
    return Published(version, got.path, landed.drift, (*rows.value.notes, *got.notes, *landed.notes))


def refused(
    spec: ModelSpec, store: Store, rows: Rows, change: Change, why: str, channels: Channels = NOBODY
) -> Version:
    """Put a fit that failed its checks into the history: the posterior that is published stays."""
    alerts = record_of(alerts_for(spec.name, (why,), change.upstream, ()), channels)
    record = {**lineage_of(spec, rows, change, "", alerts), "why": why.splitlines()[0], "said": why}
    return store.note(spec.name, record, message=why.splitlines()[0][:500])


def _posterior(
    spec: ModelSpec, store: Store, rows: Rows, change: Change, cores: int | None, progress: bool
) -> _Posterior:
    why_not: tuple[str, ...] = ()
    if change.kind == "asked" and change.current is not None:
        try:
            kept = as_posterior(store.load(spec.name, change.current, require_whole))
            return _Posterior(kept, "kept", sampled_version=change.current.lineage.get("sampled_version"))
        except StoredPosteriorError as error:  # damaged, given up, or of a version of bayescale that had another schema
            why_not = (f"sampled anew: {error}",)
    before = _before(spec, store, change)
    if change.kind == "added" and isinstance(rows.value, Runs):
        found = before if isinstance(before, str) else _reweighted(before, rows.value)
        if isinstance(found, _Posterior):
            return found
        why_not = (f"sampled anew: {found}",)
    if isinstance(before, str):
        return _Posterior(sample(spec, rows, cores, progress), "sampled", why_not)
    fitted = sample(spec, rows, cores, progress, before.fit)
    if any(posterior.attribute("warm") for posterior in FittedLaws(fitted.tree).posteriors.values()):
        return _Posterior(fitted, f"sampled, warm-started from version {before.number}", why_not)
    cold = f"not warm-started from version {before.number}: its law or families are others, or its draws did not serve"
    return _Posterior(fitted, "sampled", (*why_not, cold))


@dataclass(frozen=True, eq=False)
class _Before:
    """The last posterior of runs that was sampled, and its version."""

    fit: "Fit"
    number: int


def _before(spec: ModelSpec, store: Store, change: Change) -> "_Before | str":
    """What the next posterior may go on from: re-weighted, or for a warm start; or why there is nothing."""
    from bayescale.scaling.result import Fit

    if change.current is None or not isinstance(spec.what, LossSpec):
        return "there is no posterior before it"
    number = change.current.lineage.get("sampled_version") or change.current.number
    try:
        found = as_posterior(store.load(spec.name, number, require_whole))
    except (StoredPosteriorError, InputError) as error:
        return str(error)
    return _Before(found, number) if isinstance(found, Fit) else "the one before is a model of risk"


def _reweighted(before: _Before, runs: Runs) -> "_Posterior | str":
    """The last sampled posterior re-weighted for the rows that were added since, every law of a stack by itself, the
    laws' weights as they were; or why not."""
    from bayescale.scaling.predict.reweight import Refused, reweighted

    tree, said, members = before.fit.tree, [], {}
    for name, posterior in before.fit.posteriors.items():
        found = reweighted(posterior, runs)
        if isinstance(found, Refused):
            return f"{name}: {found.reason}" if is_stack(tree) else found.reason
        members[name] = found.tree
        said.append(f"{name}: Pareto k̂ {found.pareto_k:.2f}, effective size {found.effective_size:.0f}")
    return _Posterior(as_posterior(_joined(tree, members)), "re-weighted", tuple(said), before.number)


def _joined(tree: xr.DataTree, members: dict[str, xr.DataTree]) -> xr.DataTree:
    """The tree with other members in place of its own."""
    if not is_stack(tree):
        return next(iter(members.values()))
    out = tree.copy()
    for name, member in members.items():
        out[f"/{GROUP}/{name}"] = member
    first = next(iter(members.values()))
    out.attrs = {**tree.attrs, "bayescale_data_digest": first.attrs["bayescale_data_digest"]}
    return out


def _by_family(spec: ModelSpec, rows: Rows) -> pd.DataFrame:
    """The runs, their families as forecasts name them."""
    column = spec.what.model.family if isinstance(spec.what, LossSpec) else None
    return rows.value.table.assign(family=families_of(rows.value.table, column))


@dataclass(frozen=True)
class _Landed:
    rows: pd.DataFrame | None
    drift: tuple[str, ...]
    notes: tuple[str, ...] = ()


def _scores(spec: ModelSpec, store: Store, rows: Rows, change: Change) -> _Landed:
    """Scores of forecasts whose runs are among the rows now, and what fell outside: the alarms of the spec's level.

    Only rows that came to the source since the current version can land a forecast. Where another release of bayescale
    read that version's rows, a row that is merely read or named in another way is not taken for one that came.
    """
    if change.current is None or not isinstance(rows.value, Runs):
        return _Landed(None, ())
    try:
        known = change.current.lineage.get("rows", {})
    except StoredPosteriorError as error:
        why = f"which runs are new cannot be said, so that no forecast is scored: {str(error).splitlines()[0]}"
        return _Landed(None, (), (why,))
    table, keys = _by_family(spec, rows), row_keys(rows.value)
    came = [key not in known for key in keys]
    if not same_release(change.current):
        if unread_by_release(change.current, rows):
            return _Landed(None, (), ("another release of bayescale reads the same source: no run of it is new",))
        came = _without_renamed(came, keys, known, table[rows.value.response].tolist())
    scored = ledgers.landed(store.ledger(spec.name), table[came], rows.value.response)
    outside = ledgers.drift(scored, spec.what.alerts.prob)
    if rows.mark or same_release(change.current):
        return _Landed(scored, outside)
    said = "outside its forecast, perhaps because another release of bayescale reads this source: no drift is raised"
    return _Landed(scored, (), tuple(f"{line}: {said}" for line in outside))


def _without_renamed(came: list[bool], keys: list[str], known: Mapping[str, Any], responses: list[float]) -> list[bool]:
    """Which rows came, where rows that went have the same response: these are known by another key now."""
    here = set(keys)
    gone = Counter(float(one[1]) for key, found in known.items() if key not in here for one in found)
    out = []
    for new, response in zip(came, responses, strict=True):
        renamed = new and gone[response] > 0
        gone[response] -= renamed
        out.append(new and not renamed)
    return out
