"""Texts and exit codes of exceptions, and suggestions for misspelt names."""

import pytest

import bayescale as bs
from bayescale.errors import SourceError, closest


def test_errors_are_legible_whatever_they_quote() -> None:
    error = bs.InputError("a\ud800" * 3_000, ["\ud800"])
    assert len(str(error).encode()) < 5_000
    assert error.problems == ("\\ud800",)


def test_an_error_lists_every_problem_on_a_line() -> None:
    error = bs.LawError("mine.toml: 2 problems", ["no floor", "no exponent"])
    assert str(error).splitlines() == ["mine.toml: 2 problems", "  - no floor", "  - no exponent"]


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [
        (bs.BayescaleError, 2),
        (bs.InputError, 2),
        (SourceError, 2),
        (bs.LawError, 2),
        (bs.StoredPosteriorError, 2),
        (bs.ChecksFailed, 3),
    ],
)
def test_every_error_is_a_bayescale_error_with_its_exit_code(kind: type[bs.BayescaleError], exit_code: int) -> None:
    assert kind("wrong").exit_code == exit_code
    assert issubclass(kind, bs.BayescaleError)


def test_a_failed_gate_carries_the_posterior() -> None:
    posterior = object()
    assert bs.ChecksFailed("R-hat", posterior).fit is posterior
    assert issubclass(SourceError, bs.InputError)


def test_a_misspelt_name_has_its_closest_match() -> None:
    assert closest("los", ["loss", "error"]) == " Did you mean 'loss'? Known: error, loss."
    assert closest("zzz", ["loss", "error"]) == " Known: error, loss."
    assert closest("zzz", []) == " Known: none."
    names = [f"law{place:02d}" for place in range(20)]
    assert closest("x" * 10**6, names).endswith("law11, … (20 in all).")
