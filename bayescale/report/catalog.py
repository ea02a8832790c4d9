"""Descriptions of laws, from the catalogue or from files, as plain data and as text."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bayescale.data.quantities import KNOWN, Quantity, from_axis, to_axis
from bayescale.report.formats import text
from bayescale.report.formula_text import ends, plain, sparkline
from bayescale.report.tables import Table, plain_value, table_of
from bayescale.scaling.model.priors import anchor_of, prior_of
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.evidence.record import FORMS, READS, Evidence
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.registry import evidence_of

UNPUBLISHED = "no published coefficients known; form and priors only"


def listing(laws: Iterable[Law]) -> Table:
    """List laws.

    Parameters
    ----------
    laws : iterable of Law
        The laws, in the order to list them.

    Returns
    -------
    Table
        One row per law; narrow, so that most laws take one line.
    """
    rows = [
        {
            "id": law.id,
            "law": law.name,
            "response": law.response,
            "inputs": ", ".join(law.inputs),
            "coefficients": "published" if law.published else "",
            "form": "own" if _is_own(law) else "",
        }
        for law in laws
    ]
    frame = pd.DataFrame(rows)
    return table_of(
        "laws", frame, "Laws (bayescale laws NAME describes one law)", {str(name): text(str(name)) for name in frame}
    )


def _is_own(law: Law) -> bool:
    evidence = evidence_of(law.name)
    return evidence is not None and evidence.form == "own"


def describe(law: Law, file: str | None = None) -> dict[str, Any]:
    """Describe a law as plain data.

    Parameters
    ----------
    law : Law
        The law.
    file : str, optional
        The file that the law is read from.

    Returns
    -------
    dict of str to object
        Formula, inputs, parameters with priors, published coefficients, sources, and an example in Python.
    """
    at = middle(law)
    evidence = None if file else evidence_of(law.name)
    published = [_published(law, source, at, evidence) for source in law.published]
    whole = next((entry["source"] for entry in published if entry["prediction"] is not None), None)
    return {
        "law": law.name,
        "id": law.id,
        "response": law.response,
        "scale": law.scale.name,
        "formula": plain(law),
        "latex": law.latex,
        "notation": law.notation,
        "inputs": [_input(law, name) for name in law.inputs],
        "parameters": [_parameter(law, name) for name in law.parameter_names],
        "coefficients": "published" if law.published else UNPUBLISHED,
        "published": published,
        "source": law.source,
        "form": FORMS[evidence.form] if evidence else "",
        "read": ", ".join(READS[part] for part in evidence.read) if evidence else "",
        "equation": evidence.equation if evidence else "",
        "holds_for": law.regime,
        "beware": law.pitfalls,
        "example": _example(law, at, whole, file),
    }


def middle(law: Law) -> dict[str, float] | None:
    """Return inputs in the middle of the ranges where a law holds.

    Parameters
    ----------
    law : Law
        The law.

    Returns
    -------
    dict of str to float or None
        The inputs; None where one of them has no range.
    """
    if set(law.inputs) - set(law.ranges):
        return None
    with np.errstate(all="ignore"):
        inputs = {
            name: float(from_axis(name, np.mean(to_axis(name, np.array(law.ranges[name], float)))))
            for name in law.inputs
        }
    if not np.isfinite([*inputs.values()]).all():
        return None
    whole = {name for name in inputs if name in KNOWN and KNOWN[name].whole}
    return {name: float(round(value)) if name in whole else float(f"{value:.3g}") for name, value in inputs.items()}


def _input(law: Law, name: str) -> dict[str, Any]:
    quantity = KNOWN.get(name, Quantity("", 0, np.inf))
    allowed = quantity.allowed.removesuffix(f" ({quantity.unit})")
    fields = {"name": name, "unit": quantity.unit, "allowed": allowed, "range": list(law.ranges.get(name, ())) or None}
    counts = {"counts": law.counts[name]} if name in law.counts else {}
    return {**fields, **counts, **({"default": law.defaults[name]} if name in law.defaults else {})}


def _parameter(law: Law, name: str) -> dict[str, Any]:
    """A parameter with its prior. In fits of power terms the prior is not always of the parameter itself."""
    parameter = next(parameter for parameter in law.parameters if parameter.name == name)
    meaning = parameter.meaning if name in law.meanings else parameter.meaning.split(";")[0]
    prior = prior_of(Spec(law), name)
    low, high = ends(prior)
    numbers = {"median": 0.5, "lower": 0.05, "upper": 0.95}
    return {
        "name": name,
        "role": parameter.role,
        "meaning": meaning,
        "unit": parameter.unit,
        "prior": {
            "of": _prior_is_of(law, name, prior),
            "scale": prior.scale,
            "location": prior.location,
            "spread": prior.spread,
            **{key: plain_value(prior.quantile(probability)) for key, probability in numbers.items()},
            "drawn": {"from": plain_value(low), "to": plain_value(high), "density": sparkline(prior)},
        },
    }


def _prior_is_of(law: Law, name: str, prior: Prior) -> str:
    role = law.role(name)
    if role == "floor" and prior.scale == "logit":
        return "its fraction of the least training value"
    if role == "amplitude" and law.expression.floor:
        return "its slope at the centre of the data, over the least training value"
    if role == "amplitude" and name == anchor_of(law):
        return "the value at the centre of the data, over the least training value"
    if role == "amplitude":
        return "its share of the value at the centre of the data"
    return ""


def _published(law: Law, source: str, at: Mapping[str, float] | None, evidence: Evidence | None) -> dict[str, Any]:
    """Coefficients of one source and, where none is missing, the prediction in the middle of the ranges."""
    values = dict(law.published[source])
    missing = [name for name in law.parameter_names if name not in values]
    where = evidence.where_of(source) if evidence else ""
    entry: dict[str, Any] = {"source": source, "where": where, "values": values, "missing": missing, "prediction": None}
    if at and not missing:
        with np.errstate(all="ignore"):
            entry["prediction"] = plain_value(law.predict(at, values))
    return {**entry, "at": at if entry["prediction"] is not None else None}


def _example(law: Law, at: Mapping[str, float] | None, whole: str | None, file: str | None) -> list[str]:
    """Lines of Python that fit and evaluate the law, with the coefficients of the source `whole` if there is one."""
    lines = ["import bayescale as bs", *(["from bayescale.scaling_laws.toml import read_law"] if file else [])]
    expression = f"read_law({_quoted(file)})" if file else f'bs.law("{law.name}")'
    column = "" if law.response == "loss" else f", response={_quoted(law.response)}"
    lines += [f"law = {expression}", f'runs = bs.read_runs("runs.csv"{column})']
    lines.append(f"fit = bs.fit(runs, law={'law' if file else _quoted(law.name)})")
    inputs = "{" + ", ".join(f'"{name}": {value:g}' for name, value in (at or {}).items()) + "}"
    needed = ", ".join(law.inputs)
    lines.append(f"fit.forecast({inputs}).table" if at else f"fit.forecast(targets).table  # a table with {needed}")
    if at and whole is not None:
        lines.append(f"law.predict({inputs}, law.published[{_quoted(whole)}])")
    else:
        lines.append("law.predict(inputs, parameters)  # both by name: {name: number or array}")
    return lines


def _quoted(text: str) -> str:
    return f'"{text}"' if text.isprintable() and not {'"', "\\"} & set(text) else repr(text)


def text_of(described: Mapping[str, Any]) -> str:
    """Write the description of a law as text.

    Parameters
    ----------
    described : mapping
        The answer of `describe`.

    Returns
    -------
    str
        Lines of text.
    """
    known_as = f" ({described['id']})" if described["id"] else ""
    lines = [f"{described['law']}{known_as}", "", f"  {described['formula']}", "", f"LaTeX: {described['latex']}"]
    lines += [f"notation of the source: {described['notation']}"] if described["notation"] else []
    lines += [f"response: {described['response']}, on its {described['scale']} scale", "", "inputs"]
    for entry in described["inputs"]:
        default = f"default {entry['default']:g}" if "default" in entry else ""
        facts = "; ".join(part for part in (entry["unit"], entry.get("counts"), entry["allowed"], default) if part)
        valid = "; valid from {:.4g} to {:.4g}".format(*entry["range"]) if entry["range"] else ""
        lines.append(f"  {entry['name']}: {facts}{valid}")
    lines += ["", "parameters (prior: median, 90 % interval, density of the central 99 %)"]
    width = max(len(entry["name"]) for entry in described["parameters"])
    for entry in described["parameters"]:
        lines += [
            f"  {entry['name']:<{width}}  {entry['role']}: {entry['meaning']}",
            f"  {'':<{width}}  {_prior(entry['prior'])}",
        ]
    lines += ["", *_coefficients(described)]
    lines += ["", *(f"{heading}: {described[key]}" for heading, key in HEADINGS.items() if described[key])]
    return "\n".join([*lines, "", "in Python", *(f"  {line}" for line in described["example"])])


HEADINGS = {
    "source": "source",
    "form": "form",
    "parts of the source that we read": "read",
    "equation": "equation",
    "holds for": "holds_for",
    "pitfalls": "beware",
}


def _prior(prior: Mapping[str, Any]) -> str:
    drawn, of = prior["drawn"], f" (of {prior['of']})" if prior["of"] else ""
    median, lower, upper, low, high = (
        "?" if value is None else f"{value:.3g}"
        for value in (*(prior[key] for key in ("median", "lower", "upper")), drawn["from"], drawn["to"])
    )
    return f"{median} [{lower}, {upper}]  {low} {drawn['density']} {high}{of}"


def _coefficients(described: Mapping[str, Any]) -> list[str]:
    if not described["published"]:
        return [f"coefficients: {UNPUBLISHED}"]
    lines = ["published coefficients"]
    for entry in described["published"]:
        lines.append(f"  {entry['source']}: " + ", ".join(f"{name} = {v:g}" for name, v in entry["values"].items()))
        lines += [f"    from {entry['where']}"] if entry["where"] else []
        if entry["missing"]:
            lines.append(f"    without {', '.join(entry['missing'])}")
        if entry["prediction"] is not None:
            at = ", ".join(f"{name} = {value:.4g}" for name, value in entry["at"].items())
            lines.append(f"    {described['response']} = {entry['prediction']:.4g} at {at}")
    return lines
