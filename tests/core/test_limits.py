"""Bounds on TOML and JSON documents."""

import pytest

from bayescale.core.limits import strict_json


def test_a_key_that_stands_twice_in_json_is_refused() -> None:
    with pytest.raises(ValueError, match="'a' stands twice"):
        strict_json('{"b": {"a": 1, "a": 2}}')
    with pytest.raises(ValueError, match="nested too deeply"):
        strict_json("[" * 100_000)
    assert strict_json('{"a": {"a": 1}}') == {"a": {"a": 1}}
