"""Single objects of a store in a bucket: what Icechunk cannot tell of them, and cannot do with them."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from bayescale.errors import InputError
from bayescale.maintenance.store.location import Place, endpoint_of

if TYPE_CHECKING:
    from obstore import ObjectMeta, UpdateVersion
    from obstore.store import S3Store

SECONDS = timedelta(seconds=10)  # for which a request is tried again


def objects_of(place: Place, name: str) -> "S3Store":
    """Return the objects of a part of a store in a bucket, named relative to that part.

    Parameters
    ----------
    place : Place
        The store's address, a bucket.
    name : str
        The repository's name; "" for the whole store.

    Returns
    -------
    obstore.store.S3Store
        The objects, with credentials, region and endpoint from the environment.

    Raises
    ------
    InputError
        obstore is not installed.
    """
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise InputError("single objects of a bucket need obstore: pip install 'bayescale[remote]'") from error
    endpoint = endpoint_of(os.environ)
    return S3Store(
        place.bucket,
        prefix=f"{place.prefix}/{name}".strip("/"),
        config={"endpoint": endpoint} if endpoint else {},  # None is no endpoint to obstore
        virtual_hosted_style_request=endpoint is None,
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
        retry_config={"max_retries": 2, "retry_timeout": SECONDS},
    )


def object_errors() -> tuple[type[Exception], ...]:
    """Return what may be raised where files or objects cannot be reached.

    Returns
    -------
    tuple of type
        Types of exceptions; `InputError` where obstore is not installed.
    """
    try:
        from obstore.exceptions import BaseError
    except ImportError:
        return (InputError, OSError)
    return (InputError, OSError, BaseError)


def listed_objects(objects: "S3Store", folder: str | None = None) -> list["ObjectMeta"]:
    """Return path, size, time and e-tag of objects.

    Parameters
    ----------
    objects : obstore.store.S3Store
        The objects.
    folder : str, optional
        The folder they lie in. All by default.

    Returns
    -------
    list of dict
        What the service says of each object.
    """
    import obstore

    return [entry for page in obstore.list(objects, prefix=folder) for entry in page]


def folders_in(objects: "S3Store") -> list[str]:
    """Return the names of the folders at the top.

    Parameters
    ----------
    objects : obstore.store.S3Store
        The objects.

    Returns
    -------
    list of str
        The names, sorted.
    """
    import obstore

    return sorted(prefix.strip("/") for prefix in obstore.list_with_delimiter(objects)["common_prefixes"])


def content_of(objects: "S3Store", path: str) -> bytes:
    """Return the bytes of an object.

    Parameters
    ----------
    objects : obstore.store.S3Store
        The objects.
    path : str
        The object's path.

    Returns
    -------
    bytes
        Its bytes.
    """
    import obstore

    return bytes(obstore.get(objects, path).bytes())


def put_object(
    objects: "S3Store", path: str, content: bytes, mode: Literal["create", "overwrite"] | "UpdateVersion" = "overwrite"
) -> None:
    """Write an object.

    Parameters
    ----------
    objects : obstore.store.S3Store
        The objects.
    path : str
        The object's path.
    content : bytes
        Its bytes.
    mode : "create", "overwrite" or dict, default "overwrite"
        "create": the service refuses to replace an object. {"e_tag": ...}: it replaces this object only.
    """
    import obstore

    obstore.put(objects, path, content, mode=mode)
