"""Values of TOML files: everything that cannot be read is noted with its place."""

from pathlib import Path

import pytest

from bayescale.errors import InputError
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.toml_values import read_document, read_number, read_prior, read_table, read_text


def test_a_prior_is_read_by_its_kind() -> None:
    problems: list[str] = []
    assert read_prior("alpha", {"median": 0.3, "spread": 0.2}, problems) == lognormal(0.3, 0.2)
    assert problems == []
    for wrong in ({"median": 0.3}, {"median": -1, "spread": 1}, {"median": 1, "mean": 1, "spread": 1}, 0.3):
        assert read_prior("alpha", wrong, problems) is None
    assert len(problems) >= 4
    assert all("alpha" in problem for problem in problems)


def test_wrong_kinds_are_noted_where_they_stand() -> None:
    problems: list[str] = []
    read_number("x", "ranges.low", problems)
    read_text(3, "source", problems)
    read_table({"priors": 1}, "priors", problems)
    assert len(problems) == 3
    assert problems[0].startswith("ranges.low")


@pytest.mark.parametrize("text", ["a = ", "a = 1" + "0" * 400, "\xff"])
def test_files_that_are_no_toml_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "priors.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"priors\.toml"):
        read_document(path, "table of priors")
