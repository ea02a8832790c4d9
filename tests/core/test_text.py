"""Lists of rows and values in messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.core.text import (
    LONGEST_SHOWN,
    SHOWN,
    a_or_an,
    count,
    human_time,
    in_rows,
    listing,
    short_repr,
    values_in_rows,
)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_a_listing_states_every_item_or_how_many_more(items: list[int]) -> None:
    joined, _, more = listing(items).partition(" and ")
    assert [int(item) for item in joined.split(", ")] == items[:SHOWN]
    assert len(items) == len(items[:SHOWN]) + (int(more.removesuffix(" more")) if more else 0)


def test_rows_and_counts_agree_in_number() -> None:
    assert in_rows([3]) == "row 3"
    assert in_rows([3, 4]) == "rows 3, 4"
    assert in_rows(range(1, 21)) == "rows 1, 2, 3, 4, 5, 6, 7, 8 and 12 more"
    assert [count(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]


def test_values_stand_with_their_rows() -> None:
    assert values_in_rows(["7B", -1.0, 1 / 3], [3, 9, 10]) == "'7B' (row 3), -1.0 (row 9), 0.33333333 (row 10)"
    cut = values_in_rows(["x" * 100] * 10, range(10))
    assert cut.endswith(" and 2 more")
    assert max(map(len, cut.split(", "))) < 60
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        values_in_rows([1, 2], [1])


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


@given(st.text("ab'\\\n", max_size=200))
def test_a_short_repr_is_the_beginning_of_the_repr(text: str) -> None:
    short = short_repr(text)
    assert len(short) <= LONGEST_SHOWN
    assert short == repr(text) or (short.endswith("…") and repr(text).startswith(short[:-1]))


def test_a_value_whose_repr_fails_is_named_by_type() -> None:
    assert short_repr(Unprintable()) == "an object of type Unprintable"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0.01, "0.6 s"), (0.5, "30 s"), (1.0, "1 min"), (39.4, "39 min"), (119, "119 min"), (156, "2.6 h")],
)
def test_human_times(minutes: float, text: str) -> None:
    assert human_time(minutes) == text


def test_articles_agree_with_their_nouns() -> None:
    assert [a_or_an(noun) for noun in ("loss", "accuracy", "Error")] == ["a loss", "an accuracy", "an Error"]
