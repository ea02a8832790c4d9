"""A report as one JSON document: the same content as the page, values instead of text, figures left out."""

import json
from dataclasses import asdict

from bayescale.report.content import Content
from bayescale.report.tables import Table


def as_document(content: Content) -> dict[str, object]:
    """The content as plain values: tables become lists of records."""
    written = asdict(content) | {
        name: [dict(record) for record in table.records]
        for name, table in vars(content).items()
        if isinstance(table, Table)
    }
    written["figures"] = [figure.title for figure in content.figures]
    return written


def to_json(content: Content) -> str:
    """The content as text."""
    return json.dumps(as_document(content), indent=2, allow_nan=False, ensure_ascii=False)
