"""What a store says of a maintained model: a version, its history, what moved, and the report of its current posterior.

Everything comes from the store: the posterior's tree, the lineage that its commit keeps, the ledger of forecasts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayescale.errors import InputError
from bayescale.maintenance.spec import PLACEHOLDERS
from bayescale.report.elements import Drawing, Facts, Notes, Part, Report, Section
from bayescale.report.tables import (
    Format,
    Table,
    frame_table,
    number,
    records_of,
    share,
    spanned,
    table_of,
    text,
)

if TYPE_CHECKING:
    from bayescale.maintenance.diff import Diff
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.maintenance.store.versions import Version
    from bayescale.report.loss.neutral_names import Names

SHORT = 12  # characters of a digest that people are shown
MOST_EVENTS = 40
CARD = {"known_limits": "known limits", "sources": "sources"}  # lists of texts that people wrote


def record_of(version: "Version") -> dict[str, Any]:
    """A version as plain data: the record of the fit without the fingerprints of its rows."""
    said = {one.name: getattr(version, one.name) for one in fields(version) if one.name != "after"}
    lineage = {name: value for name, value in version.lineage.items() if name != "rows"}
    return {**said, "time": version.time.isoformat(), "lineage": lineage}


def lines_of(version: "Version") -> list[str]:
    """Where a version comes from, in lines."""
    said = version.lineage
    card = card_of(said)
    lines = [
        f"{version.model}, version {version.number}, {version.kind} {version.time:%Y-%m-%d %H:%M} UTC",
        f"why: {version.message}",
        f"rows from {said.get('source', 'unknown')} (sha256 {str(said.get('data_digest', ''))[:SHORT]})",
    ]
    lines += [f"claim: {' '.join(card['claim'].split())}"] if card.get("claim") else []
    lines += [f"known limit: {one}" for one in card.get("known_limits", ())]
    lines += [f"note: {one}" for one in said.get("notes", ())]
    return lines + [f"DRIFT {one}" for one in said.get("drift", ())]


def card_of(lineage: Mapping[str, Any]) -> dict[str, Any]:
    """The card of a version's spec without what a starter left to be filled in."""
    card = dict(lineage.get("spec", {}).get("card", {}))
    for name, placeholder in PLACEHOLDERS.items():
        said = card.get(name)
        if said == placeholder:
            del card[name]
        elif isinstance(said, list | tuple):
            card[name] = [one for one in said if one != placeholder]
    return card


def tables_of(version: "Version") -> list[Table]:
    """The forecasts that were published with a version, and what its checks found."""
    said = version.lineage
    tables = []
    if said.get("forecast"):
        tables.append(frame_table("forecast", pd.DataFrame(said["forecast"]), "What it forecasts"))
    if said.get("checks"):
        from bayescale.report.findings import columns_of_checks

        frame = pd.DataFrame(said["checks"])
        tables.append(table_of("checks", frame, "What speaks for and against this posterior", columns_of_checks()))
    return tables


def history_table(versions: Sequence["Version"]) -> Table:
    """Everything that happened, the last first."""
    rows = [
        {
            "version": one.number,
            "kind": one.kind,
            "time": f"{one.time:%Y-%m-%d %H:%M}",
            "path": one.lineage.get("path", ""),
            "what": one.message,
            "kept": "pinned" if one.pinned else "" if one.kept else "draws given up",
        }
        for one in reversed(versions)
    ]
    columns = {name: text(name) for name in ("version", "kind", "time", "path", "what", "kept")}
    return table_of("history", pd.DataFrame(rows), "What happened, the last first", columns, MOST_EVENTS)


def ledger_tables(ledger: pd.DataFrame) -> list[Table]:
    """Forecasts whose runs landed, and how well the intervals held so far; nothing before the first landed."""
    scored = ledger[ledger["observed"].notna()]
    if scored.empty:
        return []
    from bayescale.maintenance.forecast_scores import running_calibration

    columns: dict[str, Format] = {
        "version": number("version", ".0f"),
        "run": text("scored_run"),
        "family": text("family"),
        "forecast": number("run_median"),
        "interval": lambda row: spanned(row["run_lower"], row["run_upper"]),
        "measured": number("observed"),
        "share below": share("pit"),
    }
    fared = running_calibration(ledger)
    return [
        table_of("landed", scored.iloc[::-1], "Forecasts whose runs landed, the last first", columns, MOST_EVENTS),
        frame_table("calibration", fared, "How often intervals held, over everything forecast so far"),
    ]


def ledger_drawings(ledger: pd.DataFrame) -> tuple[Drawing, ...]:
    """The ledger as a figure; none before a first forecast."""
    if ledger.empty:
        return ()
    from bayescale.plots.forecast_log import plot_ledger
    from bayescale.report.loss.figures import drawing

    figure = plot_ledger(ledger)
    landed = int(ledger["observed"].notna().sum())
    alt = (
        f"Forecasts by target over the model's versions, {landed} of {len(ledger)} landed, and the share inside so far."
    )
    caption = (
        "Bars are intervals of one new run as they were published; diamonds are what was measured, filled where it "
        "fell outside. Below, how often intervals held so far, and where that share of a calibrated model would lie."
    )
    return (drawing("ledger", "Forecasts and what landed", alt, caption, figure),)


def targets_of(version: "Version") -> pd.DataFrame | None:
    """What a version's spec forecasts, as targets; None where it forecasts nothing, or is of risk."""
    asked = version.lineage.get("spec", {}).get("forecast")
    return pd.DataFrame(asked) if asked else None


def diff_tables(found: "Diff") -> list[Table]:
    """What moved between two versions, as tables people read."""
    return [frame_table(name, frame, caption, MOST_EVENTS) for name, caption, frame in found.tables if len(frame)]


def diff_record(found: "Diff") -> dict[str, Any]:
    return {name: [dict(one) for one in records_of(frame)] for name, _, frame in found.tables}


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values."""
    return [dict(one) for one in records_of(frame)]


@dataclass(frozen=True, eq=False)
class _Record:
    """What a store says of a model beside its posterior: card, version, everything that happened, ledger."""

    card: Mapping[str, Any]
    version: "Version"
    versions: "Sequence[Version]"
    ledger: pd.DataFrame

    @property
    def claim(self) -> str:
        return " ".join(str(self.card.get("claim", "")).split())


def report_of(store: "Store", name: str, which: object, prob: float, redact: bool) -> Report:
    """The report of a maintained model: its forecast or risk as any report has it, then the card and its history.
    `redact` gives neutral names to groups, prompts, families and runs, and leaves out texts that may name them."""
    from bayescale.loading import require_whole
    from bayescale.report.loss.content import loss_report
    from bayescale.report.loss.neutral_names import names_of, names_of_risk
    from bayescale.report.risk.content import risk_report
    from bayescale.risk.result import Risk
    from bayescale.scaling.result import Fit

    version = store.version(name, which)
    tree = store.load(name, version, require_whole)
    spec = version.lineage.get("spec", {})
    record = _Record(card_of(version.lineage), version, store.history(name), store.ledger(name))
    title = f"{name}, version {version.number}"
    if "risk" in spec:
        budgets, risk = spec.get("budgets", [1_000, 10_000]), Risk(tree)
        record = _hidden(record, names_of_risk(risk)) if redact else record
        content = risk_report(risk, budgets, prob, title=title, claim=record.claim, redact=redact)
    else:
        targets = targets_of(version)
        if targets is None:
            raise InputError(f"the spec of {name!r} asks for no [[forecast]]: add one, and refit")
        fit = Fit(tree)
        record = _hidden(record, names_of(fit, targets, record.ledger)) if redact else record
        content = loss_report(
            fit,
            fit.forecast(targets, prob),
            fit.check(targets),
            title=title,
            claim=record.claim,
            notes=version.lineage["notes"],
            redact=redact,
        )
    sections = (*content.sections, _card(record), _history(record))
    return replace(content, sections=tuple(one for one in sections if one.parts))


def _hidden(record: _Record, names: "Names") -> _Record:
    """The same under neutral names: of messages what names no row, of the card what mentions no name."""
    from bayescale.report.loss.neutral_names import hidden_ledger, hidden_message

    card = {**record.card, "claim": "" if names.mentioned(record.claim) else record.claim}
    card |= {one: names.unmentioned(card.get(one, ()), what) for one, what in CARD.items()}
    versions = tuple(replace(one, message=hidden_message(one.kind, one.message)) for one in record.versions)
    version = replace(record.version, message=hidden_message(record.version.kind, record.version.message))
    return _Record(card, version, versions, hidden_ledger(record.ledger, names))


def _card(record: _Record) -> Section:
    card, version = record.card, record.version
    facts = {
        "Owner": str(card.get("owner", "")),
        "Published": f"{version.time:%Y-%m-%d %H:%M} UTC, {version.message}",
        "Rows": f"sha256 {version.lineage.get('data_digest', '')}",
        "Spec": f"sha256 {version.lineage.get('spec_digest', '')}",
    }
    facts = {name: value for name, value in facts.items() if value}
    limits = Notes("known_limits", tuple(card.get("known_limits", ())), "Known limits")
    sources = Notes("sources", tuple(card.get("sources", ())), "Sources")
    return Section("card", "Card", (Facts("card", facts), limits, sources))


def _history(record: _Record) -> Section:
    ledger = record.ledger
    parts: tuple[Part, ...] = (history_table(record.versions), *ledger_tables(ledger), *ledger_drawings(ledger))
    return Section("history", "History", parts)
