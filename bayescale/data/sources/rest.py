"""JSON over HTTP with a deadline, by the standard library; credentials go to the named server and nowhere else."""

import base64
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from bayescale.data.sources.secrets import Opened
from bayescale.errors import InputError, SourceError

_CHUNK = 1 << 16


class Refused(Exception):
    """An answer other than 200: its status, the error code in its JSON, and what it says."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code = status, code
        super().__init__(message)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the credentials to another server."""

    def redirect_request(self, *_: Any) -> None:
        return None


@cache
def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirects)  # once: it reads the certificates


@dataclass(frozen=True)
class Server:
    """A server that speaks JSON. `shown` is its address without secrets."""

    address: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    secret: Opened = field(repr=False)
    shown: str
    timeout: float

    def get(self, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to GET. Raises Refused, and SourceError where there is no answer in time, or not one in JSON."""
        return self._asked(f"{path}?{urlencode(query)}", None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to POST; raises as `get` does."""
        return self._asked(path, json.dumps(body).encode())

    def _asked(self, path: str, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.address}/{path}", data=body, headers=dict(self.headers))
        where = f"{self.shown}/{path.partition('?')[0]}"
        try:
            answer = json.loads(self._sent(request))
        except urllib.error.HTTPError as error:
            failed: Exception = self._refusal(error)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                failed = SourceError(f"{where}: no whole answer within {self.timeout:g} s; is the server overloaded?")
            else:
                failed = SourceError(f"{where}: the server cannot be reached ({self.secret.scrubbed(reason)}).")
        except ValueError:
            failed = SourceError(f"{where}: the answer is not JSON; is this the right address?")
        else:
            if isinstance(answer, dict):
                return answer
            failed = SourceError(f"{where}: the answer is not a JSON object; is this the right address?")
        raise failed  # apart from the error it was made of, which may hold the address with its password

    def _sent(self, request: urllib.request.Request) -> bytes:
        end = time.monotonic() + self.timeout
        chunks = []
        with _opener().open(request, timeout=self.timeout) as response:
            while chunk := response.read1(_CHUNK):
                chunks.append(chunk)
                if time.monotonic() > end:
                    raise TimeoutError
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
        return b"".join(chunks)

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        with error:
            try:
                said = json.loads(error.read(_CHUNK))
                code, message = str(said["error_code"]), str(said["message"])
            except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
                code, message = "", str(error.reason)
        reason = self.secret.scrubbed(message)
        if error.code in (401, 403):
            return SourceError(f"{self.shown}: the server refuses these credentials ({error.code}: {reason}).")
        if error.code >= 500 or error.code == 429 or not code:
            return SourceError(f"{self.shown}: the server answers {error.code} ({reason}).")
        return Refused(error.code, code, reason)


def server(uri: Opened, token: Opened, shown: str, timeout: float) -> Server:
    """The server at an address, which may name a user and password (sent as Basic), or with a bearer token.

    Raises InputError for an address that is not http:// or https://.
    """
    try:
        parts = urlsplit(uri.text.strip())
        host, user, password = parts.hostname, parts.username, parts.password
    except ValueError:
        host, user, password = None, None, None
    if not host or parts.scheme not in ("http", "https"):
        raise InputError(f"{shown}: is not the address of a server; write it as https://host or http://127.0.0.1:5000.")
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token.text:
        headers["Authorization"] = f"Bearer {token.text}"
    elif user:
        named = f"{unquote(user)}:{unquote(password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(named.encode()).decode()}"
    address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    secret = Opened("", (*uri.secrets, *token.secrets, *([token.text] if token.text else [])))
    return Server(address, headers, secret, shown.rstrip("/"), timeout)
