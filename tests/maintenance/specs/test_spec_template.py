"""A first spec can be used as it is written."""

from pathlib import Path

import pytest

from bayescale.data.reading import read_runs
from bayescale.maintenance.specs.spec import Card, LossSpec
from bayescale.maintenance.specs.spec_files import read_spec
from bayescale.maintenance.specs.spec_template import starter


def written(folder: Path, text: str, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_starter_is_a_valid_spec(tmp_path: Path) -> None:
    spec = read_spec(written(tmp_path, starter("example:pile", "a", str(tmp_path))))
    assert isinstance(spec.content, LossSpec)
    target = spec.content.forecast[0]
    runs = read_runs("example:pile").complete("n_tokens").table
    largest = (runs["n_params"] * runs["n_tokens"]).max()
    assert target["n_params"] * target["n_tokens"] == pytest.approx(10 * largest, rel=0.01)
    assert spec.content.card == Card()
