"""Bounds on TOML and JSON documents: depth, size of numbers and texts, names, repeated keys.

Every reader of a document checks these bounds first, so that no number or depth reaches code that cannot hold it.
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
    """Find the values of a document that exceed the bounds, without recursion.

    Parameters
    ----------
    document : object
        Tables, lists, texts and numbers, as TOML or JSON gives them.

    Returns
    -------
    list of tuple
        Path to each value, and what is allowed.
    """
    return list(_beyond(document))


def _beyond(document: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    left: list[tuple[tuple[str | int, ...], object]] = [((), document)]
    while left:
        path, value = left.pop()
        if len(path) > DEEPEST:
            yield path[:3], f"nested deeper than {DEEPEST} levels"
            return
        if isinstance(value, dict):
            for key, entry in value.items():
                if "\x00" in key or len(key) > LONGEST_KEY:
                    yield path, f"a key has at most {LONGEST_KEY} characters, and no NUL: {shortened(key)!r}"
                else:
                    left.append(((*path, key), entry))
        elif isinstance(value, list):
            if len(value) > LONGEST_LIST:
                yield path, f"a list has at most {LONGEST_LIST} entries, not {len(value)}"
            else:
                left += [((*path, place), entry) for place, entry in enumerate(value)]
        elif problem := _problem_of_value(value):
            yield path, problem


def _problem_of_value(value: object) -> str:
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
    """Return the beginning of a text that may have any length.

    Parameters
    ----------
    text : str
        The text.
    length : int, default 60
        Largest number of characters.

    Returns
    -------
    str
        The text, cut with an ellipsis where it is longer.
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def problem_of_name(name: object, kind: str) -> str:
    """Explain why a text cannot be the name of a law, parameter or input.

    Parameters
    ----------
    name : object
        The name.
    kind : str
        What the name is of, for the message, such as "law".

    Returns
    -------
    str
        The problem, or "" where there is none.
    """
    if not isinstance(name, str) or not name.strip():
        return f"{kind} must be named by text"
    if len(name) > LONGEST_NAME:
        return f"{kind} {shortened(name)!r}: a name has at most {LONGEST_NAME} characters, not {len(name)}"
    if not name.isprintable() or any(sign in name for sign in "/\\<>\"'`") or ".." in name:
        return f"{kind} {name!r}: a name holds no path, quote, bracket or control character"
    return ""


def problem_of_symbol(name: str, kind: str) -> str:
    """Explain why a text cannot be a name in a formula.

    Parameters
    ----------
    name : str
        The name.
    kind : str
        What the name is of, for the message, such as "parameter".

    Returns
    -------
    str
        The problem, also one of `problem_of_name`, or "" where there is none.
    """
    if name.startswith("_"):
        return f"{kind} {shortened(name)!r}: names in formulas do not begin with _"
    return problem_of_name(name, kind)


def strict_json(text: str | bytes) -> Any:
    """Read a JSON document strictly.

    Parameters
    ----------
    text : str or bytes
        The document.

    Returns
    -------
    object
        Its value.

    Raises
    ------
    ValueError
        The text is no JSON, is nested too deeply, or repeats a key in one object.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("it is nested too deeply to be read") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"the key {shortened(repeated[0])!r} occurs twice in one object")
    return table
