"""Descriptions of maintained models: a version, the history, forecasts with their outcomes, and what changed.

All content comes from a store: the lineage that a commit keeps, and the log of forecasts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayescale.maintenance.specs.spec import PLACEHOLDERS
from bayescale.report.elements import Drawing
from bayescale.report.formats import Format, number, share, text
from bayescale.report.ledger_formats import interval, measured
from bayescale.report.tables import Table, frame_table, records_of, table_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bayescale.maintenance.diff import Diff
    from bayescale.maintenance.store.versions import Version

DIGEST_LENGTH = 12  # characters of a digest in the description of a version
MOST_EVENTS = 40


def record_of(version: "Version") -> dict[str, Any]:
    """Convert a version to plain data.

    Parameters
    ----------
    version : Version
        The version.

    Returns
    -------
    dict of str to object
        Its fields, without the fingerprints of rows.
    """
    record = {field.name: getattr(version, field.name) for field in fields(version) if field.name != "after"}
    lineage = {name: value for name, value in version.lineage.items() if name != "rows"}
    return {**record, "time": version.time.isoformat(), "lineage": lineage}


def lines_of(version: "Version") -> list[str]:
    """Describe the origin of a version.

    Parameters
    ----------
    version : Version
        The version.

    Returns
    -------
    list of str
        Lines of text: version, reason, rows, claim, known limits, notes and drift.
    """
    lineage = version.lineage
    card = card_of(lineage)
    lines = [
        f"{version.model}, version {version.number}, {version.kind} {version.time:%Y-%m-%d %H:%M} UTC",
        f"reason: {version.message}",
        f"rows from {lineage.get('source', 'unknown')} (sha256 {str(lineage.get('data_digest', ''))[:DIGEST_LENGTH]})",
    ]
    lines += [f"claim: {' '.join(card['claim'].split())}"] if card.get("claim") else []
    lines += [f"known limit: {limit}" for limit in card.get("known_limits", ())]
    lines += [f"note: {note}" for note in lineage.get("notes", ())]
    return lines + [f"DRIFT {sentence}" for sentence in lineage.get("drift", ())]


def card_of(lineage: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card of a version's spec without placeholders that nobody replaced.

    Parameters
    ----------
    lineage : mapping
        The lineage of the version.

    Returns
    -------
    dict of str to object
        Fields of the card.
    """
    card = dict(lineage.get("spec", {}).get("card", {}))
    for name, placeholder in PLACEHOLDERS.items():
        value = card.get(name)
        if value == placeholder:
            del card[name]
        elif isinstance(value, list | tuple):
            card[name] = [text for text in value if text != placeholder]
    return card


def tables_of(version: "Version") -> list[Table]:
    """Return the forecasts that were published with a version, and its checks.

    Parameters
    ----------
    version : Version
        The version.

    Returns
    -------
    list of Table
        The tables that are not empty.
    """
    lineage = version.lineage
    tables = []
    if "horizon" in lineage.get("spec", {}):
        from bayescale.report.horizon.tables import published_tables

        tables = published_tables(lineage)
    elif lineage.get("forecast"):
        tables.append(frame_table("forecast", pd.DataFrame(lineage["forecast"]), "Forecast"))
    if lineage.get("checks"):
        from bayescale.report.findings import CAPTION, columns_of_checks

        tables.append(table_of("checks", pd.DataFrame(lineage["checks"]), CAPTION, columns_of_checks()))
    return tables


def history_table(versions: Sequence["Version"]) -> Table:
    """Format the history of a model, newest first.

    Parameters
    ----------
    versions : sequence of Version
        The history, oldest first.

    Returns
    -------
    Table
        One row per version.
    """
    rows = [
        {
            "version": version.number,
            "kind": version.kind,
            "time": f"{version.time:%Y-%m-%d %H:%M}",
            "path": version.lineage.get("path", ""),
            "what": version.message,
            "kept": "pinned" if version.pinned else "" if version.kept else "draws deleted",
        }
        for version in reversed(versions)
    ]
    headings = {"version": "version", "kind": "kind", "time": "time (UTC)"}
    headings |= {"path": "path", "what": "reason", "kept": "draws"}
    columns = {heading: text(name) for name, heading in headings.items()}
    return table_of("history", pd.DataFrame(rows), "History, newest first", columns, MOST_EVENTS)


def ledger_tables(ledger: pd.DataFrame) -> list[Table]:
    """Compare forecasts with the runs that have been measured since.

    Parameters
    ----------
    ledger : pandas.DataFrame
        The table of `Store.ledger`.

    Returns
    -------
    list of Table
        Forecasts with their outcomes, and the coverage of the intervals; none before the first run is measured.
    """
    scored = ledger[ledger["observed"].notna()]
    if scored.empty:
        return []
    from bayescale.maintenance.forecast_scores import running_calibration

    columns: dict[str, Format] = {
        "version": number("version", ".0f"),
        "run": text("scored_run"),
        "family": text("family"),
        "forecast": measured("run_median"),
        "interval": interval,
        "measured": measured("observed"),
        "PIT": share("pit"),
    }
    if not scored["family"].astype(bool).any():  # forecasts of agents, or of new families alone
        del columns["family"]
    caption = "Forecasts whose runs are measured, newest first; PIT: forecast probability of a smaller value"
    return [
        table_of("landed", scored.iloc[::-1], caption, columns, MOST_EVENTS),
        frame_table("calibration", running_calibration(ledger), "Coverage of the intervals of all forecasts so far"),
    ]


def ledger_drawings(ledger: pd.DataFrame) -> tuple[Drawing, ...]:
    """Return the figure of a log of forecasts.

    Parameters
    ----------
    ledger : pandas.DataFrame
        The table of `Store.ledger`.

    Returns
    -------
    tuple of Drawing
        One figure; none before the first forecast.
    """
    if ledger.empty:
        return ()
    measured = int(ledger["observed"].notna().sum())
    alt = (
        f"Forecasts by target over the versions of the model ({measured} of {len(ledger)} measured), and the share of "
        "measurements inside their intervals so far."
    )
    caption = (
        "Bars are the published intervals of one new run. Diamonds are measured values; filled diamonds lie outside "
        "the interval. The lower panel shows the share inside so far, and its range for a calibrated model."
    )
    return (Drawing("ledger", "Forecasts and measurements", alt, caption, partial(_draw, ledger)),)


def _draw(ledger: pd.DataFrame) -> "Figure":
    from bayescale.plots.forecast_log import plot_ledger

    return plot_ledger(ledger)


def targets_of(version: "Version") -> pd.DataFrame | None:
    """Return the targets that the spec of a version forecasts.

    Parameters
    ----------
    version : Version
        The version.

    Returns
    -------
    pandas.DataFrame or None
        The targets; None for a model of risk, and where the spec has no forecast. Those of time horizons have the
        `level` and the `agents` of the trend.
    """
    spec = version.lineage.get("spec", {})
    forecasts = spec.get("forecast")
    if forecasts and "horizon" in spec:
        trend = spec.get("trend", {})
        added = {"level": trend.get("levels", [0.5])[0], "agents": trend.get("agents", [])}
        return pd.DataFrame([{**target, **added} for target in forecasts])
    return pd.DataFrame(forecasts) if forecasts else None


def diff_tables(diff: "Diff") -> list[Table]:
    """Format what changed between two versions.

    Parameters
    ----------
    diff : Diff
        The difference.

    Returns
    -------
    list of Table
        The tables that are not empty.
    """
    return [frame_table(name, frame, caption, MOST_EVENTS) for name, caption, frame in diff.tables if len(frame)]


def diff_record(diff: "Diff") -> dict[str, Any]:
    """Convert what changed between two versions to plain data.

    Parameters
    ----------
    diff : Diff
        The difference.

    Returns
    -------
    dict of str to list of dict
        Rows by the name of their table.
    """
    return {name: plain(frame) for name, _, frame in diff.tables}


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Convert a table to plain data.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.

    Returns
    -------
    list of dict
        One dict per row.
    """
    return [dict(record) for record in records_of(frame)]
