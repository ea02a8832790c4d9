"""Write a report as Markdown: the text and tables of the page, and descriptions in place of figures.

Text from data may be hostile. Everything that could be markup in CommonMark, in dialects with tables, mathematics or
attributes, or in HTML is escaped. The escape is an entity where some dialect does not accept a backslash.
"""

import re

from bayescale.core.display import printable
from bayescale.report.elements import Drawing, Equation, Facts, Notes, Part, Report, Section, Text
from bayescale.report.tables import Table

_BACKSLASHED = r"\`*_{}[]#"
#: Also what some dialects turn into links without markup.
_MARKUP = re.compile(r"[\\`*_{}\[\]#&<>|~$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_FIRST = re.compile(r"^(\d*)(?=[-+:.)](?:\s|$)|--)")  # begins a list, a rule or a definition at the start of a block
_ALIGNED = {True: "---:", False: "---"}


def to_markdown(content: Report) -> str:
    """Write a report as Markdown.

    Parameters
    ----------
    content : Report
        The report.

    Returns
    -------
    str
        Markdown.
    """
    blocks = [f"# {escaped(content.title)}"]
    blocks += [escaped(line) for line in (content.answer, content.claim) if line]
    if content.origin:
        blocks.append(" · ".join(f"**{name}:** {escaped(value)}" for name, value in content.origin.items()))
    blocks.append(f"**{content.banner}** {escaped(content.verdict)}".strip())
    blocks += ["\n".join(f"- **Warning.** {escaped(line)}" for line in content.warnings)] if content.warnings else []
    for section in content.nonempty_sections:
        blocks += _section(section)
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Escape a text so that every dialect of Markdown shows it as it is, on one line.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    str
        Markdown without markup.
    """
    return _FIRST.sub(_backslash, _MARKUP.sub(_escape, printable(text).replace("\n", " ").strip(" ")))


def _escape(match: re.Match[str]) -> str:
    letter = match.group()
    return f"\\{letter}" if letter in _BACKSLASHED else f"&#{ord(letter)};"


def _backslash(match: re.Match[str]) -> str:
    return f"{match.group()}\\"


def _section(section: Section) -> list[str]:
    return [f"## {escaped(section.title)}", *(block for part in section.parts for block in part_blocks(part))]


def part_blocks(part: Part) -> list[str]:
    """Write a part of a report as blocks of Markdown.

    Parameters
    ----------
    part : Part
        The part.

    Returns
    -------
    list of str
        The blocks.
    """
    match part:
        case Text():
            before = "> **Warning.** " if part.warning else ""
            return [*_heading(part.title), *(before + escaped(line) for line in part.paragraphs)]
        case Notes():
            return [*_heading(part.title), "\n".join(f"- {escaped(item)}" for item in part.items)]
        case Facts():
            return ["\n".join(f"- **{escaped(name)}:** {escaped(value)}" for name, value in part.facts.items())]
        case Equation():
            return [_fenced(part.latex)]
        case Drawing():
            return [f"### {escaped(part.title)}", f"*Figure:* {escaped(part.alt)} {escaped(part.caption)}"]
        case Table():
            return [escaped(part.caption), _table(part)]


def _heading(title: str) -> list[str]:
    return [f"### {escaped(title)}"] if title else []


def _fenced(latex: str) -> str:
    """A formula as a block of mathematics. Dialects without mathematics show it as code."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", latex)), default=0))
    return f"{fence}math\n{' '.join(printable(latex).split())}\n{fence}"


def _table(table: Table) -> str:
    rows = [table.columns, *table.rows]
    lines = [f"| {' | '.join(map(escaped, row))} |" for row in rows]
    lines.insert(1, f"| {' | '.join(_ALIGNED[numeric] for numeric in table.numeric)} |")
    return "\n".join(lines)
