"""Texts and exit codes of exceptions, and suggestions for misspelt names."""

import bayescale as bs


def test_errors_are_legible_whatever_they_quote() -> None:
    error = bs.InputError("a\ud800" * 3_000, ["\ud800"])
    assert len(str(error).encode()) < 5_000
    assert error.problems == ("\\ud800",)
