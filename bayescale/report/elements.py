"""What every report is made of, whatever it is about and rendered as: `html.to_html`, `markdown.to_markdown`,
`document.to_json`.

Texts are plain: renderers escape them. A part's `name` is the key by which it stands in the JSON document.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bayescale.report.tables import Table

VERDICTS = {
    True: "The posterior passed its checks.",
    False: "The posterior FAILED its checks: do not rely on it.",
}


@dataclass(frozen=True)
class Text:
    """Paragraphs, under a heading where they have one; a warning is set apart."""

    name: str
    paragraphs: tuple[str, ...]
    title: str = ""
    warning: bool = False

    @property
    def empty(self) -> bool:
        return not self.paragraphs


@dataclass(frozen=True)
class Notes:
    """A list of sentences, under a heading where it has one."""

    name: str
    items: tuple[str, ...]
    title: str = ""

    @property
    def empty(self) -> bool:
        return not self.items


@dataclass(frozen=True)
class Facts:
    """Named facts, in order."""

    name: str
    facts: Mapping[str, str]

    @property
    def empty(self) -> bool:
        return not self.facts


@dataclass(frozen=True)
class Equation:
    """A formula in the LaTeX that matplotlib draws."""

    name: str
    latex: str

    @property
    def empty(self) -> bool:
        return not self.latex


@dataclass(frozen=True)
class Drawing:
    """A figure as SVG markup made here (never text from data), with words for who cannot see it."""

    name: str
    title: str
    alt: str
    caption: str
    svg: str

    @property
    def empty(self) -> bool:
        return not self.svg


type Part = Text | Notes | Facts | Equation | Drawing | Table


@dataclass(frozen=True)
class Section:
    """Parts under a heading; `id` is what links point to."""

    id: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Report:
    """A report. `claim` says in a sentence what it stands for; `verdict`, whether the posterior `passed` its checks;
    `warnings`, what does not keep it from being published and must be known.

    Every report of a kind has the same parts under the same names; those that have nothing to say are empty.
    """

    title: str
    claim: str
    passed: bool
    verdict: str
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()

    @property
    def banner(self) -> str:
        """The verdict in one sentence, for the head of the report."""
        if not self.passed or not self.warnings:
            return VERDICTS[self.passed]
        count = len(self.warnings)
        return f"The posterior passed its gate; {count} check{'s warn' if count > 1 else ' warns'}."

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to one file: HTML, Markdown or JSON, as the name ends. Raises InputError where that cannot be."""
        from bayescale.report.render import files

        files.write(self, Path(path))

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, in order."""
        return tuple(part for section in self.sections for part in section.parts)

    @property
    def shown(self) -> tuple[Section, ...]:
        """The sections that people see: without what is empty."""
        full = (
            replace(section, parts=tuple(part for part in section.parts if not part.empty)) for section in self.sections
        )
        return tuple(section for section in full if section.parts)

    def part[Kind: (Text, Notes, Facts, Equation, Drawing, Table)](self, kind: type[Kind], name: str) -> Kind:
        """The part of that kind and name. Raises KeyError where there is none."""
        for part in self.parts:
            if isinstance(part, kind) and part.name == name:
                return part
        raise KeyError(f"no {kind.__name__} {name!r}; parts: {', '.join(part.name for part in self.parts)}")
