"""Secrets of a connection: taken from the environment when a source is opened, and shown nowhere.

Only fields that say how to connect may hold `${NAME}`. They carry the metadata CONNECTION and are not part of `repr`.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from bayescale.errors import InputError

#: Metadata of a dataclass field that says how to connect.
CONNECTION = {"connection": True}

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_USERINFO = re.compile(r"(?<=://)(?!/).*@", re.DOTALL)
_PASSWORD = re.compile(r"://(?!/)([^:/@]*):(.*)@", re.DOTALL)  # greedy: a password may hold "@" and "/"
SECRET_NAMES = ("pass", "token", "secret", "key", "sig", "credential")


@dataclass(frozen=True)
class Opened:
    """A connection field with its placeholders filled in, and every text in it that no message may show."""

    text: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False, default=())

    def replaced(self, text: str) -> str:
        """A text of several lines without the secrets."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def scrubbed(self, message: object) -> str:
        """A driver's message in one line, without the secrets and without the queries of addresses."""
        text = self.replaced(" ".join(str(message).split()))
        text = re.sub(r"(://[^\s?]*)\?\S+", r"\1", text)
        return text if len(text) <= 400 else f"{text[:397]}..."


def is_connection(one: Field[Any]) -> bool:
    return bool(one.metadata.get("connection"))


def opened(text: str, what: str) -> Opened:
    """Fill in `${NAME}` from the environment.

    A value is taken as it is where the placeholder is the whole text, and percent-encoded inside an address, so that a
    password may hold any character. Raises InputError for variables that are not set, naming them all.
    """
    names = list(dict.fromkeys(PLACEHOLDER.findall(text)))
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise InputError(f"{what}: the environment does not set {', '.join(missing)}; set it before this is read.")
    if PLACEHOLDER.fullmatch(text.strip()):
        filled = os.environ[names[0]].strip()
    else:
        filled = PLACEHOLDER.sub(lambda match: quote(os.environ[match[1]], safe=""), text)
    values = [os.environ[name].strip() for name in names]
    return Opened(filled, tuple(_spellings([*values, *_inside(filled)])))


def _inside(address: str) -> list[str]:
    """The password of an address, the user of a web address (it may be a token), and query values that are secret."""
    found = [match[2] for match in _PASSWORD.finditer(address)]
    try:
        parts = urlsplit(address)
        found += [parts.password or "", (parts.username or "") if parts.scheme in ("http", "https") else ""]
        named = parse_qsl(parts.query)
    except ValueError:
        return found
    return found + [value for name, value in named if any(word in name.lower() for word in SECRET_NAMES)]


def _spellings(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(one for value in values for one in (value, quote(value, safe=""), unquote(value)) if one))


def hidden(text: str) -> str:
    """An address fit to be shown and kept: no user, password, query or fragment. A bare `${NAME}` stays as it is."""
    shown = _USERINFO.sub("***@", text.strip())
    return shown if PLACEHOLDER.fullmatch(shown) else re.split(r"[?#]", shown)[0]


def described(source: Any) -> dict[str, Any]:
    """A source as JSON for lineage and reports: its kind and fields, connections without their secrets.

    Placeholders stay as they are written; a token that is written out is only said to be there.
    """
    facts: dict[str, Any] = {"kind": type(source).__name__.lower()}
    for one in fields(source):
        value = getattr(source, one.name)
        if is_connection(one):
            value = hidden(value) if "://" in value or PLACEHOLDER.fullmatch(value.strip()) else value and "***"
        facts[one.name] = list(value) if isinstance(value, tuple) else value
    return facts
