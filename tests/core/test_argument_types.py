"""Types of arguments: what counts as a number, a whole number, a text, a sequence or an array."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from pydantic import ConfigDict, TypeAdapter, ValidationError

from bayescale.core.argument_types import ArrayModule, Numeric, Positive, schema_of


def read(annotation: Any, value: Any) -> Any:
    """The value after comparison with an annotation, as `checked` compares it."""
    config = ConfigDict(strict=True, arbitrary_types_allowed=True)
    return TypeAdapter(schema_of(annotation), config=config).validate_python(value)


@pytest.mark.parametrize(
    ("annotation", "value", "allowed"),
    [
        (float, True, "a number"),
        (float, "1", "a number"),
        (float, 1j, "a number"),
        (float, 10**400, "a number below 1.8e308 in size"),
        (int, 2.0, "a whole number"),
        (int, False, "a whole number"),
        (int, 2**63, "a whole number between"),
        (bool, 1, "valid boolean"),
        (str, b"text", "text"),
        (str, "a\x00b", "without NUL characters"),
        (str, "\ud800", "surrogates"),
        (Sequence[str], "loss", r"a list of texts, such as \['loss'\]"),
        (Sequence[float], {1.0}, "a list of numbers"),
        (Sequence[float], np.ones((2, 2)), "a list of numbers"),
        (ArrayLike, ["a"], "numbers, one or an array of them"),
        (ArrayLike, [[1, 2], [3]], "numbers, one or an array of them"),
        (Positive, 0.0, "a finite number above 0"),
        (Positive, float("inf"), "a finite number above 0"),
        (Numeric, None, "numbers, one or an array of them"),
        (ArrayModule, np.ones(2), r"numpy or pytensor\.tensor"),
        (pd.DataFrame, 3, r"a pandas\.DataFrame"),
        (Literal["a", "b"], "c", "'a' or 'b'"),
        (Mapping[str, float], {"a": "b"}, "a number"),
    ],
)
def test_unusable_values_are_refused(annotation: Any, value: Any, allowed: str) -> None:
    with pytest.raises(ValidationError, match=allowed):
        read(annotation, value)


@given(st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False)))
def test_numbers_of_python_and_numpy_are_equal(value: float) -> None:
    for number in (value, np.asarray(value)[()], np.asarray(value)):
        assert read(float, number) == value
        if isinstance(value, int):
            assert read(int, number) == value


def test_sequences_keep_their_type() -> None:
    for values in ([1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0]), pd.Series([1.0, 2.0])):
        assert read(Sequence[float], values) is values


def test_only_counts_may_be_written_as_floats() -> None:
    assert read(int | Sequence[int], 1e4) == 10_000
    assert read(Sequence[int], [1e4]) == [1e4]
    with pytest.raises(ValidationError, match="a whole number"):
        read(int | Sequence[int], 1.5)
    with pytest.raises(ValidationError, match="a whole number"):
        read(int, 1e4)


def test_an_object_allows_everything() -> None:
    assert schema_of(object) is Any
    assert schema_of(Any) is Any
    assert schema_of(float | object) is Any
