"""Versions are selected by number, id and time."""

from datetime import UTC, datetime, timedelta

import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.maintenance.store.posteriors import Store


def test_versions_are_found_by_number_id_and_time(store: Store, tree: xr.DataTree, other_tree: xr.DataTree) -> None:
    day = datetime(2026, 5, 1, tzinfo=UTC)
    first = store.publish("pile", tree, {}, now=day, message="one")
    store.note("pile", {"why": "R-hat 1.4"}, now=day + timedelta(days=1), message="did not converge")
    third = store.publish("pile", other_tree, {}, now=day + timedelta(days=2))
    assert [(one.number, one.kind) for one in store.history("pile")] == [
        (1, "published"),
        (2, "noted"),
        (3, "published"),
    ]
    for which in (1, "1", first, first.id, first.id[:8].lower(), "2026-05-02T12:00", day + timedelta(days=1)):
        assert store.version("pile", which) == first, which
        assert digest_of(store.load("pile", which)) == digest_of(tree)
    assert store.version("pile") == store.version("pile", "2026-06-01") == third
    assert (first.parent, third.parent) == (None, first.id)
    assert store.history("pile")[1].lineage == {"why": "R-hat 1.4"}
    short = first.id[:3]
    for which, reason in {
        2: r"version 2 has no posterior: it was noted \(did not converge\)",
        7: "there is no version 7",
        "0ABCDEFG": "no version matches '0ABCDEFG': give a number",
        short: "there is no" if short.isdecimal() else "at least 6 characters",
        "2026-04-01": "no posterior was published by 2026-04-01",
    }.items():
        with pytest.raises(StoredPosteriorError, match=reason) as caught:
            store.load("pile", which)
        assert f"{store.url}: 'pile'" in str(caught.value)
    for which in (True, 1.5, ("a",)):
        with pytest.raises(InputError, match="must be a number, an id or a time"):
            store.version("pile", which)
