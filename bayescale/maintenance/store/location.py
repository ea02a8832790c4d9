"""The address of a store: a folder of this machine, or a bucket of an S3-compatible service, without credentials."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bayescale.core.argument_types import Positive
from bayescale.errors import InputError

if TYPE_CHECKING:
    import icechunk

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
TIMEOUT = 60.0  # seconds to wait for another writer
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True)
class Place:
    """The parsed address of a store.

    Parameters
    ----------
    url : str
        The address as text.
    folder : pathlib.Path or None
        The folder; None for a bucket.
    bucket : str
        The bucket; blank for a folder.
    prefix : str
        The prefix in the bucket.
    """

    url: str
    folder: Path | None = None
    bucket: str = ""
    prefix: str = ""

    def storage(self, name: str) -> "icechunk.Storage":
        """Return where one of the store's repositories is stored.

        Parameters
        ----------
        name : str
            The repository's name.

        Returns
        -------
        icechunk.Storage
            The storage, with credentials, region and endpoint from the environment.
        """
        import icechunk

        if self.folder is not None:
            return icechunk.local_filesystem_storage(str(self.folder / name))
        endpoint = endpoint_of(os.environ)
        return icechunk.s3_storage(
            bucket=self.bucket,
            prefix=f"{self.prefix}/{name}".lstrip("/"),
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
            endpoint_url=endpoint,
            allow_http=bool(endpoint and endpoint.startswith("http://")),
            force_path_style=endpoint is not None,  # other services than AWS rarely answer at bucket.host
            from_env=True,
        )


@dataclass(frozen=True)
class StoreAddress:
    """The address of a store, and how long its writers wait for each other.

    Parameters
    ----------
    place : Place
        The folder, or the bucket and prefix.
    timeout : float, default 60.0
        Seconds that a writer waits for another one, in a folder.
    """

    place: Place
    timeout: Positive = field(default=TIMEOUT, repr=False)

    @property
    def url(self) -> str:
        """The address as text: an absolute path, or s3://bucket/prefix."""
        return self.place.url


def read_place(url: str | os.PathLike[str]) -> Place:
    """Parse the address of a store.

    Parameters
    ----------
    url : str or path-like
        A folder's path, or s3://bucket/prefix.

    Returns
    -------
    Place
        The address. Endpoint, region and credentials of a bucket come from the environment (AWS_ENDPOINT_URL,
        AWS_REGION and what else AWS tools read), so that no command, spec or record contains them.

    Raises
    ------
    InputError
        The address is malformed.
    """
    text = os.fspath(url)
    if not text.strip():
        raise InputError("the address of a store is blank: give a folder's path, or s3://bucket/prefix")
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):/", text)
    if scheme is None:
        folder = Path(text).expanduser().absolute()
        return Place(str(folder), folder=folder)
    if scheme[1] != "s3" or not text.startswith("s3://"):
        raise InputError(f"a store at {scheme[1]}:// is not supported: give a folder's path, or s3://bucket/prefix")
    return _bucket(text)


def _bucket(text: str) -> Place:
    parts = urlsplit(text)
    if "@" in parts.netloc or ":" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            "the address of a store in a bucket is s3://bucket/prefix alone. Credentials, endpoint and region come "
            "from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_REGION)"
        )
    pieces = [piece for piece in parts.path.split("/") if piece]
    if not BUCKET.fullmatch(parts.netloc) or any(piece in (".", "..") for piece in pieces):
        raise InputError(
            f"{text!r} is no address of a bucket: write s3://bucket/prefix, such as s3://our-posteriors/scaling"
        )
    prefix = "/".join(pieces)
    return Place(f"s3://{parts.netloc}/{prefix}".rstrip("/"), bucket=parts.netloc, prefix=prefix)


def endpoint_of(environment: Mapping[str, str]) -> str | None:
    """Return the address of an S3-compatible service from the environment.

    Parameters
    ----------
    environment : mapping of str to str
        The variables of the environment.

    Returns
    -------
    str or None
        None for AWS itself.

    Raises
    ------
    InputError
        The address contains credentials.
    """
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if endpoint and "@" in urlsplit(endpoint).netloc:
        raise InputError(
            "AWS_ENDPOINT_URL contains credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead"
        )
    return endpoint or None


def require_name(name: object) -> str:
    """Return a model's name, which can be a folder on any system.

    Parameters
    ----------
    name : object
        The name.

    Returns
    -------
    str
        The name.

    Raises
    ------
    InputError
        The name has other characters than lowercase letters, digits, "-" and "_", or more than 100.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name of a model: use lowercase letters, digits, '-' and '_', starting with a letter or a "
            "digit, at most 100 characters"
        )
    return name
