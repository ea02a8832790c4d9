"""The report of a forecast: everything in it comes from the posterior's tree and the forecast's table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bayescale.core.arguments import checked
from bayescale.core.checks import Checks
from bayescale.errors import InputError
from bayescale.plots import style
from bayescale.plots.plotted_data import measured
from bayescale.report.elements import Equation, Facts, Notes, Part, Report, Section, Text
from bayescale.report.findings import checks_table, verdict
from bayescale.report.loss import backtest, neutral_names
from bayescale.report.loss.figures import drawings
from bayescale.report.tables import (
    Format,
    Table,
    answer,
    digits,
    interval,
    number,
    records_of,
    spanned,
    table_of,
    text,
)
from bayescale.scaling.evaluation.backtest import Backtest
from bayescale.scaling.predict.forecast import Forecast
from bayescale.scaling.result import Fit

__all__ = ["Report", "checks_table", "compare", "forecast_table", "lineage", "loss_report", "parameters_tables"]

MOST_ROWS = 60
POOLED = {"partial": "partially pooled over families", "shared": "shared by all families", "free": "free in each"}
NOISE = {
    "growing": "Student-t on the log scale, growing with the part of the loss that scale removes",
    "constant": "Student-t on the log scale",
}
DISCREPANCY = {True: "a smooth function of the inputs that the law misses", False: "none: the law is taken as true"}


@checked
def loss_report(
    fit: Fit,
    forecast: Forecast,
    checks: Checks,
    *,
    title: str,
    claim: str = "",
    actual: Sequence[float] | None = None,
    backtest: Backtest | None = None,
    notes: Sequence[str] = (),
    redact: bool = False,
) -> Report:
    """The report of a forecast. `actual` holds what each target really reached, NaN where that is not known.
    `backtest` is what earlier forecasts of the same runs were worth.

    `checks` should be those of the forecast's own targets: `fit.check(targets)`.

    `redact` gives families and runs neutral names ("family 1", "run 3") wherever they stand; texts that may name one
    (the source, notes, a title or claim with a name in it) are left out, and `checks` are made again of the posterior
    under those names. The report says so.
    """
    about = _About(fit, forecast, checks, title, claim, backtest, tuple(dict.fromkeys((*fit.notes, *notes))))
    return _written(_hidden(about) if redact else about, actual)


@dataclass(frozen=True, eq=False)
class _About:
    """What a report is of, and what it says of names."""

    fit: Fit
    forecast: Forecast
    checks: Checks
    title: str
    claim: str
    backtest: Backtest | None
    notes: tuple[str, ...]
    redacted: tuple[str, ...] = ()


def _hidden(about: _About) -> _About:
    """The same under neutral names."""
    tables = [about.forecast.targets] + ([about.backtest.points] if about.backtest is not None else [])
    names = neutral_names.names_of(about.fit, *tables)
    fit = neutral_names.hidden_fit(about.fit, names)
    column = fit.designs[0].spec.family or "family"
    forecast = neutral_names.hidden_forecast(about.forecast, names, column)
    return _About(
        fit,
        forecast,
        fit.check(forecast.targets),
        neutral_names.TITLE if names.mentioned(about.title) else about.title,
        "" if names.mentioned(about.claim) else about.claim,
        None if about.backtest is None else neutral_names.hidden_backtest(about.backtest, names),
        tuple(neutral_names.hidden_notes(about.fit, names, about.notes)),
        neutral_names.redacted_words(names),
    )


def _written(about: _About, actual: Sequence[float] | None) -> Report:
    fit, forecast, checks = about.fit, about.forecast, about.checks
    compared, prob = compare(forecast, actual), forecast.prob
    estimand = (*_estimand(fit, prob), *outcome(compared, prob))
    said = Text("redacted", about.redacted, "Names")
    sections = (
        Section("forecast", "Forecast", (said, Text("estimand", estimand), forecast_table(fit, compared, prob))),
        Section("figures", "Figures", drawings(fit, forecast, actual)),
        backtest.section(about.backtest),
        Section("model", "Model", _models(fit, prob)),
        Section("data", "Data", (_data(fit), Notes("notes", about.notes, "Notes"))),
        Section("checks", "Checks", (checks_table(checks),)),
        Section("lineage", "Lineage", (Facts("lineage", lineage(fit)),)),
    )
    return Report(about.title, about.claim, checks.passed, verdict(checks, "convergence"), sections, checks.warnings)


def compare(forecast: Forecast, actual: Sequence[float] | None = None) -> pd.DataFrame:
    """The forecast's table with `actual`, `error` (law_median over actual, less 1) and `inside` (its run interval)."""
    table = forecast.table.assign(family=forecast.blocks.families)
    if actual is None:
        return table
    values = np.asarray(actual, dtype=float)
    if values.shape != (len(table),):
        raise InputError(
            f"actual has {values.size} values for {len(table)} targets; give one for each, NaN where unknown"
        )
    inside = pd.Series(table["run_lower"].le(values) & table["run_upper"].ge(values), dtype=object)
    inside = inside.where(np.isfinite(values), None)
    return table.assign(actual=values, error=table["law_median"] / values - 1, inside=inside)


def outcome(compared: pd.DataFrame, prob: float) -> tuple[str, ...]:
    """A sentence on how the forecast did where the truth is known; nothing where it is not."""
    if "actual" not in compared or not compared["actual"].notna().any():
        return ()
    known = compared[compared["actual"].notna()]
    hits, error = int(known["inside"].astype(bool).sum()), 100 * known["error"].abs().mean()
    return (
        f"{hits} of {len(known)} measured values lie inside their {100 * prob:.4g} % interval for one new run; "
        f"the law's median is off by {error:.1f} % on average.",
    )


def forecast_table(fit: Fit, compared: pd.DataFrame, prob: float) -> Table:
    """The forecast as people read it, from `compare`'s table."""
    level, response = f"{100 * prob:.4g} %", fit.response
    columns: dict[str, Format] = {}
    named = next((name for name in ("name", "run") if name in compared), None)
    if named:
        columns["target"] = text(named)
    if len(fit.families) > 1:
        columns["family"] = text("family")
    columns |= {style.AXES.get(name, name): _size(name) for name in fit.inputs}
    columns |= {"law, median": number("law_median"), f"law, {level}": interval("law")}
    columns |= {f"one new run, {level}": interval("run")}
    if "actual" in compared:
        columns |= {
            f"measured {response}": number("actual"),
            "error": lambda row: "" if row["error"] is None else f"{100 * float(row['error']):+.1f}\u00a0%",
            "inside": answer("inside", "yes", "NO"),
        }
    columns["beyond the data"] = number("extrapolation", ".3g", "×")
    if compared["flag"].ne("").any():
        columns["flag"] = text("flag")
    return table_of("forecast", compared, f"Forecast of {response}, in {unit(fit)}", columns)


def unit(fit: Fit) -> str:
    """The response's unit."""
    return "nats per token" if fit.response == "loss" else "the table's own unit"


def _size(name: str) -> Format:
    return lambda row: "" if row[name] is None else style.size_text(float(row[name]))


def _estimand(fit: Fit, prob: float) -> tuple[str, ...]:
    response, level = fit.response, f"{100 * prob:.4g} %"
    return (
        f"“Law” is the {response} that runs of a family would average if they were repeated: the law and what it "
        "misses, without the scatter of single runs. “One new run” is what the next run would measure. Intervals have "
        f"equal tails; {level} intervals claim to hold the truth {level} of the time, over many forecasts.",
    )


def _models(fit: Fit, prob: float) -> tuple[Part, ...]:
    """Every law with its parameters; of a stack, the weights before them."""
    members = fit.members
    parts: list[Part] = [] if len(members) == 1 else [_weights(fit)]
    for name, member in members.items():
        own = (
            Equation("latex", member.law.latex),
            Facts("model", _model(member)),
            _parameters(member, prob),
            _common(member, prob),
        )
        parts += own if len(members) == 1 else [_of(part, name) for part in own]
    return tuple(parts)


def _of(part: Part, law: str) -> Part:
    """A part of one law among several: named by it, and a table's caption with it."""
    if isinstance(part, Table):
        return replace(part, name=f"{part.name}_{law}", caption=f"{law}: {part.caption}")
    return replace(part, name=f"{part.name}_{law}")


def _weights(fit: Fit) -> Table:
    columns: dict[str, Format] = {
        "law": text("law"),
        "weight": number("weight", ".2f"),
        "90 %": lambda row: "" if row["lower"] is None else spanned(float(row["lower"]), float(row["upper"])),
        "log score of a held-out run": number("log_score", ".2f"),
    }
    return table_of("weights", fit.weights, "What share of the draws each law gives", columns)


def _model(fit: Fit) -> dict[str, str]:
    design = fit.posterior.design
    spec, law = design.spec, design.spec.law
    pooled = {how: [name for name in law.parameter_names if spec.pooling_of(name) == how] for how in POOLED}
    several = "; ".join(f"{', '.join(names)} {POOLED[how]}" for how, names in pooled.items() if names)
    return {
        "Law": f"{law.name} ({law.id})" if law.id else law.name,
        "Source": law.source,
        "Families": several if len(design.families) > 1 else "one family, nothing is pooled",
        "Noise": NOISE[spec.noise],
        "Discrepancy": DISCREPANCY[spec.discrepancy],
        **({"Holds for": law.regime} if law.regime else {}),
        **({"Beware": law.pitfalls} if law.pitfalls else {}),
    }


def parameters_tables(fit: Fit, prob: float) -> tuple[Table, ...]:
    """The parameters of every law."""
    return tuple(part for part in _models(fit, prob) if isinstance(part, Table) and part.name.startswith("parameters"))


def _parameters(fit: Fit, prob: float) -> Table:
    """One row per family, its parameters beside each other; the records hold one parameter each."""
    summary = fit.summary(prob)
    own = summary[summary["family"].notna()]
    cells = own.assign(cell=_cells(own)).pivot_table("cell", "family", "parameter", aggfunc="first").reset_index()
    columns: dict[str, Format] = {"family": text("family")} | {name: text(name) for name in fit.law.parameter_names}
    caption = f"Parameters by family: median and {100 * prob:.4g} % interval"
    shown = table_of("parameters", cells, caption, columns, MOST_ROWS)
    return replace(shown, records=records_of(own))


def _common(fit: Fit, prob: float) -> Table:
    summary = fit.summary(prob)
    common = summary[summary["family"].isna()].drop(columns="family")
    columns: dict[str, Format] = {"parameter": text("parameter"), "value": text("cell")}
    caption = "Noise and discrepancy, on log response"
    shown = table_of("common", common.assign(cell=_cells(common)), caption, columns)
    return replace(shown, records=records_of(common))


def _cells(summary: pd.DataFrame) -> list[str]:
    rows = summary[["median", "lower", "upper"]].itertuples(index=False)
    return [f"{digits(median)} ({spanned(lower, upper)})" for median, lower, upper in rows]


def _data(fit: Fit) -> Table:
    rows, inputs = measured(fit), fit.inputs
    columns: dict[str, Format] = {"family": text("family"), "rows": number("rows", "d"), "runs": number("runs", "d")}
    found = []
    for family, own in rows.groupby("family", sort=False):
        ranges = {name: _range(own[name], style.size_text) for name in inputs}
        value = _range(own["value"], "{:.4g}".format)
        found.append({"family": family, "rows": len(own), "runs": own["run"].nunique(), **ranges, "value": value})
    columns |= {style.AXES.get(name, name): text(name) for name in inputs}
    columns[fit.response] = text("value")
    source = fit.attribute("source") or "a table in memory"
    return table_of("data", pd.DataFrame(found), f"Training runs from {source}", columns, MOST_ROWS)


def _range(values: "pd.Series[float]", form: Format) -> str:
    low, high = form(values.min()), form(values.max())
    return low if low == high else f"{low} – {high}"


def lineage(fit: Fit) -> dict[str, str]:
    sampler, posteriors = fit.attribute("sampler"), fit.posteriors
    sizes = fit.posterior.tree["posterior"].sizes
    attempts = {name: str(posterior.attribute("attempt")) for name, posterior in posteriors.items()}
    return {
        "data": str(fit.attribute("source")),
        "data digest": f"sha256 {fit.attribute('data_digest')}",
        "random seed": str(fit.attribute("random_seed")),
        "draws": f"{sizes['chain']} chains of {sizes['draw']}",
        "sampler": ", ".join(f"{name}={value}" for name, value in sampler.items() if value is not None),
        "attempt": "; ".join(f"{name}: {how}" if len(attempts) > 1 else how for name, how in attempts.items()),
        "versions": ", ".join(f"{name} {version}" for name, version in fit.attribute("versions").items()),
    }
