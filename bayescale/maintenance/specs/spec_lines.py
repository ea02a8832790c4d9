"""The line of a TOML text that a message is about."""

import re
from collections.abc import Sequence


def line_of(text: str, keys: Sequence[int | str]) -> int | None:
    """Return the line of a key in a TOML document, or of its table.

    Parameters
    ----------
    text : str
        The document.
    keys : sequence of int or str
        The path of the key.

    Returns
    -------
    int or None
        The line, from 1; None where neither is there.
    """
    names = [str(key) for key in keys if not isinstance(key, int)]
    wanted = next((key for key in keys if isinstance(key, int)), 0)
    table: list[str] = []
    counts: dict[str, int] = {}
    best, depth = None, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$", line)
        key = re.match(r"\s*([A-Za-z0-9_\-\".]+?)\s*=", line)
        if header:
            table = [part.strip(' "') for part in header[2].split(".")]
            if header[1] == "[[":
                counts[header[2]] = counts.get(header[2], -1) + 1
        elif key is None:
            continue
        keyed = [part.strip('"') for part in key[1].split(".")] if key and not header else []
        here = [*table, *keyed]
        if here == names[: len(here)] and len(here) > depth and counts.get(".".join(table), wanted) == wanted:
            best, depth = number, len(here)
    return best
