"""Write a report as one HTML file that loads nothing, for light and dark screens and for paper.

Text from data may be hostile: the template engine escapes it. Only figures drawn by `plots.style` are markup.
"""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bayescale.core.display import printable
from bayescale.report.elements import Drawing, Equation, Part, Report


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
    environment = Environment(
        loader=PackageLoader("bayescale.report.render"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        finalize=_cleaned,
    )
    environment.filters |= {"kind": _kind, "drawn": _drawn}
    return environment.get_template("report.html.j2").render(
        content=content,
        sections=content.nonempty_sections,
        style=Markup(files("bayescale.report.render").joinpath("templates/report.css").read_text(encoding="utf-8")),
    )


def _cleaned(value: object) -> object:
    """Text without control characters."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _kind(part: Part) -> str:
    return type(part).__name__.lower()


def _drawn(part: Drawing | Equation) -> Markup:
    """The SVG of a figure or a formula."""
    from bayescale.plots.panels.svg import equation_svg

    return Markup(part.svg if isinstance(part, Drawing) else equation_svg(part.latex))
