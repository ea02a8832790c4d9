"""A page of a site, for the renderer."""

from dataclasses import dataclass
from typing import Literal

from bayescale.report.elements import Section, nonempty

type State = Literal["passed", "warned", "failed"]


@dataclass(frozen=True)
class SitePage:
    """A page that is no report of a posterior.

    Parameters
    ----------
    title : str
        The title.
    claim : str
        One sentence on what the page shows.
    state : str
        "passed" (nothing to do), "warned" (something to look at) or "failed" (a model was not published).
    verdict : str
        The state in one sentence.
    sections : tuple of Section
        The sections.
    links : tuple of tuple of str, default ()
        Names and relative links of pages that belong to this one.
    """

    title: str
    claim: str
    state: State
    verdict: str
    sections: tuple[Section, ...]
    links: tuple[tuple[str, str], ...] = ()

    @property
    def nonempty_sections(self) -> tuple[Section, ...]:
        """The sections and parts that are not empty."""
        return nonempty(self.sections)
