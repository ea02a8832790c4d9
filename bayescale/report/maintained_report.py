"""The report of a maintained model: the report of its posterior, the card of its spec, and its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayescale.errors import InputError
from bayescale.report.elements import Facts, Notes, Part, Report, Section
from bayescale.report.maintained import card_of, history_table, ledger_drawings, ledger_tables, targets_of
from bayescale.report.origin import origin_of

if TYPE_CHECKING:
    from bayescale.maintenance.store.posteriors import Store
    from bayescale.maintenance.store.versions import Version
    from bayescale.report.names import Names

CARD_LISTS = {"known_limits": "known limits", "sources": "sources"}  # texts that people wrote


@dataclass(frozen=True, eq=False)
class _Record:
    """The record of a model in a store, without its posterior."""

    card: Mapping[str, Any]
    version: "Version"
    versions: "Sequence[Version]"
    ledger: pd.DataFrame

    @property
    def claim(self) -> str:
        return " ".join(str(self.card.get("claim", "")).split())


def report_of(store: "Store", name: str, which: object, prob: float, redact: bool) -> Report:
    """Write the report of a maintained model.

    Parameters
    ----------
    store : Store
        The store.
    name : str
        The model.
    which : object
        Number, id or time of a version; None for the current one.
    prob : float
        Probability of the intervals.
    redact : bool
        Replace names of groups, prompts, families and runs by neutral ones, and leave out texts that may contain a
        name.

    Returns
    -------
    Report
        The report of the posterior, followed by the sections "Card" and "History".

    Raises
    ------
    InputError
        The store has no such model or version, or the spec has no forecast.
    """
    from bayescale.loading import require_whole

    version = store.version(name, which)
    tree = store.load(name, version, require_whole)
    record = _Record(card_of(version.lineage), version, store.history(name), store.ledger(name))
    spec = version.lineage.get("spec", {})
    report_posterior = _risk_report if "risk" in spec else _horizon_report if "horizon" in spec else _loss_report
    content, record = report_posterior(tree, record, prob, redact)
    sections = (*content.sections, _card(record), _history(record))
    owner, requested_by = (str(record.card.get(name, "")) for name in ("owner", "requested_by"))
    origin = origin_of(owner, requested_by, f"{version.time:%Y-%m-%d}")
    return replace(content, sections=tuple(section for section in sections if section.parts), origin=origin)


def _title(version: "Version") -> str:
    return f"{version.model}, version {version.number}"


def _risk_report(tree: Any, record: _Record, prob: float, redact: bool) -> tuple[Report, _Record]:
    """The report of a risk posterior, and the record under the same names."""
    from bayescale.report.names import names_of_risk
    from bayescale.report.risk.content import risk_report
    from bayescale.risk.result import Risk

    risk, budgets = Risk(tree), record.version.lineage["spec"].get("budgets", [1_000, 10_000])
    record = _redacted(record, names_of_risk(risk)) if redact else record
    title = _title(record.version)
    return risk_report(risk, budgets, prob, title=title, claim=record.claim, redact=redact), record


def _horizon_report(tree: Any, record: _Record, prob: float, redact: bool) -> tuple[Report, _Record]:
    """The report of a horizon posterior, and the record under the same names."""
    from bayescale.horizon.result import Horizon
    from bayescale.report.horizon.content import horizon_report
    from bayescale.report.names import names_of_horizon

    horizon, spec = Horizon(tree), record.version.lineage["spec"]
    trend, dates = spec.get("trend", {}), [target["date"] for target in spec.get("forecast", ())]
    record = _redacted(record, names_of_horizon(horizon, record.ledger)) if redact else record
    content = horizon_report(
        horizon,
        trend.get("levels", (0.5, 0.8)),
        prob,
        dates=list(dict.fromkeys(dates)) or None,
        minutes=trend.get("reach") or (60.0, 480.0),
        agents=trend.get("agents") or None,
        title=_title(record.version),
        claim=record.claim,
        redact=redact,
    )
    return content, record


def _loss_report(tree: Any, record: _Record, prob: float, redact: bool) -> tuple[Report, _Record]:
    """The report of a posterior of losses, and the record under the same names."""
    from bayescale.report.loss.content import loss_report
    from bayescale.report.names import names_of
    from bayescale.scaling.result import Fit

    fit, targets = Fit(tree), targets_of(record.version)
    if targets is None:
        raise InputError(
            f"the spec of {record.version.model!r} has no [[forecast]], so there is nothing to report: "
            "add one to the spec and run bayescale refit"
        )
    record = _redacted(record, names_of(fit, targets, record.ledger)) if redact else record
    content = loss_report(
        fit,
        fit.forecast(targets, prob),
        fit.check(targets),
        title=_title(record.version),
        claim=record.claim,
        notes=record.version.lineage["notes"],
        redact=redact,
    )
    return content, record


def _redacted(record: _Record, names: "Names") -> _Record:
    """The record under neutral names: without messages of versions and without texts that mention a name."""
    from bayescale.report.loss.neutral_names import hidden_ledger, hidden_message

    card = {**record.card, "claim": "" if names.mentioned(record.claim) else record.claim}
    card |= {field: names.unmentioned(card.get(field, ()), subject) for field, subject in CARD_LISTS.items()}
    versions = tuple(replace(version, message=hidden_message(version)) for version in record.versions)
    version = replace(record.version, message=hidden_message(record.version))
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
