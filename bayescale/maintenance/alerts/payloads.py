"""What a service receives of an alert: JSON of its fields, blocks of Slack, or an adaptive card of Microsoft Teams.

The text of an alert comes from data. It stands in fields that no service reads as markup.

References
----------
Slack, "Reference: blocks" (header and section blocks, and their limits). Microsoft, "Create incoming webhooks with
Workflows for Microsoft Teams", and the schema of Adaptive Cards 1.4 (RichTextBlock).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bayescale.core.display import printable

type Format = Literal["json", "slack", "teams"]

HEADINGS = {"drift": "a run outside its forecast", "failed": "not published", "changed": "rows changed upstream"}
MAX_HEADING, MAX_TEXT = 150, 2900  # characters; Slack takes 150 of a header and 3,000 of a section


@dataclass(frozen=True)
class Alert:
    """Something that people must know.

    Parameters
    ----------
    model : str
        The model's name.
    kind : str
        "drift" (a run outside its forecast), "failed" (a fit that was not published) or "changed" (rows changed or
        deleted upstream).
    message : str
        One sentence.
    """

    model: str
    kind: str
    message: str


def payload(alert: Alert, form: Format) -> str:
    """Return the body of a request that posts an alert.

    Parameters
    ----------
    alert : Alert
        The alert.
    form : str
        "json", "slack" or "teams".

    Returns
    -------
    str
        JSON.
    """
    return json.dumps(_FORMS[form](alert), ensure_ascii=False)


def _slack(alert: Alert) -> Mapping[str, Any]:
    heading, message = _texts(alert)
    return {
        "text": _entities(heading),  # of notifications; here Slack reads markup
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": heading, "emoji": False}},
            {"type": "section", "text": {"type": "plain_text", "text": message, "emoji": False}},
        ],
    }


def _entities(text: str) -> str:
    """Text that Slack does not read as a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(alert: Alert) -> Mapping[str, Any]:
    heading, message = _texts(alert)
    colour = "attention" if alert.kind == "failed" else "warning"
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [  # a TextBlock would read Markdown; runs of a RichTextBlock are plain
            _run(heading, weight="bolder", size="medium", color=colour),
            _run(message),
        ],
    }
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [content]}


def _run(text: str, **style: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _texts(alert: Alert) -> tuple[str, str]:
    """Heading and message, within the limits of services."""
    heading = f"{alert.model}: {HEADINGS.get(alert.kind, alert.kind)}"
    return _short(heading, MAX_HEADING), _short(alert.message or alert.kind, MAX_TEXT)


def _short(text: str, most: int) -> str:
    clean = printable(text)
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


_FORMS: Mapping[Format, Callable[[Alert], Mapping[str, Any]]] = {"json": asdict, "slack": _slack, "teams": _teams}
