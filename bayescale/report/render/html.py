"""A report as one HTML file: nothing is loaded from anywhere, light and dark, on screen and on paper.

Text from data is hostile and escaped by the template engine; only drawings made in `plots.style` go in as markup.
"""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bayescale.core.display import printable
from bayescale.plots.style import equation_svg
from bayescale.report.elements import Drawing, Equation, Part, Report


def to_html(content: Report) -> str:
    """The report as a page that stands alone."""
    environment = Environment(
        loader=PackageLoader("bayescale.report.render"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        finalize=_shown,
    )
    environment.filters |= {"kind": _kind, "drawn": _drawn}
    return environment.get_template("report.html.j2").render(
        content=content,
        sections=content.shown,
        style=Markup(files("bayescale.report.render").joinpath("templates/report.css").read_text(encoding="utf-8")),
    )


def _shown(value: object) -> object:
    """Control characters of text from data have no place in a page."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _kind(part: Part) -> str:
    return type(part).__name__.lower()


def _drawn(part: Drawing | Equation) -> Markup:
    """The markup of a drawing, made here."""
    return Markup(part.svg if isinstance(part, Drawing) else equation_svg(part.latex))
