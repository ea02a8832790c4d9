"""Neutral names of families and runs."""

import pandas as pd
import pytest

from bayescale.report.names import Names, names_of
from bayescale.scaling.predict.forecast import NEW_FAMILY
from bayescale.scaling.result import Fit


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


def test_texts_that_mention_a_name_are_left_out_and_counted() -> None:
    names = Names({"zebra-secret": "family 1"}, {"gnu-3": "run 1"})
    sources = ("a table", "runs of ZEBRA-SECRET", "gnu-3 alone")
    assert names.unmentioned(sources, "sources") == (
        "a table",
        "2 of 3 sources left out, because they mention a name.",
    )
    assert names.unmentioned(sources[:1], "sources") == ("a table",)
    assert names.all == {"zebra-secret": "family 1", "gnu-3": "run 1"}


def test_families_and_runs_are_numbered_in_the_order_of_the_table(plain_fit: Fit) -> None:
    design = plain_fit.designs[0]
    names = names_of(plain_fit)
    first = design.families[design.family[design.row.argmin()]]
    assert names.families[first] == "family 1"
    assert sorted(names.families.values()) == ["family 1", "family 2"]
    assert sorted(names.families) == sorted(plain_fit.families)
    assert len({*names.runs.values()}) == len(names.runs)


def test_names_of_further_tables_are_numbered_last(plain_fit: Fit) -> None:
    targets = pd.DataFrame({"family": ["zebra", "a", None, NEW_FAMILY], "run": ["gnu", "", "gnu", None]})
    before, names = names_of(plain_fit), names_of(plain_fit, targets)
    assert names.families == {**before.families, "zebra": "family 3"}
    assert names.runs == {**before.runs, "gnu": f"run {len(before.runs) + 1}"}
