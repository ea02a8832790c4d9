"""Where a store lives: a folder of this machine, or a bucket of an S3-compatible service. Never with credentials."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bayescale.errors import InputError

if TYPE_CHECKING:
    import icechunk

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True)
class Place:
    """A store's address: `folder` on this machine, or else `bucket` and `prefix` at an S3-compatible service."""

    url: str
    folder: Path | None = None
    bucket: str = ""
    prefix: str = ""

    def storage(self, name: str) -> "icechunk.Storage":
        """Where one of the store's repositories is kept."""
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
            force_path_style=endpoint is not None,  # services of one's own rarely answer at bucket.host
            from_env=True,
        )


def read_place(url: str | os.PathLike[str]) -> Place:
    """The place that a folder's path or an address s3://bucket/prefix names.

    Endpoint, region and credentials of a bucket come from the environment (AWS_ENDPOINT_URL, AWS_REGION, and whatever
    else AWS tools read), so that they stand in no command, spec or record. Raises InputError for any other address.
    """
    text = os.fspath(url)
    if not text.strip():
        raise InputError("a store needs a place: a folder, or s3://bucket/prefix")
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
            "a store's address is s3://bucket/prefix and nothing more: credentials, endpoint and region come from the "
            "environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_REGION)"
        )
    pieces = [piece for piece in parts.path.split("/") if piece]
    if not BUCKET.fullmatch(parts.netloc) or any(piece in (".", "..") for piece in pieces):
        raise InputError(f"{text!r} names no bucket: write s3://bucket/prefix, such as s3://our-posteriors/scaling")
    prefix = "/".join(pieces)
    return Place(f"s3://{parts.netloc}/{prefix}".rstrip("/"), bucket=parts.netloc, prefix=prefix)


def endpoint_of(environment: Mapping[str, str]) -> str | None:
    """The address of an S3-compatible service in the environment, None for AWS itself.

    Raises InputError where credentials stand in it.
    """
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if endpoint and "@" in urlsplit(endpoint).netloc:
        raise InputError("AWS_ENDPOINT_URL holds credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead")
    return endpoint or None


def require_name(name: object) -> str:
    """A model's name, or InputError: lowercase letters, digits, "-" and "_", so that it can be a folder anywhere."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InputError(
            f"a model cannot be named {name!r}: use lowercase letters, digits, '-' and '_', beginning with a letter "
            "or digit, at most 100 of them"
        )
    return name
