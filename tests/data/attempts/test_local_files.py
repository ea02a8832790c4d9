"""Files of attempts are plain files on this machine while they are read, and errors name the originals."""

import gzip
from pathlib import Path

import fsspec
import pytest

from bayescale.data.attempts.local_files import local_files
from bayescale.errors import InputError

CONTENT = b"problem,success\np,1\n"


def test_plain_files_stay_where_they_are_and_others_are_copied(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_bytes(CONTENT)
    packed.write_bytes(gzip.compress(CONTENT))
    fsspec.filesystem("memory").pipe_file("/local/model/c.csv", CONTENT)
    with local_files([str(plain), str(packed), "memory://local/model/*.csv"]) as paths:
        assert paths[0] == plain
        assert [path.read_bytes() for path in paths] == [CONTENT] * 3
        assert [path.name for path in paths] == ["a.csv", "b.csv", "c.csv"]
        assert paths[2].parent.name == "model"  # some logs are named by their folder
    assert [path.exists() for path in paths] == [True, False, False]


def test_errors_name_the_original(tmp_path: Path) -> None:
    packed = tmp_path / "b.csv.gz"
    packed.write_bytes(gzip.compress(CONTENT))
    with pytest.raises(InputError) as caught, local_files([str(packed)]) as (path,):
        raise InputError(f"{path}: is wrong", [f"{path}, line 2"])
    assert str(caught.value) == f"{packed}: is wrong\n  - {packed}, line 2"
    assert caught.value.problems == (f"{packed}, line 2",)
