"""Compressed files, as in runs.csv.gz: their bytes, unpacked."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from bayescale.data.file_paths import compression_of, error_reason
from bayescale.errors import InputError

MOST_BYTES = 8_000_000_000  # of one unpacked file: a few bytes may unpack to any number
_CHUNK = 1 << 24


def _zstandard(packed: IO[bytes]) -> Any:
    return pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), "zstd")


#: How the bytes of a file are unpacked, by suffix.
_OPENERS: dict[str, Callable[[IO[bytes]], Any]] = {
    ".gz": lambda packed: gzip.GzipFile(fileobj=packed),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
    ".zst": _zstandard,
}


def unpacked(data: bytes, name: str) -> bytes:
    """Return the content of a file that may be compressed.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, whose last suffix names the compression.

    Returns
    -------
    bytes
        The content.

    Raises
    ------
    InputError
        If the file is not whole, or its content exceeds 8 GB.
    """
    if not compression_of(name):
        return data
    content = io.BytesIO()
    _unpack(io.BytesIO(data), content, name)
    return content.getvalue()


def unpack_file(path: Path, copy: Path) -> None:
    """Write the content of a compressed file to another file, in pieces.

    Parameters
    ----------
    path : Path
        The file, whose last suffix names the compression.
    copy : Path
        The file that is written.

    Raises
    ------
    InputError
        If the file is not whole, or its content exceeds 8 GB.
    """
    with path.open("rb") as packed, copy.open("wb") as content:
        _unpack(packed, content, str(path))


def _unpack(packed: IO[bytes], content: IO[bytes], name: str) -> None:
    suffix, size = compression_of(name), 0
    try:
        with _OPENERS[suffix](packed) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise InputError(f"{name}: unpacks to more than {MOST_BYTES / 1e9:g} GB; write it in parts.")
                content.write(chunk)
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error, pa.ArrowException) as error:
        raise InputError(
            f"{name}: is not a whole {suffix} file ({error_reason(error)}); it may be truncated: write it again."
        ) from error
