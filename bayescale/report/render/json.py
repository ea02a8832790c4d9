"""Write a report as one JSON document: values instead of text, titles instead of figures."""

from collections.abc import Iterable

from bayescale.core.notes import codes_of
from bayescale.report.elements import Drawing, Equation, Facts, Notes, Part, Report, Text
from bayescale.report.render.terminal import dump
from bayescale.report.tables import Table


def as_document(content: Report) -> dict[str, object]:
    """Convert a report to plain values.

    Parameters
    ----------
    content : Report
        The report.

    Returns
    -------
    dict of str to object
        Every part by its name; tables as lists of records; titles of all figures under `figures`. `note_codes` holds
        the code of each note, in the order of `notes`.
    """
    document: dict[str, object] = {
        "title": content.title,
        "answer": content.answer,
        "origin": dict(content.origin),
        "claim": content.claim,
        "passed": content.passed,
        "verdict": content.verdict,
    }
    figures = [part.title for part in content.parts if isinstance(part, Drawing)]
    for part in content.parts:
        if isinstance(part, Drawing):
            document["figures"] = figures
        elif isinstance(part, Notes) and part.name == "notes":
            document |= notes_fields(part.items)
        else:
            document[part.name] = _value(part)
    return document


def notes_fields(notes: Iterable[str]) -> dict[str, list[str]]:
    """Return the fields of a JSON document that hold notes.

    Parameters
    ----------
    notes : iterable of str or Note
        The notes.

    Returns
    -------
    dict of str to list of str
        `notes` with the sentences, and `note_codes` with the code of each; "uncoded" for a plain text.
    """
    texts = list(notes)
    return {"notes": [str(note) for note in texts], "note_codes": codes_of(texts)}


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
    """Write a report as JSON.

    Parameters
    ----------
    content : Report
        The report.

    Returns
    -------
    str
        One JSON document.
    """
    return dump(as_document(content))
