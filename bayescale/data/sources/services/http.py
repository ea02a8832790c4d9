"""HTTP requests whose whole answer, with its headers and pages, has one deadline and one size limit.

A socket's timeout restarts with every byte that arrives, so a server that sends one byte a second is never late. Here
the request runs in a separate thread: at the deadline its socket is shut down and the caller continues.
"""

import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

LARGEST = 128_000_000  # bytes of one answer, all its pages together
_CHUNK = 1 << 16
_LARGEST_ERROR = 1 << 16  # bytes read of an answer that is a refusal


class TooLarge(Exception):
    """An answer that exceeds its size limit."""


class HttpRefusal(Exception):
    """A status of 300 or more, with the content that the server sent (64 KB at most).

    Parameters
    ----------
    status : int
        The HTTP status.
    content : bytes
        The content.
    """

    def __init__(self, status: int, content: bytes) -> None:
        self.status, self.content = status, content
        super().__init__(f"status {status}")


@dataclass
class Allowance:
    """The time and bytes that are left for one answer.

    Attributes
    ----------
    seconds : float
        Seconds for the whole answer.
    bytes_left : int, default 128e6
        Bytes that may still arrive.
    ends : float
        The deadline, by the monotonic clock.
    """

    seconds: float
    bytes_left: int = LARGEST
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends = time.monotonic() + self.seconds

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline; negative after it."""
        return self.ends - time.monotonic()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry credentials to another server, and turn a POST into a GET."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _Sockets(threading.local):
    """The sockets that the request of this thread has opened."""

    opened: list[socket.socket] | None = None

    def add(self, opened: socket.socket) -> None:
        if self.opened is not None:
            self.opened.append(opened)


_sockets = _Sockets()


class _Http(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _sockets.add(self.sock)


class _Https(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _sockets.add(self.sock)


class _HttpHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Http, req)


class _HttpsHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        context: Any = self._context  # type: ignore[attr-defined]  # urllib keeps it; its stubs do not say so
        return self.do_open(_Https, req, context=context)


@cache
def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirects, _HttpHandler, _HttpsHandler)  # once: it reads the certificates


def request_body(
    address: str, data: bytes | None, headers: Mapping[str, str], allowance: Allowance, method: str | None = None
) -> bytes:
    """Return the body of the answer to one request; redirects are not followed.

    Parameters
    ----------
    address : str
        An http:// or https:// address.
    data : bytes or None
        Content to send; None makes the request a GET.
    headers : mapping of str to str
        Headers of the request.
    allowance : Allowance
        Time and bytes that are left for the answer; the bytes of the body are subtracted.
    method : str, optional
        The method, where it is not GET or POST by `data`.

    Returns
    -------
    bytes
        The whole body.

    Raises
    ------
    TimeoutError
        The answer is not complete at the deadline.
    TooLarge
        The body exceeds the bytes that are left.
    HttpRefusal
        The status is 300 or more.
    OSError, http.client.HTTPException, ValueError
        There is no connection, the answer is not HTTP, or the address is malformed.
    """
    opened: list[socket.socket] = []
    results: list[bytes] = []
    errors: list[BaseException] = []

    def work() -> None:
        _sockets.opened = opened
        try:
            results.append(_body(address, data, headers, allowance, method))
        except BaseException as error:  # raised again in the caller's thread
            errors.append(error)

    worker = threading.Thread(target=work, daemon=True, name="bayescale-request")
    worker.start()
    worker.join(max(0.0, allowance.seconds_left))
    if worker.is_alive():
        for connection in list(opened):
            _shut(connection)
        worker.join(1.0)
        raise TimeoutError
    if errors:
        if allowance.seconds_left <= 0 and isinstance(errors[0], OSError | http.client.HTTPException):
            raise TimeoutError from None
        raise errors[0]
    return results[0]


def _shut(opened: socket.socket) -> None:
    with suppress(OSError):  # closed meanwhile
        opened.shutdown(socket.SHUT_RDWR)


def _body(
    address: str, data: bytes | None, headers: Mapping[str, str], allowance: Allowance, method: str | None
) -> bytes:
    request = urllib.request.Request(address, data=data, headers=dict(headers), method=method)
    try:
        with _opener().open(request, timeout=max(0.001, allowance.seconds_left)) as response:
            return _read(response, allowance)
    except urllib.error.HTTPError as error:
        with error:
            content = _refusal(error)
        raise HttpRefusal(error.code, content) from None


def _refusal(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(_LARGEST_ERROR)
    except (OSError, ValueError, http.client.HTTPException):
        return b""


def _read(response: Any, allowance: Allowance) -> bytes:
    chunks = []
    while chunk := response.read1(_CHUNK):
        allowance.bytes_left -= len(chunk)
        if allowance.bytes_left < 0:
            raise TooLarge
        if allowance.seconds_left <= 0:
            raise TimeoutError
        chunks.append(chunk)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(chunks)
