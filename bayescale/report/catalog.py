"""Laws of the catalogue, and of files, as people and programs read them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from bayescale.data.quantities import KNOWN, Quantity, from_axis, to_axis
from bayescale.report.tables import Table, plain_value, table_of, text
from bayescale.scaling.model.priors import anchor_of, prior_of
from bayescale.scaling_laws.evidence.record import FORMS, READS, Evidence
from bayescale.scaling_laws.expression import Power
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.registry import evidence_of

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 16  # letters of a drawn prior
CENTRAL = 0.99  # how much of a prior is drawn
UNPUBLISHED = "we found none published; form and priors only"


def listing(laws: Iterable[Law]) -> Table:
    """One row per law, in the order given; narrow, so that a law takes one line where its names are not long."""
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
        "laws", frame, "Laws (one in detail: bayescale laws NAME)", {str(name): text(str(name)) for name in frame}
    )


def _is_own(law: Law) -> bool:
    evidence = evidence_of(law.name)
    return evidence is not None and evidence.form == "own"


# --- formula and priors as text
# --------------------------------------------------------------------------------------------------------------


def plain(law: Law) -> str:
    """The law's formula as plain text: `L = E + A·n_params^-alpha + B·n_tokens^-beta`."""
    expression, terms = law.expression, []
    if expression.floor:
        terms.append(expression.floor)
    q = expression.aggregate.q if expression.aggregate else None
    if q and len(expression.powers) > 1:
        terms.append("[" + " + ".join(f"({_power(power)})^(1/{q})" for power in expression.powers) + f"]^{q}")
    else:
        terms += [_power(power) for power in expression.powers]
    if expression.extra:
        terms.append(_written(expression.extra))
    whole = terms[0] + "".join(f" - {one[1:].lstrip()}" if one.startswith("-") else f" + {one}" for one in terms[1:])
    linked = {"identity": "{}", "survival": "exp(-({}))", "failure": "1 - exp(-({}))"}[law.link.name]
    return f"{'L' if law.response == 'loss' else law.response} = {linked.format(whole)}"


def _power(power: Power) -> str:
    quantity = _written(power.quantity)
    inner = quantity if quantity.isidentifier() else f"({quantity})"
    if power.form == "scale":
        return f"({power.amplitude}/{inner})^{power.exponent}"
    return f"{power.amplitude}·{inner}^-{power.exponent}"


def _written(formula: Formula) -> str:
    """A formula's text with signs that people read: `k * bits**-g` → `k·bits^-g`."""
    text = " ".join(formula.text.split())
    return re.sub(r" ?\* ?", "·", re.sub(r" ?\*\* ?", "^", text))


def sparkline(prior: Prior, width: int = WIDTH) -> str:
    """A prior's density in natural units, over the middle 99 % of it, as a line of blocks.

    Empty for a prior whose ends computation cannot tell apart.
    """
    low, high = _ends(prior)
    if not (np.isfinite([low, high]).all() and low < high):
        return ""
    with np.errstate(all="ignore"):
        edges = Scale(prior.scale).forward(np.linspace(low, high, width + 1), np)
        mass = np.diff(ndtr((edges - prior.location) / prior.spread))
    if not (np.isfinite(mass).all() and mass.max() > 0):
        return ""
    heights = np.round((len(BLOCKS) - 1) * np.round(mass / mass.max(), 9))
    return "".join(BLOCKS[int(height)] for height in heights)


def _ends(prior: Prior) -> tuple[float, float]:
    with np.errstate(all="ignore"):
        return prior.quantile((1 - CENTRAL) / 2), prior.quantile((1 + CENTRAL) / 2)


# --- what is said of a law, as data
# --------------------------------------------------------------------------------------------------------------


def describe(law: Law, file: str | None = None) -> dict[str, Any]:
    """Everything the catalogue says about a law, as plain values; `file` is where the law was read from, if it was."""
    at = middle(law)
    evidence = None if file else evidence_of(law.name)
    published = [_published(law, source, at, evidence) for source in law.published]
    whole = next((one["source"] for one in published if one["prediction"] is not None), None)
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
        "read": ", ".join(READS[one] for one in evidence.read) if evidence else "",
        "equation": evidence.equation if evidence else "",
        "holds_for": law.regime,
        "beware": law.pitfalls,
        "example": _example(law, at, whole, file),
    }


def middle(law: Law) -> dict[str, float] | None:
    """Inputs in the middle of the ranges where the law is meant to hold; None where one of them has no range."""
    if set(law.inputs) - set(law.ranges):
        return None
    with np.errstate(all="ignore"):
        out = {
            name: float(from_axis(name, np.mean(to_axis(name, np.array(law.ranges[name], float)))))
            for name in law.inputs
        }
    if not np.isfinite([*out.values()]).all():
        return None
    whole = {name for name in out if name in KNOWN and KNOWN[name].whole}
    return {name: float(round(value)) if name in whole else float(f"{value:.3g}") for name, value in out.items()}


def _input(law: Law, name: str) -> dict[str, Any]:
    quantity = KNOWN.get(name, Quantity("", 0, np.inf))
    allowed = quantity.allowed.removesuffix(f" ({quantity.unit})")
    said = {"name": name, "unit": quantity.unit, "allowed": allowed, "range": list(law.ranges.get(name, ())) or None}
    counts = {"counts": law.counts[name]} if name in law.counts else {}
    return {**said, **counts, **({"default": law.defaults[name]} if name in law.defaults else {})}


def _parameter(law: Law, name: str) -> dict[str, Any]:
    """A parameter with its prior, and what that prior is of: in fits of power terms not always the parameter itself."""
    parameter = next(one for one in law.parameters if one.name == name)
    meaning = parameter.meaning if name in law.meanings else parameter.meaning.split(";")[0]
    prior = prior_of(law, name)
    low, high = _ends(prior)
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
    """Coefficients of one source and, where they are all there, what they say in the middle of the ranges."""
    values = dict(law.published[source])
    missing = [name for name in law.parameter_names if name not in values]
    where = evidence.where_of(source) if evidence else ""
    out: dict[str, Any] = {"source": source, "where": where, "values": values, "missing": missing, "prediction": None}
    if at and not missing:
        with np.errstate(all="ignore"):
            out["prediction"] = plain_value(law.predict(at, values))
    return {**out, "at": at if out["prediction"] is not None else None}


def _example(law: Law, at: Mapping[str, float] | None, whole: str | None, file: str | None) -> list[str]:
    """Lines of Python that fit the law and evaluate it, with the coefficients of the source `whole` if there is one."""
    lines = ["import bayescale as bs", *(["from bayescale.scaling_laws.toml import read_law"] if file else [])]
    made = f"read_law({_quoted(file)})" if file else f'bs.law("{law.name}")'
    column = "" if law.response == "loss" else f", response={_quoted(law.response)}"
    lines += [f"law = {made}", f'runs = bs.read_runs("runs.csv"{column})']
    lines.append(f"fit = bs.fit(runs, law={'law' if file else _quoted(law.name)})")
    inputs = "{" + ", ".join(f'"{name}": {value:g}' for name, value in (at or {}).items()) + "}"
    needed = ", ".join(law.inputs)
    lines.append(f"fit.forecast({inputs}).table" if at else f"fit.forecast(targets).table  # a table with {needed}")
    if at and whole is not None:
        lines.append(f"law.predict({inputs}, law.published[{_quoted(whole)}])")
    else:
        lines.append("law.predict(inputs, parameters)  # both by name: {name: number or array}")
    return lines


def _quoted(words: str) -> str:
    return f'"{words}"' if words.isprintable() and not {'"', "\\"} & set(words) else repr(words)


# --- the same as text
# --------------------------------------------------------------------------------------------------------------


def text_of(described: Mapping[str, Any]) -> str:
    """`describe`'s answer as text."""
    known_as = f" ({described['id']})" if described["id"] else ""
    lines = [f"{described['law']}{known_as}", "", f"  {described['formula']}", "", f"LaTeX: {described['latex']}"]
    lines += [f"as the source writes it: {described['notation']}"] if described["notation"] else []
    lines += [f"response: {described['response']}, on its {described['scale']} scale", "", "inputs"]
    for one in described["inputs"]:
        default = f"{one['default']:g} where left out" if "default" in one else ""
        said = "; ".join(part for part in (one["unit"], one.get("counts"), one["allowed"], default) if part)
        meant = "; meant for {:.4g} to {:.4g}".format(*one["range"]) if one["range"] else ""
        lines.append(f"  {one['name']}: {said}{meant}")
    lines += ["", "parameters (prior: median, 90 % interval, and its density over the middle 99 %)"]
    wide = max(len(one["name"]) for one in described["parameters"])
    for one in described["parameters"]:
        lines += [
            f"  {one['name']:<{wide}}  {one['role']}: {one['meaning']}",
            f"  {'':<{wide}}  {_prior(one['prior'])}",
        ]
    lines += ["", *_coefficients(described)]
    lines += ["", *(f"{word}: {described[key]}" for word, key in WORDS.items() if described[key])]
    return "\n".join([*lines, "", "in Python", *(f"  {line}" for line in described["example"])])


WORDS = {
    "source": "source",
    "form": "form",
    "read by us": "read",
    "equation": "equation",
    "holds for": "holds_for",
    "beware": "beware",
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
    for one in described["published"]:
        lines.append(f"  {one['source']}: " + ", ".join(f"{name} = {v:g}" for name, v in one["values"].items()))
        lines += [f"    from {one['where']}"] if one["where"] else []
        if one["missing"]:
            lines.append(f"    without {', '.join(one['missing'])}")
        if one["prediction"] is not None:
            at = ", ".join(f"{name} = {value:.4g}" for name, value in one["at"].items())
            lines.append(f"    {described['response']} = {one['prediction']:.4g} at {at}")
    return lines
