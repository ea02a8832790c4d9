"""Validation of array arguments."""

import numpy as np
import pytest

from bayescale.errors import InputError
from bayescale.risk.arguments import (
    distinct,
    in_one_shape,
    read_numbers,
    read_shares,
    read_votes,
    read_whole,
    scalar_or_array,
)


@pytest.mark.parametrize(
    ("read", "values", "words"),
    [
        (read_numbers, [[1, 2], [3]], "x=.* must be numbers"),
        (read_numbers, "many", "x='many' must be numbers"),
        (read_whole, [1, 0, 2.5], r"x=0, 2\.5 must be a whole number of 1 or more"),
        (read_shares, [0.5, 1.5, -1], r"x=-1, 1\.5 must lie between 0 and 1"),
        (read_shares, [np.nan], "x=nan must lie between 0 and 1"),
    ],
)
def test_bad_values_are_named(read: object, values: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(values, "x")  # type: ignore[operator]


def test_votes_are_counts_with_one_vote_at_least() -> None:
    assert read_votes([3, 0]).tolist() == [3.0, 0.0]
    for votes in ([0, 0], [1.5], [-1, 2], [[1, 2]], [2e9]):
        with pytest.raises(InputError, match="votes="):
            read_votes(votes)


def test_shapes_broadcast_or_are_named() -> None:
    first, second = in_one_shape({"rate": np.zeros(3), "lead": np.ones(())})
    assert first.shape == second.shape == (3,)
    with pytest.raises(InputError, match=r"rate \(3,\), lead \(2,\)"):
        in_one_shape({"rate": np.zeros(3), "lead": np.ones(2)})


def test_scalar_without_an_axis() -> None:
    assert isinstance(scalar_or_array(np.array(0.5)), float)
    assert scalar_or_array(np.array([0.5])).shape == (1,)


def test_long_lists_are_cut() -> None:
    assert distinct(np.arange(12.0)) == "0, 1, 2, 3, 4, 5, 6, 7 and 4 more"
