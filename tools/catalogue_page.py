"""The page of laws, known columns and mixing laws, from the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.markdown import table

#: Texts of a law below its tables: heading, and key of its description.
TEXTS = {"Source": "source", "Form": "form", "Holds for": "holds_for", "Beware": "beware"}
UNPUBLISHED = "We found no published coefficients: form and priors only."


def catalogue() -> str:
    """Write an index of the laws and a section for each.

    Returns
    -------
    str
        Markdown.
    """
    from bayescale.report.catalog import describe
    from bayescale.scaling_laws.registry import CATALOGUE

    descriptions = [describe(law) for law in CATALOGUE.values()]
    index = table(
        ["id", "law", "response", "inputs"],
        [
            (
                law["id"],
                f"[{law['law']}](#{law['law']})",
                law["response"],
                ", ".join(row["name"] for row in law["inputs"]),
            )
            for law in descriptions
        ],
    )
    return "\n\n".join([index, *map(_section, descriptions)])


def _names(law: Mapping[str, Any]) -> str:
    return ", ".join(row["name"] for row in law["inputs"])


def _section(law: Mapping[str, Any]) -> str:
    parts = [f"## {law['law']}", f"```math\n{law['latex']}\n```", f"`{law['formula']}`"]
    if law["notation"]:
        parts.append(f"In the source's symbols:\n\n```math\n{law['notation']}\n```")
    parts.append(f"{law['id']}; response: `{law['response']}`, fitted on its {law['scale']} scale.")
    parts.append(table(["input", "unit", "definition", "allowed", "range of the law"], map(_input, law["inputs"])))
    parts.append(
        table(["parameter", "meaning", "prior: median and 90 %", "prior of"], map(_parameter, law["parameters"]))
    )
    parts.append(_published(law))
    parts += [f"**{heading}.** {law[key]}" for heading, key in TEXTS.items() if law[key]]
    return "\n\n".join(parts)


def _input(row: Mapping[str, Any]) -> Sequence[str]:
    allowed = row["allowed"] + (f"; {row['default']:g} by default" if "default" in row else "")
    ends = " to ".join(map(_number, row["range"])) if row["range"] else ""
    return f"`{row['name']}`", row["unit"], row.get("counts", ""), allowed, ends


def _parameter(row: Mapping[str, Any]) -> Sequence[str]:
    prior = row["prior"]
    median, low, high = ("?" if prior[key] is None else _number(prior[key]) for key in ("median", "lower", "upper"))
    return f"`{row['name']}`", row["meaning"], f"{median} [{low}, {high}]", prior["of"] or "the parameter"


def _published(law: Mapping[str, Any]) -> str:
    if not law["published"]:
        return UNPUBLISHED
    rows = [
        (
            source["source"],
            ", ".join(f"{name} = {value:.6g}" for name, value in source["values"].items()),
            source["where"],
        )
        for source in law["published"]
    ]
    return table(["source", "coefficients", "place"], rows)


def _number(value: float) -> str:
    return f"{value:.3g}"


def columns() -> str:
    """Write the table of known columns.

    Returns
    -------
    str
        Markdown.
    """
    from bayescale.data.quantities import KNOWN

    rows = [
        (
            f"`{name}`",
            quantity.unit,
            quantity.allowed.removesuffix(f" ({quantity.unit})"),
            f"{quantity.low:g} to {quantity.high:g}",
        )
        for name, quantity in KNOWN.items()
    ]
    return table(["column", "unit", "possible", "noted as odd outside"], rows)


def mixing() -> str:
    """Write the table of mixing laws of repeated sampling.

    Returns
    -------
    str
        Markdown.
    """
    from bayescale.risk.mixing import MIXINGS

    rows = [
        (
            f"`{name}`",
            law.title,
            f"{law.weight:g}" if law.weight else "by name only",
            "; ".join(f"{coordinate.name} ~ {coordinate.prior}" for coordinate in law.coordinates),
            law.source,
        )
        for name, law in MIXINGS.items()
    ]
    return table(["name", "law of p", "prior weight", "priors", "source"], rows)
