"""Files of runs for tests of sources."""

from pathlib import Path

import pytest

from bayescale.data.sources import Files, Table, read_source
from bayescale.errors import InputError

HEADER = "family,run,n_params,n_tokens,loss\n"


def write(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def refused(source: Files, *says: str) -> str:
    with pytest.raises(InputError) as caught:
        read_source(source)
    for piece in says:
        assert piece in str(caught.value), str(caught.value)
    return str(caught.value)


def same(first: Table, other: Table) -> bool:
    return first.digest == other.digest and first.cursor == other.cursor
