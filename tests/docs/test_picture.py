"""The picture of the README can be made again, is small, and is said in words."""

import re
from pathlib import Path

import pytest

import bayescale as bs
from tools.picture import OUT, write

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
LARGEST = 150_000  # bytes


def test_it_is_drawn_from_a_fit_and_repeats(plain_fit: bs.Fit, tmp_path: Path) -> None:
    target = {"family": "a", "n_params": 1e10, "n_tokens": 2e11}
    for name in ("one.png", "two.png"):
        write(plain_fit, plain_fit.forecast(target), [2.2], tmp_path / "images" / name)
    one, two = ((tmp_path / "images" / name).read_bytes() for name in ("one.png", "two.png"))
    assert one.startswith(b"\x89PNG")
    assert one == two
    assert b"Software" not in one


def test_it_is_there_with_words_for_who_cannot_see_it() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ((words, place),) = re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", readme)
    assert ROOT / place == OUT
    assert 0 < OUT.stat().st_size < LARGEST
    assert "90 %" in words
    assert len(words) > 100
