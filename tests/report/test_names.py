"""Neutral names of families and runs."""

import pytest

from bayescale.report.names import Names


@pytest.mark.parametrize(
    ("words", "mentioned"),
    [
        ("of Zebra-Secret, and more", True),
        ("of zebra-secrets", False),
        ("run 7 of 12", False),  # a number is no name
        ("all runs", False),
    ],
)
def test_names_are_matched_as_whole_words(words: str, mentioned: bool) -> None:
    assert Names({"zebra-secret": "family 1", "all": "all"}, {"7": "run 1"}).mentioned(words) is mentioned
