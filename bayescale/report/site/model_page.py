"""The page of a model: forecasts against landed runs, calibration so far, alerts, differences of versions, reports."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pandas as pd

from bayescale.maintenance.forecast_scores import horizon_level
from bayescale.maintenance.store.versions import Version
from bayescale.report.elements import Drawing, Facts, Notes, Section, Text
from bayescale.report.formats import number, percent, text
from bayescale.report.maintained import MOST_EVENTS, history_table, ledger_tables
from bayescale.report.site.chart import Interval, interval_svg
from bayescale.report.site.forecasts import KINDS, forecasts_of, label_of
from bayescale.report.site.page import SitePage
from bayescale.report.site.record import ModelRecord
from bayescale.report.tables import Table, table_of

MOST_TARGETS = 12  # of a chart
MOST_VERSIONS = 20  # posteriors with a page of their own, newest first
NO_FORECAST = "The spec of the model has no forecast."


def version_link(version: Version) -> str:
    """Return the name of a version's page.

    Parameters
    ----------
    version : Version
        The version.

    Returns
    -------
    str
        A file name in the folder of the model.
    """
    return f"version-{version.number}.html"


def pages_of_versions(record: ModelRecord) -> tuple[Version, ...]:
    """Return the versions that have a page.

    Parameters
    ----------
    record : ModelRecord
        The record.

    Returns
    -------
    tuple of Version
        The newest posteriors, oldest first.
    """
    return record.posteriors[-MOST_VERSIONS:]


def model_page(record: ModelRecord, links: tuple[tuple[str, str], ...] = ()) -> SitePage:
    """Describe a model.

    Parameters
    ----------
    record : ModelRecord
        What the store records of it.
    links : tuple of tuple of str, default ()
        Names and relative links of pages about its posterior.

    Returns
    -------
    SitePage
        The page.
    """
    state, sentence = record.state
    claim = " ".join(str(record.card.get("claim", "")).split())
    sections = (
        Section("forecast", "Current forecast", (forecast_table(record), *_chart(record), *_horizons(record))),
        Section("landed", "Forecasts and landed runs", tuple(_landed(record))),
        Section("alerts", "Alerts", (alerts_table(record.alerts),)),
        Section("changes", "Differences of versions", (changes_table(record.posteriors),)),
        Section("history", "History and reports", (_history(record),)),
        Section("card", "Card", _card(record)),
    )
    return SitePage(record.name, claim, state, sentence, sections, links)


def forecast_table(record: ModelRecord) -> Table | Text:
    """Format the current forecasts.

    Parameters
    ----------
    record : ModelRecord
        The record.

    Returns
    -------
    Table or Text
        One row per target; a sentence where there is none.
    """
    forecasts = () if record.current is None else forecasts_of(record.current)
    if not forecasts:
        return Text("forecast", (NO_FORECAST,))
    rows = pd.DataFrame([{"target": forecast.label, "forecast": forecast.text} for forecast in forecasts])
    caption = f"Median and interval of {KINDS[forecasts[0].kind]}, as published"
    return table_of("forecast", rows, caption, {"target": text("target"), "forecast": text("forecast")}, MOST_EVENTS)


def _horizons(record: ModelRecord) -> tuple[Table, ...]:
    """Horizons, doubling time and probabilities that horizons are reached, of a model of time horizons."""
    if record.current is None or "horizon" not in record.current.lineage.get("spec", {}):
        return ()
    from bayescale.report.horizon.tables import published_tables

    return tuple(table for table in published_tables(record.current.lineage) if table.name != "forecast")


def _chart(record: ModelRecord) -> tuple[Drawing, ...]:
    """The last forecast of each target with its measurement."""
    if record.ledger.empty:
        return ()
    last = record.ledger.drop_duplicates(["family", "run", "inputs", "response"], keep="last")
    last = last[last["run_lower"].notna() & last["run_median"].notna() & last["run_upper"].notna()]
    rows = [
        Interval(
            _label(row),
            float(row["run_lower"]),
            float(row["run_median"]),
            float(row["run_upper"]),
            float(row["observed"]) if math.isfinite(row["observed"]) else None,
        )
        for row in last.tail(MOST_TARGETS).to_dict("records")
    ]
    if not rows:
        return ()
    landed = sum(row.measured is not None for row in rows)
    alt = f"The last forecast of each of {len(rows)} targets; {landed} of them are measured."
    response = str(record.ledger["response"].iloc[-1])
    level = horizon_level(response)
    subject = f"{response} of one new run" if level is None else f"{percent(level)} horizon of one agent, on a log axis"
    caption = (
        f"{subject}: interval and median of the last forecast. Diamonds are measured values; filled diamonds lie "
        "outside the interval."
    )
    return (
        Drawing(
            "intervals",
            "Forecasts and measurements",
            alt,
            caption,
            partial(interval_svg, rows, times=level is not None),
        ),
    )


def _label(row: Mapping[Any, Any]) -> str:
    """A target of the forecast log in words."""
    family = "" if horizon_level(row["response"]) is not None else row["family"] or "new family"
    return label_of({"run": row["run"], "family": family, **json.loads(row["inputs"])})


def _landed(record: ModelRecord) -> list[Table | Text]:
    tables = [] if record.ledger.empty else ledger_tables(record.ledger)
    return [*tables] or [Text("landed", ("No run of a forecast has landed yet.",))]


def alerts_table(alerts: pd.DataFrame, links: Sequence[str] = ()) -> Table | Text:
    """Format alerts, newest first.

    Parameters
    ----------
    alerts : DataFrame
        As of `ModelRecord.alerts`.
    links : sequence of str, default ()
        Where the first cell of each row leads; then the table has a column `model` in front.

    Returns
    -------
    Table or Text
        One row per alert; a sentence where there is none.
    """
    if alerts.empty:
        return Text("alerts", ("There were no alerts.",))
    columns = {
        **({"model": text("model")} if links else {}),
        "time (UTC)": text("time"),
        "version": text("version"),
        "kind": text("kind"),
        "message": text("message"),
    }
    dated = alerts.assign(time=[f"{time:%Y-%m-%d %H:%M}" for time in alerts["time"]])
    return replace(table_of("alerts", dated, "Newest first", columns, MOST_EVENTS), links=tuple(links[:MOST_EVENTS]))


def changes_table(posteriors: Sequence[Version]) -> Table | Text:
    """Compare the forecasts of each version with those of the version before.

    Parameters
    ----------
    posteriors : sequence of Version
        The versions, oldest first.

    Returns
    -------
    Table or Text
        One row per target that both versions forecast, newest first; a sentence where there is none.
    """
    rows = []
    for before, after in reversed(list(pairwise(posteriors))):
        earlier = {forecast.label: forecast for forecast in forecasts_of(before)}
        for forecast in forecasts_of(after):
            old = earlier.get(forecast.label)
            if old is None or old.upper <= old.lower:
                continue
            rows.append(
                {
                    "versions": f"{before.number} → {after.number}",
                    "target": forecast.label,
                    "before": old.median_text,
                    "after": forecast.median_text,
                    "moved": forecast.moved_from(old),
                    "why": after.message,
                }
            )
    if not rows:
        return Text("changes", ("No two versions forecast the same target yet.",))
    columns = {
        "versions": text("versions"),
        "target": text("target"),
        "before": text("before"),
        "after": text("after"),
        "moved": number("moved", "+.2f"),
        "reason": text("why"),
    }
    caption = "Medians before and after; moved: in half widths of the earlier interval"
    return table_of("changes", pd.DataFrame(rows), caption, columns, MOST_EVENTS)


def _history(record: ModelRecord) -> Table | Text:
    """The history, newest first; a posterior leads to its page."""
    if not record.versions:
        return Text("history", ("There is no version.",))
    table = history_table(record.versions)
    linked = {version.number for version in pages_of_versions(record)}
    newest_first = list(reversed(record.versions))[: len(table.rows)]
    links = tuple(version_link(version) if version.number in linked else "" for version in newest_first)
    return replace(table, links=links)


def _card(record: ModelRecord) -> tuple[Facts | Notes, ...]:
    card = record.card
    facts = {"Owner": str(card["owner"])} if card.get("owner") else {}
    return (
        Facts("card", facts),
        Notes("known_limits", tuple(card.get("known_limits", ())), "Known limits"),
        Notes("sources", tuple(card.get("sources", ())), "Sources"),
    )
