"""Objects of a store in a bucket, by name: what Icechunk cannot delete itself."""

import os
from typing import TYPE_CHECKING

from bayescale.errors import InputError
from bayescale.maintenance.store.location import Place, endpoint_of

if TYPE_CHECKING:
    from obstore.store import S3Store


def objects_of(place: Place, name: str) -> "S3Store":
    """The objects of a model in a bucket, named relative to the model.

    Raises
    ------
    InputError
        Where obstore is not installed.
    """
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise InputError("objects of a bucket are deleted through obstore: pip install 'bayescale[remote]'") from error
    endpoint = endpoint_of(os.environ)
    return S3Store(
        place.bucket,
        prefix=f"{place.prefix}/{name}".lstrip("/"),
        endpoint=endpoint,
        virtual_hosted_style_request=endpoint is None,
        client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
    )


def names_in(objects: "S3Store", folder: str) -> list[str]:
    """Names of the objects in a folder of a model, relative to the model."""
    import obstore

    return [entry["path"] for page in obstore.list(objects, prefix=folder) for entry in page]
