"""JSON over HTTP; credentials are sent to the named server and nowhere else."""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from bayescale.data.sources.credentials import Opened
from bayescale.data.sources.services.http import LARGEST, Allowance, HttpRefusal, TooLarge, request_body
from bayescale.errors import InputError, SourceError


class Refused(Exception):
    """An answer with a status other than 200.

    Parameters
    ----------
    status : int
        The HTTP status.
    code : str
        The error code in its JSON.
    message : str
        The reason that the server gives.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code = status, code
        super().__init__(message)


@dataclass(frozen=True)
class Server:
    """A server that speaks JSON.

    Attributes
    ----------
    address : str
        The address, without user and password.
    headers : mapping of str to str
        Headers of every request.
    secret : Opened
        The secrets that no message may contain.
    public_address : str
        The address without secrets, for messages.
    timeout : float
        Seconds for one whole answer.
    """

    address: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    secret: Opened = field(repr=False)
    public_address: str
    timeout: float

    def allowance(self) -> Allowance:
        """Return the time and bytes for one answer; the requests for its pages share it.

        Returns
        -------
        Allowance
            The time and bytes.
        """
        return Allowance(self.timeout)

    def get(self, path: str, query: Mapping[str, Any], allowance: Allowance | None = None) -> dict[str, Any]:
        """Send a GET request.

        Parameters
        ----------
        path : str
            Path below the address.
        query : mapping
            Parameters of the query.
        allowance : Allowance, optional
            Time and bytes that are left; a new allowance by default.

        Returns
        -------
        dict
            The answer.

        Raises
        ------
        Refused
            If the server refuses the request.
        SourceError
            If there is no answer in time, or it is not a JSON object.
        """
        return self._answer(f"{path}?{urlencode(query)}", None, allowance or self.allowance())

    def post(self, path: str, body: Mapping[str, Any], allowance: Allowance | None = None) -> dict[str, Any]:
        """Send a POST request.

        Parameters
        ----------
        path : str
            Path below the address.
        body : mapping
            Content, sent as JSON.
        allowance : Allowance, optional
            Time and bytes that are left; a new allowance by default.

        Returns
        -------
        dict
            The answer.

        Raises
        ------
        Refused
            If the server refuses the request.
        SourceError
            If there is no answer in time, or it is not a JSON object.
        """
        return self._answer(path, json.dumps(body).encode(), allowance or self.allowance())

    def _answer(self, path: str, body: bytes | None, allowance: Allowance) -> dict[str, Any]:
        where = f"{self.public_address}/{path.partition('?')[0]}"
        try:
            answer = json.loads(request_body(f"{self.address}/{path}", body, self.headers, allowance))
        except HttpRefusal as error:
            failed: Exception = self._refusal(error)
        except TooLarge:
            failed = SourceError(f"{where}: the answer has more than {LARGEST / 1e6:g} MB; ask for less of it.")
        except (TimeoutError, OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                failed = SourceError(f"{where}: no whole answer within {self.timeout:g} s; is the server overloaded?")
            else:
                message = self.secret.scrubbed(reason).strip() or type(reason).__name__
                failed = SourceError(f"{where}: the server cannot be reached ({message}).")
        except RecursionError:
            failed = SourceError(f"{where}: the answer is nested too deeply to be read; is this the right address?")
        except ValueError:
            failed = SourceError(f"{where}: the answer is not JSON; is this the right address?")
        else:
            if isinstance(answer, dict):
                return answer
            failed = SourceError(f"{where}: the answer is not a JSON object; is this the right address?")
        raise failed  # not from the original error, which may hold the address with its password

    def _refusal(self, error: HttpRefusal) -> Exception:
        try:
            content = json.loads(error.content)
            code, message = str(content["error_code"]), str(content["message"])
        except (ValueError, KeyError, TypeError, RecursionError):
            code, message = "", http.client.responses.get(error.status, "no reason given")
        reason = self.secret.scrubbed(message)
        if error.status in (401, 403):
            return SourceError(
                f"{self.public_address}: the server refuses these credentials ({error.status}: {reason})."
            )
        if error.status >= 500 or error.status == 429 or not code:
            return SourceError(f"{self.public_address}: the server answers {error.status} ({reason}).")
        return Refused(error.status, code, reason)


def server(uri: Opened, token: Opened, public_address: str, timeout: float) -> Server:
    """Return the server at an address.

    Parameters
    ----------
    uri : Opened
        The address; it may name a user and password, which are sent as Basic authentication.
    token : Opened
        A bearer token; its text may be empty.
    public_address : str
        The address without secrets, for messages.
    timeout : float
        Seconds for one whole answer.

    Returns
    -------
    Server
        The server.

    Raises
    ------
    InputError
        If the address is not http:// or https://.
    """
    try:
        parts = urlsplit(uri.text.strip())
        host, user, password = parts.hostname, parts.username, parts.password
    except ValueError:
        host, user, password = None, None, None
    if not host or parts.scheme not in ("http", "https"):
        raise InputError(
            f"{public_address}: is not the address of a server; write it as https://host or http://127.0.0.1:5000."
        )
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token.text:
        headers["Authorization"] = f"Bearer {token.text}"
    elif user:
        credentials = f"{unquote(user)}:{unquote(password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
    address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    secret = Opened("", (*uri.secrets, *token.secrets, *([token.text] if token.text else [])))
    return Server(address, headers, secret, public_address.rstrip("/"), timeout)
