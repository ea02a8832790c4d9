"""Bounds on TOML and JSON documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.core.limits import beyond_limits, problem_of_name, problem_of_symbol, shortened, strict_json

WORDS = st.text("abc", max_size=5)
SCALARS = st.one_of(WORDS, st.booleans(), st.integers(-(2**63) + 1, 2**63 - 1), st.floats(-1e300, 1e300))
DOCUMENTS = st.recursive(
    SCALARS, lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(WORDS, part)), max_leaves=10
)


@given(DOCUMENTS)
def test_only_values_beyond_the_bounds_are_found(document: object) -> None:
    assert beyond_limits({"usable": document}) == []
    assert beyond_limits({"usable": document, "unusable": [0, 2**63]}) == [
        (("unusable", 1), "a whole number lies between -2^63 and 2^63")
    ]


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        (-(2**63), "a whole number lies between"),
        (-1e301, "a number lies between -1e300 and 1e300"),
        ("x" * 100_001, "a text has at most 100000 characters, not 100001"),
        ("a\x00b", "a text cannot hold a NUL character"),
        ([0] * 100_001, "a list has at most 100000 entries, not 100001"),
        ({"k" * 201: 1}, "a key has at most 200 characters, and no NUL: 'kkk"),
        ({"k\x00": 1}, "a key has at most 200 characters, and no NUL"),
    ],
)
def test_values_beyond_a_bound_are_named_with_their_path(value: object, allowed: str) -> None:
    ((path, problem),) = beyond_limits({"model": [True, value]})
    assert path == ("model", 1)
    assert problem.startswith(allowed)


def test_any_depth_is_measured_without_recursion() -> None:
    table: dict[str, object] = {}
    for _ in range(12):
        table = {"a": table}
    assert beyond_limits(table) == []
    assert beyond_limits({"a": table})
    for _ in range(5_000):
        table = {"a": table}
    assert beyond_limits(table) == [(("a", "a", "a"), "nested deeper than 12 levels")]


def test_a_key_that_stands_twice_in_json_is_refused() -> None:
    with pytest.raises(ValueError, match="'a' occurs twice"):
        strict_json('{"b": {"a": 1, "a": 2}}')
    with pytest.raises(ValueError, match="nested too deeply"):
        strict_json("[" * 100_000)
    assert strict_json('{"a": {"a": 1}}') == {"a": {"a": 1}}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("chinchilla", ""),
        ("loss of “Pile” 2", ""),
        (3, "law must be named by text"),
        (" ", "law must be named by text"),
        ("x" * 101, "a name has at most 100 characters, not 101"),
        ("../up", "a name holds no path"),
        ("a..b", "a name holds no path"),
        ("a\nb", "a name holds no path"),
        ("<b>", "a name holds no path"),
    ],
)
def test_names_hold_no_paths_and_no_markup(name: object, problem: str) -> None:
    answer = problem_of_name(name, "law")
    assert problem in answer
    assert bool(answer) is bool(problem)
    assert len(answer) < 200


def test_symbols_of_formulas_do_not_begin_with_an_underscore() -> None:
    assert problem_of_symbol("__class__", "parameter") == "parameter '__class__': names in formulas do not begin with _"
    assert problem_of_symbol("alpha_1", "parameter") == ""
    assert "a name holds no path" in problem_of_symbol("a/b", "input")


@given(WORDS, st.integers(1, 10))
def test_a_shortened_text_has_at_most_the_length(text: str, length: int) -> None:
    short = shortened(text, length)
    assert len(short) <= length
    assert short == text or short == text[: length - 1] + "…"
