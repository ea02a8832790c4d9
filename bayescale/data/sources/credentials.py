"""Secrets of a connection: taken from the environment when a source is opened, and displayed nowhere.

Only connection fields may hold `${NAME}`. They carry the metadata CONNECTION and are not part of `repr`.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from bayescale.errors import InputError

#: Metadata of a dataclass field with connection settings.
CONNECTION = {"connection": True}

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_USERINFO = re.compile(r"(?<=://)(?!/).*@", re.DOTALL)
_PASSWORD = re.compile(r"://(?!/)([^:/@]*):(.*)@", re.DOTALL)  # greedy: a password may hold "@" and "/"
SECRET_NAMES = ("pass", "token", "secret", "key", "sig", "credential")


@dataclass(frozen=True)
class Opened:
    """A connection field with its placeholders filled in, and the secrets that no message may contain.

    Attributes
    ----------
    text : str
        The filled field.
    secrets : tuple of str, default ()
        The secrets, in every spelling.
    """

    text: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False, default=())

    def replaced(self, text: str) -> str:
        """Replace the secrets in a text of several lines.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        str
            The text with *** for each secret.
        """
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def scrubbed(self, message: object) -> str:
        """Write a driver's message in one line, without the secrets and without the queries of addresses.

        Parameters
        ----------
        message : object
            The message, written by `str`.

        Returns
        -------
        str
            At most 400 characters.
        """
        text = self.replaced(" ".join(str(message).split()))
        text = re.sub(r"(://[^\s?]*)\?\S+", r"\1", text)
        return text if len(text) <= 400 else f"{text[:397]}..."


def is_connection(setting: Field[Any]) -> bool:
    """Return whether a field of a source holds connection settings.

    Parameters
    ----------
    setting : dataclasses.Field
        The field.

    Returns
    -------
    bool
        True for fields with the metadata CONNECTION.
    """
    return bool(setting.metadata.get("connection"))


def opened(text: str, name: str) -> Opened:
    """Fill in `${NAME}` from the environment.

    A placeholder that is the whole text is replaced by the value as it is. Inside an address the value is
    percent-encoded, so that a password may hold any character.

    Parameters
    ----------
    text : str
        The field.
    name : str
        What the error calls the field.

    Returns
    -------
    Opened
        The filled field and its secrets.

    Raises
    ------
    InputError
        If variables are not set; it names all of them.
    """
    variables = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    missing = [variable for variable in variables if not os.environ.get(variable)]
    if missing:
        raise InputError(f"{name}: the environment does not set {', '.join(missing)}; set it before reading.")
    if PLACEHOLDER.fullmatch(text.strip()):
        filled = os.environ[variables[0]].strip()
    else:
        filled = PLACEHOLDER.sub(lambda match: quote(os.environ[match[1]], safe=""), text)
    values = [os.environ[variable].strip() for variable in variables]
    return Opened(filled, tuple(_spellings([*values, *_secrets_in(filled)])))


def _secrets_in(address: str) -> list[str]:
    """The password of an address, the user of a web address (it may be a token), and query values that are secret."""
    secrets = [match[2] for match in _PASSWORD.finditer(address)]
    try:
        parts = urlsplit(address)
        secrets += [parts.password or "", (parts.username or "") if parts.scheme in ("http", "https") else ""]
        query = parse_qsl(parts.query)
    except ValueError:
        return secrets
    return secrets + [value for name, value in query if any(word in name.lower() for word in SECRET_NAMES)]


def _spellings(values: Iterable[str]) -> list[str]:
    spellings = [text for value in values for text in (value, quote(value, safe=""), unquote(value))]
    return [text for text in dict.fromkeys(spellings) if text]


def hidden(text: str) -> str:
    """Return an address without user, password, query and fragment.

    Parameters
    ----------
    text : str
        The address, or a bare `${NAME}`, which stays as it is.

    Returns
    -------
    str
        The address, fit for messages and records.
    """
    address = _USERINFO.sub("***@", text.strip())
    return address if PLACEHOLDER.fullmatch(address) else re.split(r"[?#]", address)[0]


def described(source: Any) -> dict[str, Any]:
    """Describe a source as JSON for lineage and reports.

    Parameters
    ----------
    source : source
        The source.

    Returns
    -------
    dict of str to JSON value
        Its kind and fields. Placeholders stay as they are; a secret is replaced by ***.
    """
    facts: dict[str, Any] = {"kind": type(source).__name__.lower()}
    for setting in fields(source):
        value = getattr(source, setting.name)
        if is_connection(setting):
            value = hidden(value) if "://" in value or PLACEHOLDER.fullmatch(value.strip()) else value and "***"
        facts[setting.name] = list(value) if isinstance(value, tuple) else value
    return facts
