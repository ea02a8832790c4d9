"""The report of a capability posterior: forecasts of scores, benchmarks, method, checks and lineage."""

import numpy as np

from bayescale.capability.forecast import NEW_FAMILY, ScoreForecast
from bayescale.capability.result import Capability
from bayescale.core.arguments import checked
from bayescale.core.serialization import fact
from bayescale.report.elements import Equation, Facts, Notes, Report, Section, Text
from bayescale.report.findings import checks_table, verdict
from bayescale.report.formats import Format, factor, interval, number, percent, share, shares, text
from bayescale.report.tables import Table, table_of

LATEX = (
    r"s_{mb}=c_b+(1-c_b)\,\sigma\!\left(a_b+\lambda_b\cdot\theta_m+\kappa_b h(x_m)+u_{F(m)b}+\varepsilon_{mb}\right),"
    r"\quad\theta_m=\alpha_{F(m)}+\beta_{F(m)}x_m+\delta_m"
)
CLAIM = "Scores of models on several benchmarks, from their compute and the capabilities that benchmarks share."
METHOD = (
    "The score of model m on benchmark b lies between the chance level c and 1. θ are capabilities in a few "
    "dimensions, which rise with x, log10 of the training compute, along the line of the model's family; "
    "the first is measured in tenfold compute of a typical family. a, λ and κ are level, loadings and curvature of a "
    "benchmark; h bends from a slope of −1 to one of 1 around the mean compute. u and ε are what a family and a model "
    "add to one benchmark. A measured score varies around s as a share of the benchmark's items does.",
    "Lines and offsets of families are pooled. Blank scores are left out of the likelihood, and unknown compute is "
    "drawn with everything else, so that a benchmark with few scores takes what is missing from the others. Draws "
    "are exact (Gibbs sampling with slice sampling).",
    "After Ruan et al. (2024, arXiv:2405.10938), who extract principal components of complete scores and extrapolate "
    "by least squares.",
)
LIMITS = (
    "A forecast assumes that the next models resemble those of the table at equal compute and family: new recipes of "
    "training data or post-training are another family.",
    "Scores near chance tell little of a capability, and slopes beyond the largest model are extrapolated.",
    "Items count as independent, and contamination of a benchmark looks like capability.",
)


@checked
def capability_report(capability: Capability, forecast: ScoreForecast | None = None, title: str = "Scores") -> Report:
    """Make the report of a capability posterior.

    Parameters
    ----------
    capability : Capability
        The posterior.
    forecast : ScoreForecast, optional
        The answer of `Capability.forecast`; without one the report has no forecast.
    title : str, default "Scores"
        The title.

    Returns
    -------
    Report
        The report; `Report.save` writes it as HTML, Markdown or JSON.
    """
    checks = capability.check()
    answers = () if forecast is None else (forecast_table(forecast),)
    sections = (
        Section("forecast", "Forecast", answers),
        Section("benchmarks", "Benchmarks", (benchmarks_table(capability),)),
        Section("notes", "Data", (Notes("notes", capability.notes, "Notes"),)),
        Section("method", "Method", (Equation("latex", LATEX), Text("method", METHOD))),
        Section("limits", "Limits", (Notes("limits", LIMITS),)),
        Section("checks", "Diagnostics", (checks_table(checks),)),
        Section("lineage", "Lineage", (Facts("lineage", _lineage(capability)),)),
    )
    convergence, answer = verdict(checks, "convergence"), "" if forecast is None else answer_of(forecast)
    return Report(title, CLAIM, checks.passed, convergence, sections, checks.warnings, answer=answer)


def answer_of(forecast: ScoreForecast) -> str:
    """State the first forecast in a sentence.

    Parameters
    ----------
    forecast : ScoreForecast
        The forecast.

    Returns
    -------
    str
        The sentence.
    """
    row = forecast.table.iloc[0]
    family = "a new family" if row["family"] == NEW_FAMILY else row["family"]
    name = row["model"] if isinstance(row["model"], str) else f"a model of {family} with {row['flops']:.3g} FLOP"
    low, high = percent(float(row["run_lower"])), percent(float(row["run_upper"]))
    return (
        f"On {row['benchmark']}, {name} scores {percent(float(row['run_median']))} ({low} to {high} with a probability "
        f"of {percent(forecast.prob)})."
    )


def forecast_table(forecast: ScoreForecast) -> Table:
    """Format a forecast of scores.

    Parameters
    ----------
    forecast : ScoreForecast
        The forecast.

    Returns
    -------
    Table
        One row per target and benchmark.
    """
    level = percent(forecast.prob)
    columns: dict[str, Format] = {
        "model": text("model"),
        "family": text("family"),
        "FLOP": number("flops", ".3g"),
        "benchmark": text("benchmark"),
        "average": share("law_median"),
        f"average, {level}": shares("law"),
        "one model": share("run_median"),
        f"one model, {level}": shares("run"),
        "measured": share("measured"),
        "beyond data": factor("extrapolation"),
        "note": text("flag"),
    }
    values = forecast.table
    used = {
        name: form
        for name, form in columns.items()
        if not (name in ("model", "measured") and values[name].isna().all())
        and not (name == "note" and (values["flag"] == "").all())
    }
    return table_of("forecast", values, "Scores: average over models, and one model as it is measured", used)


def benchmarks_table(capability: Capability, prob: float = 0.9) -> Table:
    """Format what the posterior says of each benchmark.

    Parameters
    ----------
    capability : Capability
        The posterior.
    prob : float, default 0.9
        Probability of the intervals.

    Returns
    -------
    Table
        One row per benchmark.
    """
    level = percent(prob)
    columns: dict[str, Format] = {
        "benchmark": text("benchmark"),
        "scores": number("scores", "d"),
        "chance": share("chance"),
        "items": number("items", ".0f"),
        "gain per tenfold compute": number("slope_median", ".2f"),
        level: interval("slope"),
        "spread of families": number("family_spread_median", ".2f"),
        "spread of models": number("model_spread_median", ".2f"),
    }
    caption = "Benchmarks, in logits of the score above chance, at the mean compute of a typical family"
    return table_of("benchmarks", capability.summary(prob), caption, columns)


def _lineage(capability: Capability) -> dict[str, str]:
    tree = capability.tree
    return {
        "data": str(fact(tree, "source")),
        "data digest": str(fact(tree, "data_digest")),
        "random seed": str(fact(tree, "random_seed")),
        "draws": str(int(np.prod(capability.draws["residual_scale"].shape[:2]))),
        "versions": ", ".join(f"{name} {version}" for name, version in fact(tree, "versions").items()),
    }
