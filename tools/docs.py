"""Write what the documentation takes from the code: `python -m tools.docs`, from the top of a checkout.

A page of docs/ is written by hand but for what stands between two comments,

    <!-- generated: NAME -->
    <!-- /generated -->

which is the text of a function of this module, listed in `REGIONS`. `--check` writes nothing, and fails where a page is
not what the code would make of it.
"""

import dataclasses
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from tools.evidence import law_evidence, system_evidence
from tools.markdown import table
from tools.measured import measured_curves, measured_loss, measured_risk, measured_sampling

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REGION = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def _numbers(value: float) -> str:
    return f"{value:.3g}"


# --- the command line
# --------------------------------------------------------------------------------------------------------------


def commands() -> str:
    """Every command's --help, as a terminal of 80 columns shows it."""
    import typer
    from typer.testing import CliRunner

    from bayescale.cli import app

    def shown(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--help"], prog_name="bayescale", env={"COLUMNS": "80"})
        return f"```text\n{done.output.strip()}\n```"

    names = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    return "\n\n".join([shown(), *(f"## {name}\n\n{shown(name)}" for name in names)])


# --- the catalogue
# --------------------------------------------------------------------------------------------------------------


def catalogue() -> str:
    """A section for every law."""
    from bayescale.report.catalog import describe
    from bayescale.scaling_laws.registry import CATALOGUE

    described = [describe(law) for law in CATALOGUE.values()]
    index = table(
        ["id", "law", "response", "inputs"],
        [(one["id"], f"[{one['law']}](#{one['law']})", one["response"], _inputs(one)) for one in described],
    )
    return "\n\n".join([index, *(_law(one) for one in described)])


def _inputs(described: Mapping[str, Any]) -> str:
    return ", ".join(one["name"] for one in described["inputs"])


def _law(one: Mapping[str, Any]) -> str:
    parts = [f"## {one['law']}", f"```math\n{one['latex']}\n```", f"`{one['formula']}`"]
    parts += [f"In the source's symbols:\n\n```math\n{one['notation']}\n```"] if one["notation"] else []
    parts.append(f"{one['id']}; response: `{one['response']}`, fitted on its {one['scale']} scale.")
    ranges = [" to ".join(map(_numbers, row["range"])) if row["range"] else "" for row in one["inputs"]]
    rows = [
        (f"`{row['name']}`", row["unit"], row.get("counts", ""), _allowed(row), meant)
        for row, meant in zip(one["inputs"], ranges, strict=True)
    ]
    parts.append(table(["input", "unit", "counted as", "allowed", "meant for"], rows))
    parts.append(table(["parameter", "meaning", "prior: median and 90 %", "of"], map(_parameter, one["parameters"])))
    parts += [_published(one)]
    said = {"Source": "source", "Form": "form", "Holds for": "holds_for", "Beware": "beware"}
    parts += [f"**{word}.** {one[key]}" for word, key in said.items() if one[key]]
    return "\n\n".join(parts)


def _allowed(row: Mapping[str, Any]) -> str:
    return row["allowed"] + (f"; {row['default']:g} where left out" if "default" in row else "")


def _parameter(row: Mapping[str, Any]) -> Sequence[str]:
    prior = row["prior"]
    middle, low, high = ("?" if prior[key] is None else _numbers(prior[key]) for key in ("median", "lower", "upper"))
    return f"`{row['name']}`", row["meaning"], f"{middle} [{low}, {high}]", prior["of"] or "the parameter"


def _published(one: Mapping[str, Any]) -> str:
    if not one["published"]:
        return "We found no published coefficients: form and priors only."
    rows = [
        (source["source"], ", ".join(f"{name} = {v:.6g}" for name, v in source["values"].items()), source["where"])
        for source in one["published"]
    ]
    return table(["published by", "coefficients", "where they stand"], rows)


def columns() -> str:
    """The inputs that readers know."""
    from bayescale.data.quantities import KNOWN

    return table(
        ["column", "unit", "possible", "noted as odd outside"],
        [
            (f"`{name}`", one.unit, one.allowed.removesuffix(f" ({one.unit})"), f"{one.low:g} to {one.high:g}")
            for name, one in KNOWN.items()
        ],
    )


def mixing() -> str:
    """The mixing laws of risk."""
    from bayescale.risk.mixing import MIXINGS

    rows = [
        (
            f"`{name}`",
            law.title,
            f"{law.weight:g}" if law.weight else "by name only",
            "; ".join(f"{one.name} ~ {one.prior}" for one in law.coordinates),
            law.source,
        )
        for name, law in MIXINGS.items()
    ]
    return table(["name", "law of p", "prior weight", "priors", "source"], rows)


# --- specs
# --------------------------------------------------------------------------------------------------------------


def specs() -> str:
    """Every key that a spec may have, from the models that validate it."""
    from bayescale.maintenance import spec

    sections = []
    for title, model in (("A model of loss", spec.LossSpec), ("A model of risk", spec.RiskSpec)):
        rows = [row for row in _keys(model, "") if title.endswith("loss") or not row[0].startswith("`data.")]
        sections += [f"**{title}**", table(["key", "type", "default", "allowed"], rows)]
    return "\n\n".join(sections)


def _keys(model: type[BaseModel], path: str) -> Iterator[Sequence[str]]:
    for name, field in model.model_fields.items():
        inner = next((one for one in _classes(field.annotation) if issubclass(one, BaseModel)), None)
        here = f"{path}{name}"
        if inner is None:
            limits = ", ".join(_limit(one) for one in field.metadata if _limit(one))
            yield f"`{here}`", _typed(field.annotation), _default(field), limits
        else:
            yield from _keys(inner, f"{here}{'.NAME' if 'Mapping' in str(field.annotation) else ''}.")


def _classes(annotation: Any) -> list[type]:
    inner = get_args(annotation) or get_args(getattr(annotation, "__value__", None))
    if isinstance(annotation, type) and not inner:
        return [annotation]
    return [found for one in inner for found in _classes(one)]


def _typed(annotation: Any) -> str:
    """A type as people say it."""
    text = re.sub(r"\b(?:bayescale\.ops\.spec|typing|collections\.abc)\.", "", inspect.formatannotation(annotation))
    for code, words in (
        ("OneOrMany", "text or list of texts"),
        ("DatabaseUrl", "text"),
        ("WebUrl", "text"),
        ("Number", "number"),
        ("Budget", "whole number"),
        ("Many[Mapping[str, str | int | float]]", "list of tables"),
        ("Mapping[str, str | int | float]", "table of values"),
        ("Mapping[str, str]", "table of texts"),
        ("Pair", "two numbers"),
    ):
        text = text.replace(code, words)
    text = re.sub(r"Many\[(.*)\]", r"list of \1", text)
    text = re.sub(r"Mapping\[str, (.*)\]", r"table of \1", text)
    text = re.sub(r"Literal\[(.*?)\]", r"\1", text)
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
    text = re.sub(r"\b(str|int|float|bool)\b", lambda found: names[found[0]], text)
    return text.replace(" | None", "").replace(" | ", " or ")


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value in (None, "", (), {}):
        return "none"
    shown = list(value) if isinstance(value, tuple) else value
    return f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"


def _limit(one: Any) -> str:
    words = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most", "min_length": "length at least"}
    said = [f"{word} {getattr(one, name)}" for name, word in words.items() if getattr(one, name, None) is not None]
    pattern = getattr(one, "pattern", None)
    return ", ".join([*said, *([f"of the form `{pattern}`"] if pattern else [])])


# --- the public names
# --------------------------------------------------------------------------------------------------------------


def names() -> str:
    """Every public name with its signature and docstring, classes with what one may ask of them."""
    import bayescale

    order = sorted((name for name in bayescale.__all__ if name != "__version__"), key=str.lower)
    return "\n\n".join(["## `__version__`\n\nThe version that is installed, as text.", *map(_name, order)])


def _name(name: str) -> str:
    found = getattr(importlib.import_module("bayescale"), name)
    if isinstance(found, Mapping):
        where = {"MIXINGS": "mixing-laws", "ESTIMATORS": "published-estimators"}[name]
        return f"## `{name}`\n\nA mapping: {', '.join(f'`{one}`' for one in found)}. See [risk](risk.md#{where})."
    if inspect.ismodule(found):  # one that can be called
        found = getattr(found, name)
    parts = [f"## `{name}`", f"```text\n{name}{_signature(found)}\n```", _said(found)]
    if inspect.isclass(found) and not issubclass(found, Exception):
        parts += [_member(name, member, value) for member, value in _members(found).items()]
    return "\n\n".join(parts)


def _members(owner: type) -> dict[str, object]:
    """Public methods and properties of a class: those of dataclasses that it extends, then its own."""
    owners = [base for base in reversed(owner.__mro__) if base is owner or dataclasses.is_dataclass(base)]
    return {name: value for base in owners for name, value in vars(base).items() if _is_public(name, value)}


def _is_public(name: str, value: object) -> bool:
    return not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))


def _member(owner: str, name: str, value: Any) -> str:
    if isinstance(value, property):
        return f"### `{owner}.{name}`\n\n{_said(value)}"
    return f"### `{owner}.{name}`\n\n```text\n{name}{_signature(value)}\n```\n\n{_said(value)}"


def _signature(found: Any) -> str:
    """The arguments without their types' modules; each on its line where there are many."""
    if inspect.isclass(found) and not dataclasses.is_dataclass(found):
        return "(message)" if issubclass(found, Exception) else "(…)"
    try:
        signature = inspect.signature(found)
    except ValueError:
        return "(…)"
    parts = [str(one) for one in signature.parameters.values() if one.name != "self"]
    parts = [re.sub(r"<(?:module|function) '?([\w.]+)'? (?:from|at) [^>]*>", r"\1", part) for part in parts]
    parts = [re.sub(r"(?:[a-z_]+\.)+(?=[A-Za-z_])", "", part).replace("'", '"') for part in parts]
    kinds = [one.kind for one in signature.parameters.values() if one.name != "self"]
    if inspect.Parameter.KEYWORD_ONLY in kinds:
        parts.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    line = f"({', '.join(parts)})"
    return line if len(line) < 80 else "(\n    " + ",\n    ".join(parts) + ",\n)"


def _said(found: Any) -> str:
    """A docstring as Markdown: its aligned lists stay as they are written."""
    paragraphs = (inspect.getdoc(found) or "").split("\n\n")
    return "\n\n".join(
        f"```text\n{one}\n```" if re.search(r"\S {2,}\S|^ {2,}\S", one, re.MULTILINE) else one for one in paragraphs
    )


REGIONS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "catalogue": catalogue,
    "law-evidence": law_evidence,
    "system-evidence": system_evidence,
    "columns": columns,
    "mixing": mixing,
    "specs": specs,
    "names": names,
    "measured-loss": measured_loss,
    "measured-risk": measured_risk,
    "measured-sampling": measured_sampling,
    "measured-curves": measured_curves,
}


def filled(text: str) -> str:
    """A page with its regions as the code has them now. Raises KeyError for a region that nobody makes."""
    return REGION.sub(lambda found: f"{found[1]}\n{REGIONS[found[2]]()}\n\n{found[3]}", text)


def stale() -> dict[Path, str]:
    """Pages that are not what the code would make of them, each with its new text."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
    return {path: new for path, text in pages.items() if (new := filled(text)) != text}


def main(words: Sequence[str]) -> int:
    """Bring docs/ up to date, or with --check say what is not. Returns an exit code."""
    pages = stale()
    for path, text in pages.items():
        if "--check" in words:
            print(f"{path.relative_to(ROOT)} is out of date: python -m tools.docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return int(bool(pages) and "--check" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
