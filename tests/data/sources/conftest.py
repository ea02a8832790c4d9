"""A folder of runs in several files."""

from pathlib import Path

import pytest

from tests.data.sources.run_files import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "runs/a.csv", "a,007,1e8,2e9,3.1", "a,008,2e8,4e9,2.9")
    write(tmp_path, "runs/deep/b.csv", "b,1,1e8,2e9,3.3")
    return tmp_path
