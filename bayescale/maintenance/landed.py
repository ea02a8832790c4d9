"""Which rows of a re-fit land forecasts of earlier versions, and their scores."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayescale.data.runs import Runs
from bayescale.data.sources.changes import row_keys
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance import forecast_scores
from bayescale.maintenance.lineage import Change, same_release, unread_by_release
from bayescale.maintenance.source_rows import Rows, families_of
from bayescale.maintenance.specs.spec import HorizonSpec, LossSpec, ModelSpec
from bayescale.maintenance.store.posteriors import Store

if TYPE_CHECKING:
    from bayescale.horizon.result import Horizon
    from bayescale.risk.result import Risk
    from bayescale.scaling.result import Fit


@dataclass(frozen=True)
class Scores:
    """Scores of forecasts that landed.

    Parameters
    ----------
    rows : DataFrame or None
        Scored rows of the forecast log; None where no forecast can land.
    drift : tuple of str
        Sentences on measurements outside the spec's interval.
    notes : tuple of str
        Why something was not scored.
    """

    rows: pd.DataFrame | None
    drift: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def landed_scores(spec: ModelSpec, store: Store, rows: Rows, change: Change, fitted: "Fit | Risk | Horizon") -> Scores:
    """Score the forecasts of earlier versions whose runs or agents are among the rows now.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    store : Store
        The store.
    rows : Rows
        The rows now.
    change : Change
        What asked for the fit.
    fitted : Fit, Risk or Horizon
        The posterior of these rows.

    Returns
    -------
    Scores
        The scores.
    """
    if change.current is None:
        return Scores(None)
    if isinstance(spec.content, HorizonSpec):
        return _of_agents(spec.content, store.ledger(spec.name), fitted)  # type: ignore[arg-type]
    return _of_runs(spec, store, rows, change)


def _of_agents(content: HorizonSpec, log: pd.DataFrame, horizon: "Horizon") -> Scores:
    """Scores of agents that were unknown when their forecast was published."""
    from bayescale.maintenance.horizon_forecasts import measured_agents, unmeasured_note

    agents, unmeasured = measured_agents(content, horizon)
    scored = forecast_scores.score_landed(log, agents, forecast_scores.horizon_response(content.trend.levels[0]))
    waiting = log[log["observed"].isna()]
    named = tuple(name for name in unmeasured if name in set(waiting["run"]))
    notes = (unmeasured_note(named),) if named else ()
    return Scores(scored, forecast_scores.drift(scored, content.alerts.prob), notes)


def _of_runs(spec: ModelSpec, store: Store, rows: Rows, change: Change) -> Scores:
    """Scores of forecasts whose runs are among the rows now, and those outside the spec's interval.

    Only rows added to the source since the current version can land a forecast. Where another release of bayescale read
    that version's rows, a row that is merely read or named differently does not count as added.
    """
    if change.current is None or not isinstance(rows.value, Runs):
        return Scores(None)
    try:
        known = change.current.lineage.get("rows", {})
    except StoredPosteriorError as error:
        why = f"no forecast is scored, since it is unknown which runs are new: {str(error).splitlines()[0]}"
        return Scores(None, (), (why,))
    table, keys = by_family(spec, rows), row_keys(rows.value)
    added = [key not in known for key in keys]
    if not same_release(change.current):
        if unread_by_release(change.current, rows):
            return Scores(None, (), ("another release of bayescale read the same source: no run of it is new",))
        added = _without_renamed(added, keys, known, table[rows.value.response].tolist())
    scored = forecast_scores.score_landed(store.ledger(spec.name), table[added], rows.value.response)
    outside = forecast_scores.drift(scored, spec.content.alerts.prob)
    if rows.mark or same_release(change.current):
        return Scores(scored, outside)
    reason = "this may come from another release of bayescale reading the source, so that it is not reported as drift"
    return Scores(scored, (), tuple(f"{line}: {reason}" for line in outside))


def _without_renamed(
    added: list[bool], keys: list[str], known: Mapping[str, Any], responses: list[float]
) -> list[bool]:
    """Which rows were added. A row with the response of a removed row is not: it had another key before."""
    present = set(keys)
    removed = Counter(float(row[1]) for key, rows in known.items() if key not in present for row in rows)
    out = []
    for new, response in zip(added, responses, strict=True):
        renamed = new and removed[response] > 0
        removed[response] -= renamed
        out.append(new and not renamed)
    return out


def by_family(spec: ModelSpec, rows: Rows) -> pd.DataFrame:
    """Return the runs with families named as in forecasts.

    Parameters
    ----------
    spec : ModelSpec
        The spec.
    rows : Rows
        Its rows.

    Returns
    -------
    DataFrame
        The table of runs.
    """
    column = spec.content.model.family if isinstance(spec.content, LossSpec) else None
    return rows.value.table.assign(family=families_of(rows.value.table, column))
