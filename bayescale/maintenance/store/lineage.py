"""A version's record: small entries in the index, where they are quick to read, large ones in its commit.

Icechunk rewrites a repository's index with every commit, so that it must stay small: the fingerprints of a thousand
rows do not belong there. Those of very many rows have an array of their own (`maintenance.store.fingerprints`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bayescale.errors import InputError
from bayescale.maintenance.store.fingerprints import ENTRY, is_large

LARGE = 400  # characters of JSON


class Lineage(Mapping[str, Any]):
    """The entries of a version's record, as a mapping that reads large entries from the commit when they are needed.

    Parameters
    ----------
    small : mapping of str to Any
        The entries of the index.
    large : tuple of str
        Names of the entries in the commit.
    read : callable
        Takes the name of a large entry, and returns it with others that are quick to read.
    """

    def __init__(
        self, small: Mapping[str, Any], large: tuple[str, ...], read: Callable[[str], Mapping[str, Any]]
    ) -> None:
        self._known, self._large, self._read = dict(small), large, read

    def __getitem__(self, name: str) -> Any:
        if name not in self._known and name in self._large:
            self._known |= self._read(name)
        return self._known[name]

    @property
    def small(self) -> dict[str, Any]:
        """The entries that are known without reading the commit."""
        return dict(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._known, *self._large]))

    def __len__(self) -> int:
        return len({*self._known, *self._large})

    def __repr__(self) -> str:
        return f"Lineage({', '.join(self)})"


def _is_rows(name: str, value: object) -> bool:
    """Whether an entry is fingerprints of so many rows that writing them as JSON takes seconds."""
    return name == ENTRY and is_large(value)


def split_by_size(lineage: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a record into small and large entries.

    Parameters
    ----------
    lineage : mapping of str to Any
        Plain data.

    Returns
    -------
    tuple of two dicts
        The small entries, and the large ones.

    Raises
    ------
    InputError
        An entry is no plain data.
    """
    try:
        size = {name: LARGE + 1 if _is_rows(name, value) else len(json.dumps(value)) for name, value in lineage.items()}
    except (TypeError, ValueError) as error:
        raise InputError(f"lineage must be plain data (text, numbers, lists, mappings): {error}") from error
    small = {name: value for name, value in lineage.items() if size[name] <= LARGE}
    return small, {name: value for name, value in lineage.items() if name not in small}
