"""Telling people: an alert goes to the operator's own command and to the address a spec names.

Whatever an address or a command does, the outcome is a sentence: an alert that cannot be delivered undoes nothing. The
address is a secret, its path too, and no sentence shows it.
"""

import http.client
import json
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, Literal

from bayescale.data.sources.credentials import Opened, opened
from bayescale.data.sources.services.http import Allowance, HttpRefusal, TooLarge, request_body

TIMEOUT = 30.0  # seconds for one delivery, from looking up the address to the last byte of the answer
LARGEST_ANSWER = 1_000_000  # bytes
SHOWN = 300  # characters of what a command says

type Channel = Literal["command", "webhook"]


@dataclass(frozen=True)
class Alert:
    """`kind` is drift (a run outside its forecast), failed (a fit not published) or changed (rows gone or altered)."""

    model: str
    kind: str
    message: str


@dataclass(frozen=True)
class Channels:
    """Where alerts go. `webhook` is `${NAME}`, a variable of the environment that holds the address."""

    command: str | None = None
    webhook: str | None = None

    @property
    def names(self) -> tuple[Channel, ...]:
        """The channels that are set."""
        named: tuple[tuple[Channel, str | None], ...] = (("command", self.command), ("webhook", self.webhook))
        return tuple(name for name, where in named if where is not None)


def alerts_for(model: str, failed: Sequence[str], upstream: Sequence[str], drift: Sequence[str]) -> tuple[Alert, ...]:
    """What people are told: of a fit or source that failed, rows that changed upstream, runs outside their forecast."""
    kinds = (("failed", failed), ("changed", upstream), ("drift", drift))
    return tuple(Alert(model, kind, line) for kind, lines in kinds for line in lines)


def deliver(alert: Alert, command: str | None, webhook: str | None) -> tuple[str, ...]:
    """Give an alert to a command (JSON on its standard input) and to an address (JSON posted).

    Parameters
    ----------
    alert : Alert
        What to say.
    command : str or None
        A command line; no shell runs it.
    webhook : str or None
        `${NAME}`, the variable of the environment that holds the address.

    Returns
    -------
    tuple of str
        What went wrong, in words; empty where everything was delivered.
    """
    channels = Channels(command, webhook)
    return tuple(problem for name in channels.names for problem in deliver_by(name, channels, alert))


def deliver_by(name: Channel, channels: Channels, alert: Alert) -> tuple[str, ...]:
    """Give an alert to one channel. Returns what went wrong, in words."""
    text = json.dumps(asdict(alert), ensure_ascii=False)
    try:
        if name == "command":
            problem = _run(channels.command or "", text)
        else:
            problem = _post(channels.webhook or "", text, os.environ)
    except Exception as error:  # an alert is no reason to lose what it is about; the text may hold the address
        problem = f"the alert could not be delivered to the {name}: {type(error).__name__}"
    return (problem,) if problem else ()


def _run(command: str, text: str) -> str:
    """Run a command with the alert on its standard input; the command and what it started end at the deadline."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        return f"the alert's command cannot be read: {error}"
    if not words:
        return "the alert's command is empty"
    try:
        running = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that what it starts can be ended with it
        )
    except (OSError, ValueError) as error:
        return f"the alert's command could not be run: {getattr(error, 'strerror', None) or type(error).__name__}"
    said = _Said(running.stderr)
    feeding = threading.Thread(target=_feed, args=(running.stdin, text), daemon=True)
    feeding.start()
    try:
        code = running.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        _end(running)
        return f"the alert's command did not end within {TIMEOUT:g} s"
    finally:
        _end_group(running)
        said.close()
    return f"the alert's command left with {code}: {said.text}" if code else ""


def _feed(stream: IO[bytes] | None, text: str) -> None:
    with suppress(OSError, ValueError):
        if stream is not None:
            with stream:
                stream.write(text.encode("utf-8", "replace"))


class _Said:
    """What a command writes to standard error: the beginning is kept, and the rest is read so that it never waits."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream, self._kept = stream, b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        if self._stream is None:
            return
        with suppress(OSError, ValueError), self._stream as stream:
            while chunk := stream.read(4096):
                if len(self._kept) < 4 * SHOWN:
                    self._kept += chunk

    def close(self) -> None:
        self._reader.join(1.0)

    @property
    def text(self) -> str:
        return " ".join(self._kept.decode("utf-8", "replace").split())[:SHOWN]


def _end(running: "subprocess.Popen[bytes]") -> None:
    _end_group(running)
    running.kill()
    with suppress(subprocess.TimeoutExpired):
        running.wait(5.0)


def _end_group(running: "subprocess.Popen[bytes]") -> None:
    """End what the command started and left behind: it would hold the pipe open."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGKILL)


def _post(webhook: str, text: str, environment: Mapping[str, str]) -> str:
    name = webhook.removeprefix("${").removesuffix("}")
    address = environment.get(name, "").strip()
    if not address.startswith(("https://", "http://")):
        return f"the alert's address is not known: set {name} to an https:// address"
    failed = f"the alert could not be posted to ${{{name}}}"
    try:
        request_body(
            address,
            text.encode("utf-8", "replace"),
            {"Content-Type": "application/json"},
            Allowance(TIMEOUT, LARGEST_ANSWER),
            "POST",
        )
    except HttpRefusal as error:
        if 300 <= error.status < 400:
            return f"{failed}: it redirects ({error.status}); name the address that it leads to"
        return f"{failed}: it answers {error.status}"
    except TooLarge:
        return ""  # it was received: what the server goes on to say does not matter
    except TimeoutError:
        return f"{failed}: no whole answer within {TIMEOUT:g} s"
    except OSError as error:
        return f"{failed}: {_reason(error)}"
    except (http.client.HTTPException, ValueError) as error:
        return f"{failed}: the address is malformed, or the answer is no HTTP ({type(error).__name__})"
    return ""


def _reason(error: OSError) -> str:
    """Why there was no connection: the system's words for it, never the text of an error that may hold an address."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT:g} s"
    words = getattr(cause, "strerror", None)
    return words if isinstance(words, str) and words else type(cause).__name__


def secrets_in(texts: Mapping[str, str | None]) -> Opened:
    """The secrets that named texts (`${NAME}` in them) take from the environment, to scrub messages of them."""
    found: list[str] = []
    for what, text in texts.items():
        with suppress(Exception):
            found += opened(text or "", what).secrets
    return Opened("", tuple(found))
