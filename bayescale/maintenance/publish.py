"""From a change to a published version: the posterior by the cheapest valid path, its forecasts and its lineage."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from bayescale.data.runs import Runs
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.loading import require_whole
from bayescale.maintenance import forecast_scores
from bayescale.maintenance.alerts.delivery import Channels, alerts_for
from bayescale.maintenance.alerts.pending import record_of
from bayescale.maintenance.horizon_forecasts import HorizonForecasts
from bayescale.maintenance.landed import by_family, landed_scores
from bayescale.maintenance.lineage import Change, lineage_of
from bayescale.maintenance.model_kinds import forecasts, maintained_posterior, plain, require_forecasts, sample
from bayescale.maintenance.source_rows import Rows
from bayescale.maintenance.specs.spec import LossSpec, ModelSpec
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.publication import FIRST
from bayescale.maintenance.store.versions import Version
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.stack import GROUP, is_stack

if TYPE_CHECKING:
    from bayescale.horizon.result import Horizon
    from bayescale.risk.result import Risk
    from bayescale.scaling.result import Fit


NO_CHANNELS = Channels()


@dataclass(frozen=True)
class Published:
    """A published version.

    Parameters
    ----------
    version : Version
        The version.
    path : str
        How its posterior was obtained.
    drift : tuple of str
        Runs outside their forecasts.
    notes : tuple of str
        Whatever else must be known.
    """

    version: Version
    path: str
    drift: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _NewPosterior:
    """A posterior and how it was obtained; of a re-weighted one, the version that was sampled."""

    fitted: "Fit | Risk | Horizon"
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
    channels: Channels = NO_CHANNELS,
) -> Published:
    """Obtain the posterior that a change needs, and publish it with the forecasts of the spec.

    Runs that landed are scored against the forecasts of earlier versions in the same commit, which also records the
    alerts that are pending.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    store : Store
        The store.
    rows : Rows
        Its rows.
    change : Change
        What asked for the fit.
    cores : int or None
        Processes for the chains.
    progress : bool
        Whether to show progress.
    channels : Channels, optional
        Where alerts go.

    Returns
    -------
    Published
        The version.

    Raises
    ------
    ChecksFailed
        The posterior did not converge; nothing is published.
    """
    require_forecasts(spec, rows)
    posterior = _new_posterior(spec, store, rows, change, cores, progress)
    landed = landed_scores(spec, store, rows, change, posterior.fitted)
    forecast = forecasts(spec, posterior.fitted)
    new = None
    if isinstance(forecast, Forecast):
        new = forecast_scores.without_landed(
            forecast_scores.forecast_rows(forecast, rows.families), by_family(spec, rows)
        )
    elif isinstance(forecast, HorizonForecasts):
        new = forecast.rows
    more = {
        "sampled_version": posterior.sampled_version,
        "checks": plain(posterior.fitted.check().table.to_dict("records")),
        "forecast": [] if forecast is None else plain(forecast.table.to_dict("records")),
        **({"tables": _plain_tables(forecast.tables)} if isinstance(forecast, HorizonForecasts) else {}),
        "drift": list(landed.drift),
        "path_notes": list(posterior.notes),
        **record_of(alerts_for(spec.name, (), change.upstream, landed.drift), channels),
    }
    lineage = lineage_of(spec, rows, change, posterior.path, more)
    entries = [part for part in (new, landed.rows) if part is not None and len(part)]
    version = store.publish(
        spec.name,
        posterior.fitted.tree,
        lineage,
        ledger=pd.concat(entries, ignore_index=True) if entries else None,
        parent=change.current or FIRST,
        message=f"{posterior.path}: {change.why}"[:500],
    )
    return Published(version, posterior.path, landed.drift, (*rows.value.notes, *posterior.notes, *landed.notes))


def record_failure(
    spec: ModelSpec, store: Store, rows: Rows, change: Change, why: str, channels: Channels = NO_CHANNELS
) -> Version:
    """Record a fit that failed its checks in the history; the published posterior stays.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    store : Store
        The store.
    rows : Rows
        Its rows.
    change : Change
        What asked for the fit.
    why : str
        The failed checks.
    channels : Channels, optional
        Where alerts go.

    Returns
    -------
    Version
        The entry of the history.
    """
    alerts = record_of(alerts_for(spec.name, (why,), change.upstream, ()), channels)
    record = {**lineage_of(spec, rows, change, "", alerts), "why": why.splitlines()[0], "said": why}
    return store.note(spec.name, record, message=why.splitlines()[0][:500])


def _new_posterior(
    spec: ModelSpec, store: Store, rows: Rows, change: Change, cores: int | None, progress: bool
) -> _NewPosterior:
    why_not: tuple[str, ...] = ()
    if change.kind == "same posterior" and change.current is not None:
        try:
            fitted = maintained_posterior(store.load(spec.name, change.current, require_whole))
            return _NewPosterior(fitted, "kept", sampled_version=change.current.lineage.get("sampled_version"))
        except StoredPosteriorError as error:  # damaged, deleted, or of another schema
            why_not = (f"sampled again: {error}",)
    before = _before(spec, store, change)
    if change.kind == "added" and isinstance(rows.value, Runs):
        result = before if isinstance(before, str) else _reweighted(before, rows.value)
        if isinstance(result, _NewPosterior):
            return result
        why_not = (f"sampled, not re-weighted: {result}",)
    if isinstance(before, str):
        return _NewPosterior(sample(spec, rows, cores, progress), "sampled", why_not)
    fitted = sample(spec, rows, cores, progress, before.fit)
    if any(posterior.attribute("warm") for posterior in FittedLaws(fitted.tree).posteriors.values()):
        return _NewPosterior(fitted, f"sampled, warm-started from version {before.number}", why_not)
    cold = f"not warm-started from version {before.number}: its law or families differ, or its draws do not suit"
    return _NewPosterior(fitted, "sampled", (*why_not, cold))


@dataclass(frozen=True, eq=False)
class _PreviousFit:
    """The last posterior of runs that was sampled, and its version."""

    fit: "Fit"
    number: int


def _before(spec: ModelSpec, store: Store, change: Change) -> "_PreviousFit | str":
    """The fit that the next posterior may start from, re-weighted or as a warm start; or why there is none."""
    from bayescale.scaling.result import Fit

    if change.current is None or not isinstance(spec.content, LossSpec):
        return "there is no earlier posterior"
    number = change.current.lineage.get("sampled_version") or change.current.number
    try:
        fitted = maintained_posterior(store.load(spec.name, number, require_whole))
    except (StoredPosteriorError, InputError) as error:
        return str(error)
    return _PreviousFit(fitted, number) if isinstance(fitted, Fit) else "the earlier posterior is not one of runs"


def _reweighted(before: _PreviousFit, runs: Runs) -> "_NewPosterior | str":
    """The last sampled posterior re-weighted for added rows, or why not; each law of a stack keeps its weight."""
    from bayescale.scaling.predict.added_rows import Refused
    from bayescale.scaling.predict.reweight import reweighted

    tree, notes, members = before.fit.tree, [], {}
    for name, posterior in before.fit.posteriors.items():
        result = reweighted(posterior, runs)
        if isinstance(result, Refused):
            return f"{name}: {result.reason}" if is_stack(tree) else result.reason
        members[name] = result.tree
        notes.append(f"{name}: Pareto k̂ {result.pareto_k:.2f}, effective size {result.effective_size:.0f}")
    return _NewPosterior(maintained_posterior(_joined(tree, members)), "re-weighted", tuple(notes), before.number)


def _plain_tables(tables: dict[str, pd.DataFrame]) -> dict[str, object]:
    return {name: plain(table.to_dict("records")) for name, table in tables.items()}


def _joined(tree: xr.DataTree, members: dict[str, xr.DataTree]) -> xr.DataTree:
    """The tree of a stack with other members."""
    if not is_stack(tree):
        return next(iter(members.values()))
    out = tree.copy()
    for name, member in members.items():
        out[f"/{GROUP}/{name}"] = member
    first = next(iter(members.values()))
    out.attrs = {**tree.attrs, "bayescale_data_digest": first.attrs["bayescale_data_digest"]}
    return out
