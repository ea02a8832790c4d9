"""The model in a report of losses: laws, weights of a stack, priors and parameters."""

from dataclasses import replace

import pandas as pd

from bayescale.report.elements import Equation, Facts, Part
from bayescale.report.formats import Format, digits, number, spanned, text
from bayescale.report.tables import Table, records_of, table_of
from bayescale.scaling.result import Fit

MOST_ROWS = 60
POOLED = {
    "partial": "partially pooled over families",
    "shared": "shared by all families",
    "free": "separate for each family",
}
NOISE = {
    "growing": "Student-t on the log scale; its scale grows with the part of the loss that scaling reduces",
    "constant": "Student-t on the log scale",
}
DISCREPANCY = {
    True: "a smooth function of the inputs: what the law does not describe",
    False: "none: the law is assumed to be exact",
}
#: The scale on which noise and discrepancy are stated, by that of the law.
SCALES = {
    "log": "on the logarithm of the response",
    "logit": "on the logit of the response, in units of {unit:.3g}",
    "identity": "in units of {unit:.3g} of the response",
}
#: What the parameters that all families have in common stand for.
COMMON = {
    "noise_floor": "scatter of a run that no scale removes",
    "noise_slope": "scatter that falls with the reducible loss, at the centre of the data",
    "noise_growth": "power of the reducible loss with which that scatter falls",
    "noise_df": "degrees of freedom of the scatter: few mean outliers",
    "noise_run": "deviation that all measurements of a run share",
    "noise_length": "length of correlation along a run, in e-folds of its inputs",
    "discrepancy_scale": "standard deviation of what the law does not describe",
}


def model_parts(fit: Fit, prob: float) -> tuple[Part, ...]:
    """Describe every law of a posterior with its parameters.

    Parameters
    ----------
    fit : Fit
        The posterior.
    prob : float
        Probability of the intervals.

    Returns
    -------
    tuple of Part
        Formula, facts, parameters and common parameters of each law. A stack begins with the weights of its laws.
    """
    members = fit.members
    parts: list[Part] = [] if len(members) == 1 else [_weights(fit)]
    for name, member in members.items():
        law_parts = (
            Equation("latex", member.law.latex),
            Facts("model", _model(member)),
            _parameters(member, prob),
            _common(member, prob),
        )
        parts += law_parts if len(members) == 1 else [_of_law(part, name) for part in law_parts]
    return tuple(parts)


def _of_law(part: Part, law: str) -> Part:
    """A part of one law among several: its name and the caption of a table name the law."""
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
    return table_of("weights", fit.weights, "Weight of each law in the stack: its share of the draws", columns)


def _model(fit: Fit) -> dict[str, str]:
    design = fit.posterior.design
    spec, law = design.spec, design.spec.law
    pooled = {how: [name for name in law.parameter_names if spec.pooling_of(name) == how] for how in POOLED}
    pooling = "; ".join(f"{', '.join(names)} {POOLED[how]}" for how, names in pooled.items() if names)
    return {
        "Law": f"{law.name} ({law.id})" if law.id else law.name,
        "Source": law.source,
        "Families": pooling if len(design.families) > 1 else "one family, no pooling",
        "Noise": NOISE[spec.noise],
        "Discrepancy": DISCREPANCY[spec.discrepancy],
        "Priors": spec.priors.description,
        **({"Holds for": law.regime} if law.regime else {}),
        **({"Beware": law.pitfalls} if law.pitfalls else {}),
    }


def parameters_tables(fit: Fit, prob: float) -> tuple[Table, ...]:
    """Return a table of the parameters of each law.

    Parameters
    ----------
    fit : Fit
        The posterior.
    prob : float
        Probability of the intervals.

    Returns
    -------
    tuple of Table
        One table per law.
    """
    return tuple(
        part for part in model_parts(fit, prob) if isinstance(part, Table) and part.name.startswith("parameters")
    )


def _parameters(fit: Fit, prob: float) -> Table:
    """One row per family with a column per parameter. The records hold one parameter each."""
    summary = fit.summary(prob)
    by_family = summary[summary["family"].notna()]
    cells = by_family.assign(cell=_cells(by_family))
    cells = cells.pivot_table("cell", "family", "parameter", aggfunc="first").reset_index()
    columns: dict[str, Format] = {"family": text("family")} | {name: text(name) for name in fit.law.parameter_names}
    caption = f"Parameters by family: median and {100 * prob:.4g} % interval"
    table = table_of("parameters", cells, caption, columns, MOST_ROWS)
    return replace(table, records=records_of(by_family))


def _common(fit: Fit, prob: float) -> Table:
    summary = fit.summary(prob)
    common = summary[summary["family"].isna()].drop(columns="family")
    columns: dict[str, Format] = {"parameter": text("parameter"), "value": text("cell"), "meaning": text("meaning")}
    (design,) = fit.designs
    caption = f"Noise and discrepancy, {SCALES[fit.law.scale.name].format(unit=design.unit)}"
    meanings = [COMMON.get(str(name), "") for name in common["parameter"]]
    table = table_of("common", common.assign(cell=_cells(common), meaning=meanings), caption, columns)
    return replace(table, records=records_of(common))


def _cells(summary: pd.DataFrame) -> list[str]:
    rows = summary[["median", "lower", "upper"]].itertuples(index=False)
    return [f"{digits(median)} ({spanned(lower, upper)})" for median, lower, upper in rows]
