"""Bounds on documents that people and programs write: depth, sizes of numbers and texts, keys that stand twice.

Whatever reads TOML or JSON checks them first, so that no number or depth reaches code that cannot hold it.
"""

import json
from collections.abc import Iterator
from typing import Any

DEEPEST = 12  # tables within tables
LONGEST_TEXT = 100_000  # characters
LONGEST_KEY = 200  # characters
LONGEST_LIST = 100_000  # entries
LARGEST_NUMBER = 1e300
LARGEST_WHOLE = 2**63 - 1
LONGEST_NAME = 100  # characters of a name of a law, parameter or input


def beyond_limits(document: object) -> list[tuple[tuple[str | int, ...], str]]:
    """What in a document exceeds the bounds: the path to it, and what is allowed. It is walked without recursion."""
    return list(_beyond(document))


def _beyond(document: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    left: list[tuple[tuple[str | int, ...], object]] = [((), document)]
    while left:
        path, value = left.pop()
        if len(path) > DEEPEST:
            yield path[:3], f"nested deeper than {DEEPEST} levels"
            return
        if isinstance(value, dict):
            for key, one in value.items():
                if "\x00" in key or len(key) > LONGEST_KEY:
                    yield path, f"a key has at most {LONGEST_KEY} characters, and no NUL: {shortened(key)!r}"
                else:
                    left.append(((*path, key), one))
        elif isinstance(value, list):
            if len(value) > LONGEST_LIST:
                yield path, f"a list has at most {LONGEST_LIST} entries, not {len(value)}"
            else:
                left += [((*path, place), one) for place, one in enumerate(value)]
        elif wrong := _wrong(value):
            yield path, wrong


def _wrong(value: object) -> str:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            return f"a text has at most {LONGEST_TEXT} characters, not {len(value)}"
        return "a text cannot hold a NUL character" if "\x00" in value else ""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return "" if abs(value) <= LARGEST_WHOLE else "a whole number lies between -2^63 and 2^63"
    if isinstance(value, float) and abs(value) > LARGEST_NUMBER and value == value and abs(value) != float("inf"):
        return "a number lies between -1e300 and 1e300"
    return ""


def shortened(text: str, length: int = 60) -> str:
    """The beginning of a text that may have any length."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def problem_of_name(name: object, what: str) -> str:
    """Why a name cannot be one of a law, parameter or input, whatever it is written into; "" where it can."""
    if not isinstance(name, str) or not name.strip():
        return f"{what} must be named by text"
    if len(name) > LONGEST_NAME:
        return f"{what} {shortened(name)!r}: a name has at most {LONGEST_NAME} characters, not {len(name)}"
    if not name.isprintable() or any(sign in name for sign in "/\\<>\"'`") or ".." in name:
        return f"{what} {name!r}: a name holds no path, quote, bracket or control character"
    return ""


def problem_of_symbol(name: str, what: str) -> str:
    """Why a name cannot stand in a formula, beside what `problem_of_name` says; "" where it can."""
    if name.startswith("_"):
        return f"{what} {shortened(name)!r}: names in formulas do not begin with _"
    return problem_of_name(name, what)


def strict_json(text: str | bytes) -> Any:
    """A JSON document. Raises ValueError for one with a key that stands twice in one object, or nested too deeply."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("it is nested too deeply to be read") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"the key {shortened(twice[0])!r} stands twice in one object")
    return found
