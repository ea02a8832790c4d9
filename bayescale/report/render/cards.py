"""Fill a card for another process with the content of a report, as Markdown.

model-card        sections of Mitchell et al. (2019), arXiv:1810.03993
frontier-safety   evidence for a frontier-safety framework: risk, uncertainty, limits, decision

A card holds the same numbers as the report. What only people know is marked "To fill in".
"""

from jinja2 import Environment, PackageLoader, StrictUndefined

from bayescale.report.elements import Drawing, Report
from bayescale.report.render.markdown import escaped, part_blocks


def to_card(content: Report, template: str) -> str:
    """Fill a template with the content of a report.

    Parameters
    ----------
    content : Report
        The report.
    template : str
        One of `files.TEMPLATES`.

    Returns
    -------
    str
        Markdown.
    """
    environment = Environment(
        loader=PackageLoader("bayescale.report.render"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = escaped
    sections = {section.id: section for section in content.nonempty_sections}

    def blocks(*ids: str) -> str:
        """The parts of sections but their figures, as Markdown."""
        parts = [part for id_ in ids if id_ in sections for part in sections[id_].parts]
        return "\n\n".join(block for part in parts if not isinstance(part, Drawing) for block in part_blocks(part))

    text = environment.get_template(f"{template}.md.j2").render(content=content, blocks=blocks)
    return text.rstrip("\n") + "\n"
