"""Numpydoc docstrings as Markdown: sections as tables and lists, examples as code."""

import re
import textwrap
from collections.abc import Sequence

from numpydoc.docscrape import NumpyDocString, Parameter

from tools.markdown import table

#: Sections with one entry per argument, field or value.
FIELDS = ("Parameters", "Attributes", "Other Parameters", "Returns", "Yields")
#: Sections with one entry per exception or warning.
EXCEPTIONS = ("Raises", "Warns")
#: Sections of running text.
TEXTS = ("Notes", "Warnings", "References")
SECTION = re.compile(r"^[A-Z][A-Za-z ]+\n-{3,}$", re.MULTILINE)
ALIGNED = re.compile(r"\S {2,}\S|^ {2,}\S", re.MULTILINE)


def docstring_markdown(docstring: str) -> str:
    """Write a docstring as Markdown.

    Parameters
    ----------
    docstring : str
        The docstring without indentation, as `inspect.getdoc` returns it.

    Returns
    -------
    str
        Summary and description; then each section under its bold name, parameters, returned values and exceptions as
        tables, and examples as code.
    """
    if not SECTION.search(docstring):
        return _text(docstring.split("\n"))
    parsed = NumpyDocString(docstring)
    parts = [_text(parsed["Summary"]), _text(parsed["Extended Summary"])]
    parts += [_fields(title, parsed[title]) for title in FIELDS if parsed[title]]
    parts += [_exceptions(title, parsed[title]) for title in EXCEPTIONS if parsed[title]]
    parts += [f"**{title}**\n\n{_text(parsed[title])}" for title in TEXTS if any(parsed[title])]
    if parsed["See Also"]:
        parts.append(_see_also(parsed["See Also"]))
    if parsed["Examples"]:
        parts.append("**Examples**\n\n```pycon\n" + "\n".join(parsed["Examples"]).strip() + "\n```")
    return "\n\n".join(part for part in parts if part)


def _fields(title: str, entries: Sequence[Parameter]) -> str:
    """A table of names, types and descriptions; without the column of names where no entry has one."""
    rows = [(_code(entry.name), _inline(entry.type), _inline(" ".join(entry.desc))) for entry in entries]
    if any(entry.name for entry in entries):
        return f"**{title}**\n\n" + table(["name", "type", "description"], rows)
    return f"**{title}**\n\n" + table(["type", "description"], [row[1:] for row in rows])


def _exceptions(title: str, entries: Sequence[Parameter]) -> str:
    rows = [(_code(entry.type or entry.name), _inline(" ".join(entry.desc))) for entry in entries]
    return f"**{title}**\n\n" + table(["exception" if title == "Raises" else "warning", "when"], rows)


def _see_also(entries: Sequence[tuple[Sequence[tuple[str, str | None]], Sequence[str]]]) -> str:
    lines = []
    for names, description in entries:
        text = f": {_inline(' '.join(description))}" if any(description) else ""
        lines.append("- " + ", ".join(_code(name) for name, _ in names) + text)
    return "**See also**\n\n" + "\n".join(lines)


def _code(name: str) -> str:
    """Names in backticks, such as "`low`, `high`"."""
    return ", ".join(f"`{part.strip()}`" for part in name.split(",") if part.strip())


def _inline(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _text(lines: Sequence[str]) -> str:
    """Paragraphs as they are; indented or aligned ones as blocks of text."""
    paragraphs = textwrap.dedent("\n".join(lines)).strip("\n").split("\n\n")
    return "\n\n".join(
        f"```text\n{paragraph}\n```" if ALIGNED.search(paragraph) else paragraph.replace("``", "`")
        for paragraph in paragraphs
        if paragraph.strip()
    )
