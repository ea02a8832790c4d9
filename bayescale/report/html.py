"""A report as one HTML file: nothing is loaded from anywhere, light and dark, on screen and on paper.

Text from data is hostile and escaped by the template engine; only drawings made in `report.style` go in as markup.
"""

from dataclasses import replace
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bayescale.report.content import Content
from bayescale.report.style import equation_svg

SECTIONS = (
    ("forecast", "Forecast"),
    ("figures", "Figures"),
    ("model", "Model"),
    ("data", "Data"),
    ("checks", "Checks"),
    ("lineage", "Lineage"),
)


def to_html(content: Content) -> str:
    """The report as a page that stands alone."""
    environment = Environment(
        loader=PackageLoader("bayescale.report"), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    drawn = tuple(replace(figure, svg=Markup(figure.svg)) for figure in content.figures)
    return environment.get_template("report.html.j2").render(
        content=replace(content, figures=drawn),
        equation=Markup(equation_svg(content.latex)),
        sections=SECTIONS,
        style=Markup(files("bayescale.report").joinpath("templates/report.css").read_text(encoding="utf-8")),
    )
