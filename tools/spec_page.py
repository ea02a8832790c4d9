"""The tables of keys that a spec may have, from the models that validate it."""

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from tools.markdown import table

#: Names of types in code, and the words for them.
TYPE_WORDS = (
    ("OneOrMany", "text or list of texts"),
    ("DatabaseUrl", "text"),
    ("WebUrl", "text"),
    ("Date", "date"),
    ("Level", "number"),
    ("Minutes", "number"),
    ("Number", "number"),
    ("Budget", "whole number"),
    ("Many[Mapping[str, str | int | float]]", "list of tables"),
    ("Mapping[str, str | int | float]", "table of values"),
    ("Mapping[str, str]", "table of texts"),
    ("Pair", "two numbers"),
)
BUILT_IN = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
LIMITS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most", "min_length": "length at least"}


def specs() -> str:
    """Write one table of keys for models of loss and one for models of risk.

    Returns
    -------
    str
        Markdown.
    """
    from bayescale.maintenance.specs import spec

    sections = []
    kinds = (
        ("A model of loss", spec.LossSpec),
        ("A model of risk", spec.RiskSpec),
        ("A model of time horizons", spec.HorizonSpec),
    )
    for title, model in kinds:
        rows = [row for row in _keys(model, "") if title.endswith("loss") or not row[0].startswith("`data.")]
        sections += [f"**{title}**", table(["key", "type", "default", "allowed"], rows)]
    return "\n\n".join(sections)


def _keys(model: type[BaseModel], path: str) -> Iterator[Sequence[str]]:
    for name, field in model.model_fields.items():
        inner = next((entry for entry in _classes(field.annotation) if issubclass(entry, BaseModel)), None)
        key = f"{path}{name}"
        if inner is None:
            limits = ", ".join(filter(None, map(_limit, field.metadata)))
            yield f"`{key}`", _type(field.annotation), _default(field), limits
        else:
            yield from _keys(inner, f"{key}{'.NAME' if 'Mapping' in str(field.annotation) else ''}.")


def _classes(annotation: Any) -> list[type]:
    inner = get_args(annotation) or get_args(getattr(annotation, "__value__", None))
    if isinstance(annotation, type) and not inner:
        return [annotation]
    return [entry for part in inner for entry in _classes(part)]


def _type(annotation: Any) -> str:
    """A type in words."""
    text = re.sub(r"\b(?:bayescale\.(?:\w+\.)+|typing\.|collections\.abc\.)", "", inspect.formatannotation(annotation))
    for code, words in TYPE_WORDS:
        text = text.replace(code, words)
    text = re.sub(r"Many\[(.*)\]", r"list of \1", text)
    text = re.sub(r"Mapping\[str, (.*)\]", r"table of \1", text)
    text = re.sub(r"Literal\[(.*?)\]", r"\1", text)
    text = re.sub(r"\b(str|int|float|bool)\b", lambda match: BUILT_IN[match[0]], text)
    return text.replace(" | None", "").replace(" | ", " or ")


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value in (None, "", (), {}):
        return "none"
    plain = list(value) if isinstance(value, tuple) else value
    return f"`{str(plain).lower() if isinstance(plain, bool) else plain}`"


def _limit(metadata: Any) -> str:
    texts = [
        f"{words} {limit}" for name, words in LIMITS.items() if (limit := getattr(metadata, name, None)) is not None
    ]
    pattern = getattr(metadata, "pattern", None)
    return ", ".join([*texts, *([f"of the form `{pattern}`"] if pattern else [])])
