"""Write a report as one HTML file that loads nothing, for light and dark screens and for paper.

Text from data may be hostile: the template engine escapes it. Only figures drawn by `plots.style` are markup.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bayescale.core.display import printable
from bayescale.report.elements import Drawing, Equation, Part, Report

if TYPE_CHECKING:
    from bayescale.report.site.page import SitePage


@dataclass(frozen=True)
class Place:
    """Where a page stands in a site.

    Parameters
    ----------
    root : str
        Relative link to the folder of the site: "" or "../".
    trail : tuple of tuple of str
        Names and relative links of the pages above.
    mark : str
        Names the writer and the content: a page with the same mark is not written again.
    """

    root: str
    trail: tuple[tuple[str, str], ...]
    mark: str


def to_html(content: Report) -> str:
    """Write a report as a page that needs no other file.

    Parameters
    ----------
    content : Report
        The report.

    Returns
    -------
    str
        HTML.
    """
    return _rendered("report.html.j2", content, None)


def site_html(content: "Report | SitePage", place: Place) -> str:
    """Write a page of a site. Its stylesheet is the site's.

    Parameters
    ----------
    content : Report or SitePage
        What the page shows.
    place : Place
        Where it stands.

    Returns
    -------
    str
        HTML.
    """
    return _rendered("report.html.j2" if isinstance(content, Report) else "site.html.j2", content, place)


def stylesheet() -> str:
    """Return the stylesheet of reports and sites.

    Returns
    -------
    str
        CSS.
    """
    return files("bayescale.report.render").joinpath("templates/report.css").read_text(encoding="utf-8")


def _rendered(template: str, content: "Report | SitePage", place: Place | None) -> str:
    style = Markup(stylesheet()) if place is None else ""
    sections = content.nonempty_sections
    return _environment().get_template(template).render(content=content, sections=sections, style=style, place=place)


@cache
def _environment() -> Environment:
    """The templates, compiled once."""
    environment = Environment(
        loader=PackageLoader("bayescale.report.render"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        finalize=_cleaned,
    )
    environment.filters |= {"kind": _kind, "drawn": _drawn}
    return environment


def _cleaned(value: object) -> object:
    """Text without control characters."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _kind(part: Part) -> str:
    return type(part).__name__.lower()


def _drawn(part: Drawing | Equation) -> Markup:
    """The SVG of a figure or a formula."""
    from bayescale.plots.panels.svg import equation_svg

    return Markup(part.svg if isinstance(part, Drawing) else equation_svg(part.latex))
