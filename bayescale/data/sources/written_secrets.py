"""Whether an address contains a secret, where only a placeholder `${NAME}` is allowed."""

import re
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from bayescale.data.sources.credentials import PLACEHOLDER, SECRET_NAMES

_SETTING = re.compile(r"(?i)\b(\w*(?:pass|pwd|token|secret|credential|signature|apikey)\w*)\s*=\s*([^;&\s]+)")
_FILES = ("sslkey", "sslcert", "sslrootcert", "keyfile", "key_file", "ssl_key", "ssl_cert")  # paths, not secrets


def written_out(address: str, *, web: bool = False) -> str:
    """Describe the secret that an address contains instead of a placeholder.

    Parameters
    ----------
    address : str
        A database URL, or the address of a server or object store. Placeholders `${NAME}` are not secrets.
    web : bool, default False
        Whether a user alone may be a token, as in https://TOKEN@host.

    Returns
    -------
    str
        The kind of secret, such as "a password", without any part of it; "" where there is none.
    """
    if "://" not in address:
        return "a password" if _settings(address) else ""
    rest = address.partition("://")[2]
    authority = re.split(r"[?#]", rest)[0] if not web else re.split(r"[/?#]", rest)[0]
    if not rest.startswith("/") and "@" in authority:
        user = authority.rpartition("@")[0]
        name, *secret = re.split(r"[:/]", user, maxsplit=1)
        if secret and not _is_named(secret[0]):
            return "a password"
        if web and not secret and not _is_named(name):
            return "a user, which may be a token"
    elif not rest.startswith("/") and "@" in rest and _settings(rest) == "" and not web:
        user = rest.rpartition("@")[0]  # a password that holds "?" or "#"
        if ":" in user and not _is_named(user.partition(":")[2]):
            return "a password"
    return _query(address) or ("a password" if _settings(unquote_plus(address)) else "")


def _is_named(text: str) -> bool:
    """Whether a text is nothing but placeholders."""
    return not PLACEHOLDER.sub("", text).strip()


def _query(address: str) -> str:
    try:
        pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    except ValueError:
        return ""
    for name, value in pairs:
        secret = any(word in name.lower() for word in (*SECRET_NAMES, "pwd", "auth"))
        if secret and name.lower() not in _FILES and not _is_named(value):
            return f"a secret ({name})"
    return ""


def _settings(text: str) -> str:
    """The first setting such as PWD=… whose value is written out."""
    return next((match[1] for match in _SETTING.finditer(text) if not _is_named(match[2])), "")
