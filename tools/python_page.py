"""The page of public names: signatures and docstrings as Markdown."""

import dataclasses
import functools
import importlib
import inspect
import re
from collections.abc import Mapping
from typing import Any

from tools.docstrings import docstring_markdown

#: Sections of docs/risk.md that describe public mappings.
MAPPINGS = {"MIXINGS": "mixing-laws", "ESTIMATORS": "published-estimators"}
LONGEST_SIGNATURE = 80


def names() -> str:
    """Write every public name with its signature and docstring, and the public members of classes.

    Returns
    -------
    str
        Markdown with one section a name.
    """
    import bayescale

    order = sorted((name for name in bayescale.__all__ if name != "__version__"), key=str.lower)
    return "\n\n".join(["## `__version__`\n\nThe version that is installed, as text.", *map(_section, order)])


def _section(name: str) -> str:
    value = getattr(importlib.import_module("bayescale"), name)
    if isinstance(value, Mapping):
        entries = ", ".join(f"`{key}`" for key in value)
        return f"## `{name}`\n\nA mapping: {entries}. See [risk](risk.md#{MAPPINGS[name]})."
    parts = [f"## `{name}`", f"```text\n{name}{_signature(value)}\n```", _docstring(value)]
    if inspect.isclass(value) and not issubclass(value, Exception):
        parts += [
            _member(name, member, getattr(definition, "__func__", definition))
            for member, definition in _members(value).items()
        ]
    return "\n\n".join(parts)


def _members(owner: type) -> dict[str, object]:
    """Public members of a class: those of dataclasses that it extends, then its own."""
    owners = [base for base in reversed(owner.__mro__) if base is owner or dataclasses.is_dataclass(base)]
    return {name: value for base in owners for name, value in vars(base).items() if _is_public(name, value)}


def _is_public(name: str, value: object) -> bool:
    kinds = (property, functools.cached_property, staticmethod, classmethod)
    return not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, kinds))


def _member(owner: str, name: str, value: Any) -> str:
    heading = f"### `{owner}.{name}`"
    if isinstance(value, property | functools.cached_property):
        return f"{heading}\n\n{_docstring(value)}"
    return f"{heading}\n\n```text\n{name}{_signature(value)}\n```\n\n{_docstring(value)}"


def _docstring(value: object) -> str:
    return docstring_markdown(inspect.getdoc(value) or "")


def _signature(value: Any) -> str:
    """The arguments, with types without their modules; one line each where they do not fit on one line."""
    if inspect.isclass(value) and not dataclasses.is_dataclass(value):
        return "(message)" if issubclass(value, Exception) else "(…)"
    try:
        signature = inspect.signature(value)
    except ValueError:
        return "(…)"
    parameters = [parameter for parameter in signature.parameters.values() if parameter.name not in ("self", "cls")]
    parts = [_argument(parameter) for parameter in parameters]
    kinds = [parameter.kind for parameter in parameters]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        parts.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    line = f"({', '.join(parts)})"
    return line if len(line) < LONGEST_SIGNATURE else "(\n    " + ",\n    ".join(parts) + ",\n)"


def _argument(parameter: inspect.Parameter) -> str:
    text = re.sub(r"<(?:module|function) '?([\w.]+)'? (?:from|at) [^>]*>", r"\1", str(parameter))
    return re.sub(r"(?:[a-z_]+\.)+(?=[A-Za-z_])", "", text).replace("'", '"')
