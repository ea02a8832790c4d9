"""Facts of a tree are read back as they were stored, notes with their codes and names."""

import json

import pytest
import xarray as xr

from bayescale.core.notes import UNCODED, Note
from bayescale.core.serialization import APPROXIMATION, MARK, fact, frozen, require_sampled
from bayescale.errors import StoredPosteriorError


def tree_with(attributes: dict[str, str]) -> xr.DataTree:
    tree = xr.DataTree()
    tree.attrs = dict(attributes)
    return tree


def test_notes_keep_their_codes_and_names() -> None:
    note = Note("family_with_one_row", "family 'a' has one row", ("a",))
    (again,) = fact(tree_with(frozen({"notes": [note]})), "notes")
    assert (again, again.code, again.names) == (note, "family_with_one_row", ("a",))


def test_notes_of_earlier_releases_are_read_as_texts_without_a_code() -> None:
    (note,) = fact(tree_with({"bayescale_notes": json.dumps(["family 'a' is odd"])}), "notes")
    assert (note, note.code, note.names) == ("family 'a' is odd", UNCODED, None)


@pytest.mark.parametrize("stored", ["[{}]", "[3]", "3", "no JSON"])
def test_unreadable_notes_are_refused(stored: str) -> None:
    with pytest.raises(StoredPosteriorError, match="notes"):
        fact(tree_with({"bayescale_notes": stored}), "notes")


def test_approximate_draws_are_no_posterior() -> None:
    sampled, approximate = xr.DataTree(), xr.DataTree()
    sampled.attrs, approximate.attrs = frozen({"schema": 4}), frozen({"schema": 4, APPROXIMATION: {"pareto_k": 0.1}})
    require_sampled(sampled)
    with pytest.raises(StoredPosteriorError, match=f"{MARK}.*bayescale.fit"):
        require_sampled(approximate)
