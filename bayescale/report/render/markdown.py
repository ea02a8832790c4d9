"""A report as Markdown: the same words and tables as the page, figures by the words for who cannot see them.

Text from data is hostile. Whatever could be markup in CommonMark, in the dialects that add tables, mathematics or
attributes, or as HTML in between, is escaped: as an entity where some reader knows no backslash before it.
"""

import re

from bayescale.core.display import printable
from bayescale.report.elements import Drawing, Equation, Facts, Notes, Part, Report, Section, Text
from bayescale.report.tables import Table

_BACKSLASHED = r"\`*_{}[]#"
#: With what readers make links of although nothing marks them.
_MARKUP = re.compile(r"[\\`*_{}\[\]#&<>|~$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_FIRST = re.compile(r"^(\d*)(?=[-+:.)](?:\s|$)|--)")  # a list, a rule, a definition: where a block begins
_ALIGNED = {True: "---:", False: "---"}


def to_markdown(content: Report) -> str:
    """The report as one Markdown text."""
    blocks = [f"# {escaped(content.title)}"]
    blocks += [escaped(content.claim)] if content.claim else []
    blocks.append(f"**{content.banner}** {escaped(content.verdict)}".strip())
    blocks += ["\n".join(f"- **Warning.** {escaped(line)}" for line in content.warnings)] if content.warnings else []
    for section in content.shown:
        blocks += _section(section)
    return "\n\n".join(blocks) + "\n"


def escaped(words: str) -> str:
    """Words that every reader of Markdown shows as they are, on one line."""
    return _FIRST.sub(_backslash, _MARKUP.sub(_escape, printable(words).replace("\n", " ").strip(" ")))


def _escape(found: re.Match[str]) -> str:
    letter = found.group()
    return f"\\{letter}" if letter in _BACKSLASHED else f"&#{ord(letter)};"


def _backslash(found: re.Match[str]) -> str:
    return f"{found.group()}\\"


def _section(section: Section) -> list[str]:
    return [f"## {escaped(section.title)}", *(block for part in section.parts for block in _part(part))]


def _part(part: Part) -> list[str]:
    match part:
        case Text():
            before = "> **Warning.** " if part.warning else ""
            return [*_heading(part.title), *(before + escaped(line) for line in part.paragraphs)]
        case Notes():
            return [*_heading(part.title), "\n".join(f"- {escaped(item)}" for item in part.items)]
        case Facts():
            return ["\n".join(f"- **{escaped(name)}:** {escaped(said)}" for name, said in part.facts.items())]
        case Equation():
            return [_fenced(part.latex)]
        case Drawing():
            return [f"### {escaped(part.title)}", f"*Figure:* {escaped(part.alt)} {escaped(part.caption)}"]
        case Table():
            return [escaped(part.caption), _table(part)]


def _heading(title: str) -> list[str]:
    return [f"### {escaped(title)}"] if title else []


def _fenced(latex: str) -> str:
    """The formula as a block of mathematics; where a reader knows none, as code."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", latex)), default=0))
    return f"{fence}math\n{' '.join(printable(latex).split())}\n{fence}"


def _table(table: Table) -> str:
    rows = [table.columns, *table.rows]
    lines = [f"| {' | '.join(map(escaped, row))} |" for row in rows]
    lines.insert(1, f"| {' | '.join(_ALIGNED[numeric] for numeric in table.numeric)} |")
    return "\n".join(lines)
