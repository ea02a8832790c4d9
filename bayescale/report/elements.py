"""The parts of a report, which `render` writes.

Texts are plain: renderers escape them. The `name` of a part is its key in the JSON document.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bayescale.report.drawing import Drawing as Drawing
from bayescale.report.tables import Table

VERDICTS = {
    True: "The posterior passed its checks.",
    False: "The posterior FAILED its checks: do not rely on it.",
}


@dataclass(frozen=True)
class Text:
    """Paragraphs.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    paragraphs : tuple of str
        The paragraphs.
    title : str, default ""
        A heading.
    warning : bool, default False
        Whether renderers mark each paragraph as a warning.
    """

    name: str
    paragraphs: tuple[str, ...]
    title: str = ""
    warning: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.paragraphs


@dataclass(frozen=True)
class Notes:
    """A list of sentences.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    items : tuple of str or Note
        The sentences.
    title : str, default ""
        A heading.
    """

    name: str
    items: tuple[str, ...]
    title: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.items


@dataclass(frozen=True)
class Facts:
    """Named facts.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    facts : mapping of str to str
        The facts by name, in the order to show them.
    """

    name: str
    facts: Mapping[str, str]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.facts


@dataclass(frozen=True)
class Equation:
    """A formula.

    Parameters
    ----------
    name : str
        Key in the JSON document.
    latex : str
        LaTeX that matplotlib can draw.
    """

    name: str
    latex: str

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.latex


type Part = Text | Notes | Facts | Equation | Drawing | Table


@dataclass(frozen=True)
class Section:
    """Parts under a heading.

    Parameters
    ----------
    id : str
        Target of links.
    title : str
        The heading.
    parts : tuple of Part
        The parts.
    """

    id: str
    title: str
    parts: tuple[Part, ...]


def nonempty(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return the sections and parts that are not empty.

    Parameters
    ----------
    sections : iterable of Section
        The sections.

    Returns
    -------
    tuple of Section
        Those with a part, in order.
    """
    filled = (replace(section, parts=tuple(part for part in section.parts if not part.empty)) for section in sections)
    return tuple(section for section in filled if section.parts)


@dataclass(frozen=True)
class Report:
    """A report. Every report of a kind has the same parts with the same names; some may be empty.

    Parameters
    ----------
    title : str
        The title.
    claim : str
        One sentence on what the report shows.
    passed : bool
        Whether the posterior passed every check of the gate.
    verdict : str
        The result of the gate in one sentence.
    sections : tuple of Section
        The sections.
    warnings : tuple of str, default ()
        Warnings of checks. They do not prevent publication, but a reader must know them.
    answer : str, default ""
        The main result in one sentence, with its interval. It is the first sentence of every format.
    origin : mapping of str to str, default {}
        Owner, who requested the report, and date, as far as they are stated.
    """

    title: str
    claim: str
    passed: bool
    verdict: str
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()
    answer: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def banner(self) -> str:
        """Whether the posterior passed its checks, in one sentence, for the head of the report."""
        if not self.passed or not self.warnings:
            return VERDICTS[self.passed]
        return f"The posterior passed its checks, with {len(self.warnings)} warning{'s' * (len(self.warnings) > 1)}."

    def save(self, path: str | os.PathLike[str], *, template: str = "") -> None:
        """Write the report to one file.

        Parameters
        ----------
        path : str or os.PathLike
            A name that ends in .html, .md or .json.
        template : {"", "model-card", "frontier-safety"}, default ""
            A Markdown card that is filled with the numbers of the report, instead of the report itself.

        Raises
        ------
        InputError
            The name ends otherwise, the file cannot be written, or the template is not known.
        """
        from bayescale.report.render import files

        files.write(self, Path(path), template)

    def export(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write every table as CSV and LaTeX and every figure as SVG, for papers and slides.

        Parameters
        ----------
        folder : str or os.PathLike
            Folder of the files; it is made. Existing files of the same names are replaced.

        Returns
        -------
        list of Path
            The files: tables/NAME.csv, tables/NAME.tex and figures/NAME.svg.

        Raises
        ------
        InputError
            A file cannot be written.
        """
        from bayescale.report.render import files

        return files.export(self, Path(folder))

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, in order."""
        return tuple(part for section in self.sections for part in section.parts)

    @property
    def nonempty_sections(self) -> tuple[Section, ...]:
        """The sections and parts that are not empty."""
        return nonempty(self.sections)

    def part[Kind: (Text, Notes, Facts, Equation, Drawing, Table)](self, kind: type[Kind], name: str) -> Kind:
        """Return the part of a kind and name.

        Parameters
        ----------
        kind : type
            The kind, such as `Notes`.
        name : str
            The name.

        Returns
        -------
        Part
            The first such part.

        Raises
        ------
        KeyError
            There is none.
        """
        for part in self.parts:
            if isinstance(part, kind) and part.name == name:
                return part
        raise KeyError(f"no {kind.__name__} {name!r}; parts: {', '.join(part.name for part in self.parts)}")
