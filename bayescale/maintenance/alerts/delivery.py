"""Alerts: each is given to the operator's command and to the webhook that a spec names.

A delivery that fails becomes a note and undoes nothing. The webhook's address is a secret, including its path, and no
message shows it.
"""

import http.client
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Literal

from bayescale.data.sources.credentials import Opened, opened
from bayescale.data.sources.services.http import Allowance, HttpRefusal, TooLarge, request_body
from bayescale.maintenance.alerts.payloads import Alert, Format, payload

TIMEOUT = 30.0  # seconds for one delivery, from looking up the address to the last byte of the answer
LARGEST_ANSWER = 1_000_000  # bytes
MAX_CHARACTERS = 300  # of a command's standard error

type Channel = Literal["command", "webhook"]


@dataclass(frozen=True)
class Channels:
    """Where alerts go.

    Parameters
    ----------
    command : str, optional
        A command line.
    webhook : str, optional
        `${NAME}`, the variable of the environment that holds the address.
    format : str, default "json"
        What the webhook receives: "json", "slack" or "teams". A command always receives JSON.
    """

    command: str | None = None
    webhook: str | None = None
    format: Format = "json"

    @property
    def names(self) -> tuple[Channel, ...]:
        """The channels that are set."""
        named: tuple[tuple[Channel, str | None], ...] = (("command", self.command), ("webhook", self.webhook))
        return tuple(name for name, where in named if where is not None)


def alerts_for(model: str, failed: Sequence[str], upstream: Sequence[str], drift: Sequence[str]) -> tuple[Alert, ...]:
    """Return the alerts of a re-fit.

    Parameters
    ----------
    model : str
        The model's name.
    failed : sequence of str
        A fit or source that failed.
    upstream : sequence of str
        Rows that changed upstream.
    drift : sequence of str
        Runs outside their forecasts.

    Returns
    -------
    tuple of Alert
        One alert per message.
    """
    kinds = (("failed", failed), ("changed", upstream), ("drift", drift))
    return tuple(Alert(model, kind, line) for kind, lines in kinds for line in lines)


def deliver(alert: Alert, channels: Channels) -> tuple[str, ...]:
    """Give an alert to a command (JSON on its standard input) and to a webhook (posted).

    Parameters
    ----------
    alert : Alert
        The alert.
    channels : Channels
        Where alerts go.

    Returns
    -------
    tuple of str
        What failed; empty where the alert was delivered.
    """
    return tuple(problem for name in channels.names for problem in deliver_to(name, channels, alert))


def deliver_to(name: Channel, channels: Channels, alert: Alert) -> tuple[str, ...]:
    """Give an alert to one channel.

    Parameters
    ----------
    name : str
        The channel.
    channels : Channels
        Where alerts go.
    alert : Alert
        The alert.

    Returns
    -------
    tuple of str
        What failed; empty where the alert was delivered.
    """
    try:
        if name == "command":
            problem = _run(channels.command or "", payload(alert, "json"))
        else:
            problem = _post(channels.webhook or "", payload(alert, channels.format), os.environ)
    except Exception as error:  # a failed alert must not end the re-fit that it reports; the text may hold the address
        problem = f"the alert could not be delivered to the {name}: {type(error).__name__}"
    return (problem,) if problem else ()


def _run(command: str, text: str) -> str:
    """Run a command with the alert on its standard input; the command and what it started end at the deadline."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        return f"the alert's command cannot be parsed: {error}"
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
    errors = _StandardError(running.stderr)
    feeding = threading.Thread(target=_feed, args=(running.stdin, text), daemon=True)
    feeding.start()
    try:
        code = running.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        _end(running)
        return f"the alert's command did not end within {TIMEOUT:g} s"
    finally:
        _end_group(running)
        errors.close()
    return f"the alert's command ended with exit code {code}: {errors.text}" if code else ""


def _feed(stream: IO[bytes] | None, text: str) -> None:
    with suppress(OSError, ValueError):
        if stream is not None:
            with stream:
                stream.write(text.encode("utf-8", "replace"))


class _StandardError:
    """Standard error of a command: the start is stored, and the rest is read so that the command never waits."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream, self._text = stream, b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        if self._stream is None:
            return
        with suppress(OSError, ValueError), self._stream as stream:
            while chunk := stream.read(4096):
                if len(self._text) < 4 * MAX_CHARACTERS:
                    self._text += chunk

    def close(self) -> None:
        """Wait up to a second for the rest."""
        self._reader.join(1.0)

    @property
    def text(self) -> str:
        """The start, in one line."""
        return " ".join(self._text.decode("utf-8", "replace").split())[:MAX_CHARACTERS]


def _end(running: "subprocess.Popen[bytes]") -> None:
    _end_group(running)
    running.kill()
    with suppress(subprocess.TimeoutExpired):
        running.wait(5.0)


def _end_group(running: "subprocess.Popen[bytes]") -> None:
    """End the processes that the command started and left behind: they would hold the pipe open."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGKILL)


def _post(webhook: str, text: str, environment: Mapping[str, str]) -> str:
    name = webhook.removeprefix("${").removesuffix("}")
    address = environment.get(name, "").strip()
    if not address.startswith(("https://", "http://")):
        return f"the variable {name} holds no address for alerts: set it to an https:// address"
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
            return f"{failed}: the server redirects ({error.status}); set {name} to the address it redirects to"
        return f"{failed}: the server answers {error.status}"
    except TooLarge:
        return ""  # the server received it; a long answer does not matter
    except TimeoutError:
        return f"{failed}: no complete answer within {TIMEOUT:g} s"
    except OSError as error:
        return f"{failed}: {_reason(error)}"
    except (http.client.HTTPException, ValueError) as error:
        return f"{failed}: the address is malformed, or the answer is not HTTP ({type(error).__name__})"
    return ""


def _reason(error: OSError) -> str:
    """Why there was no connection: the system's message, never an error's text, which may contain the address."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT:g} s"
    words = getattr(cause, "strerror", None)
    return words if isinstance(words, str) and words else type(cause).__name__


def secrets_in(texts: Mapping[str, str | None]) -> Opened:
    """Return the secrets that texts take from the environment, to remove these from messages.

    Parameters
    ----------
    texts : mapping of str to str or None
        Texts with `${NAME}`, by where they stand.

    Returns
    -------
    Opened
        An object whose `replaced` removes the secrets.
    """
    secrets: list[str] = []
    for where, text in texts.items():
        with suppress(Exception):
            secrets += opened(text or "", where).secrets
    return Opened("", tuple(secrets))
