"""What services receive: within their limits, and with text from data as text."""

import json
from typing import Any

import pytest

from bayescale.maintenance.alerts.payloads import MAX_HEADING, MAX_TEXT, Alert, Format, payload

SLY = Alert("pile", "drift", "run <!channel> *a8* [click](https://host) \x1b[31m& more")
LONG = Alert("m" * 300, "failed", "x" * 100_000)


def read(alert: Alert, form: Format) -> Any:
    return json.loads(payload(alert, form))


def test_json_is_the_alert() -> None:
    assert read(SLY, "json") == {"model": "pile", "kind": "drift", "message": SLY.message}


def test_slack_reads_no_markup() -> None:
    message = read(SLY, "slack")
    assert [block["type"] for block in message["blocks"]] == ["header", "section"]
    assert {block["text"]["type"] for block in message["blocks"]} == {"plain_text"}  # mrkdwn would read mentions
    assert message["blocks"][0]["text"]["text"] == "pile: a run outside its forecast"
    assert message["blocks"][1]["text"]["text"] == SLY.message.replace("\x1b", "\ufffd")
    assert read(Alert("a", "<!here>", "b"), "slack")["text"] == "a: &lt;!here&gt;"


def test_teams_reads_no_markup() -> None:
    (attachment,) = read(SLY, "teams")["attachments"]
    card = attachment["content"]
    assert (attachment["contentType"], card["type"]) == ("application/vnd.microsoft.card.adaptive", "AdaptiveCard")
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}  # a TextBlock would read Markdown
    assert card["body"][1]["inlines"][0]["text"] == SLY.message.replace("\x1b", "\ufffd")


@pytest.mark.parametrize("form", ["slack", "teams"])
def test_long_texts_are_cut(form: Format) -> None:
    body = payload(LONG, form)
    assert len(body.encode()) < 8_000  # Teams takes 28 KB
    texts = [block["text"]["text"] for block in read(LONG, "slack")["blocks"]]
    assert [len(text) for text in texts] == [MAX_HEADING, MAX_TEXT]


def test_no_text_is_empty() -> None:
    """Slack refuses a block without text."""
    assert read(Alert("pile", "failed", ""), "slack")["blocks"][1]["text"]["text"] == "failed"
