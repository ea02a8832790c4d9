"""Telling people: an alert goes to the operator's own command, to the address a spec names, and to neither silently."""

import json
import os
import shlex
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass

TIMEOUT = 30.0  # seconds


@dataclass(frozen=True)
class Alert:
    """`kind` is drift (a run outside its forecast), failed (a fit not published) or changed (rows gone or altered)."""

    model: str
    kind: str
    message: str


def deliver(alert: Alert, command: str | None, webhook: str | None) -> tuple[str, ...]:
    """Tell the command (JSON on its standard input) and the address (JSON posted). Returns what went wrong, in words:
    an alert that cannot be delivered does not undo what it is about.

    `webhook` is `${NAME}`, a variable of the environment that holds the address, which is never shown.
    """
    text = json.dumps(asdict(alert), ensure_ascii=False)
    problems = []
    if command is not None:
        problems += _run(command, text)
    if webhook is not None:
        problems += _post(webhook, text, os.environ)
    return tuple(problems)


def _run(command: str, text: str) -> list[str]:
    try:
        done = subprocess.run(
            shlex.split(command), input=text, text=True, capture_output=True, timeout=TIMEOUT, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return [f"the alert's command could not be run: {error}"]
    return [f"the alert's command left with {done.returncode}: {done.stderr.strip()[:300]}"] if done.returncode else []


def _post(webhook: str, text: str, environment: Mapping[str, str]) -> list[str]:
    name = webhook.removeprefix("${").removesuffix("}")
    address = environment.get(name, "")
    if not address.startswith(("https://", "http://")):
        return [f"the alert's address is not known: set {name} to an https:// address"]
    headers = {"Content-Type": "application/json"}
    try:
        request = urllib.request.Request(address, text.encode(), headers, method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT):
            return []
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        said = str(getattr(error, "reason", error)).replace(address, f"${{{name}}}")
        return [f"the alert could not be posted to ${{{name}}}: {said}"]
