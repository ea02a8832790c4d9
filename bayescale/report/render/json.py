"""A report as one JSON document: the same content as the page, values instead of text, figures by their titles."""

from bayescale.report.elements import Drawing, Equation, Facts, Notes, Part, Report, Text
from bayescale.report.render.terminal import dump
from bayescale.report.tables import Table


def as_document(content: Report) -> dict[str, object]:
    """The content as plain values: every part by its name, tables as lists of records, all figures under `figures`."""
    document: dict[str, object] = {
        "title": content.title,
        "claim": content.claim,
        "passed": content.passed,
        "verdict": content.verdict,
    }
    figures = [part.title for part in content.parts if isinstance(part, Drawing)]
    for part in content.parts:
        if isinstance(part, Drawing):
            document["figures"] = figures
        else:
            document[part.name] = _value(part)
    return document


def _value(part: Part) -> object:
    match part:
        case Text(paragraphs=paragraphs):
            return list(paragraphs)
        case Notes(items=items):
            return list(items)
        case Facts(facts=facts):
            return dict(facts)
        case Equation(latex=latex):
            return latex
        case Table(records=records):
            return [dict(record) for record in records]
        case Drawing(title=title):
            return title


def to_json(content: Report) -> str:
    """The content as text."""
    return dump(as_document(content))
