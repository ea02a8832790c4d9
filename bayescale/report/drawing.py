"""A figure as a part of a report, drawn when it is rendered."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure.

    Parameters
    ----------
    name : str
        Part of the ids in the SVG.
    title : str
        A heading.
    alt : str
        Description for readers who cannot see the figure.
    caption : str
        Explanation of lines and bands.
    draw : callable
        Draws the matplotlib Figure, or writes SVG itself, for the renderers that show it: terminal text, Markdown and
        JSON do not.
    """

    name: str
    title: str
    alt: str
    caption: str
    draw: Callable[[], "Figure | str"]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return False

    @cached_property
    def svg(self) -> str:
        """SVG markup written by `plots.panels.svg` or `report.site.chart`, never text from data."""
        drawn = self.draw()
        if isinstance(drawn, str):
            return drawn
        from bayescale.plots.panels.svg import figure_svg

        return figure_svg(drawn, self.name)

    @property
    def document(self) -> str:
        """The figure as an SVG document, with text as text."""
        from bayescale.plots.panels.svg import figure_document

        drawn = self.draw()
        return drawn if isinstance(drawn, str) else figure_document(drawn, self.name)
