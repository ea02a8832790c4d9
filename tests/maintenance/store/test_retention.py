"""Retention deletes draws, and keeps records, forecasts and pinned versions."""

from pathlib import Path

import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.versions import as_table


def test_retention_keeps_what_is_pinned_and_every_record(store: Store, tree: xr.DataTree) -> None:
    for turn in range(4):
        store.publish("pile", tree, {"turn": turn}, message=f"turn {turn}")
    store.note("pile", {"why": "no"}, message="failed")
    store.publish("other", tree, {})
    assert store.pin("pile", 2).pinned
    assert store.pin("pile", 2).pinned, "pinning twice is pinning"
    files = Path(store.url) / "pile"
    before = sum(path.stat().st_size for path in files.rglob("*") if path.parent.name != "overwritten")
    assert [one.number for one in store.retain("pile", keep=1)] == [1, 3]
    assert sum(path.stat().st_size for path in files.rglob("*") if path.parent.name != "overwritten") < before
    history = store.history("pile")
    assert [one.number for one in history] == [1, 2, 3, 4, 5, 6]
    assert [one.lineage.get("turn") for one in history[:4]] == [0, 1, 2, 3]
    assert [one.kept for one in history[:4]] == [False, True, False, True]
    assert history[5].message == "draws deleted of version 1, 3"
    assert {number: digest_of(store.load("pile", number)) for number in (2, 4)} == dict.fromkeys(
        (2, 4), digest_of(tree)
    )
    for ask in (store.load, store.pin):
        with pytest.raises(StoredPosteriorError, match="version 1 of 'pile': `retain` deleted its draws"):
            ask("pile", 1)
    assert store.retain("pile", keep=1) == ()
    assert digest_of(store.load("other")) == digest_of(tree)

    store.publish("pile", tree, {"turn": 4})
    store.unpin("pile", 2)
    store.retain("pile", keep=1)
    history = store.history("pile")
    assert [(one.number, one.kept) for one in history if one.has_posterior] == [
        (1, False),
        (2, False),
        (3, False),
        (4, False),
        (7, True),
    ]
    assert [one.lineage.get("turn") for one in history if one.has_posterior] == [0, 1, 2, 3, 4]
    assert next(one for one in history if one.kind == "noted").lineage == {"why": "no"}
    table = as_table(history)
    assert table["number"].tolist() == list(range(1, 9))
    assert list(table) == ["number", "kind", "time", "id", "message", "pinned", "kept"]


@pytest.mark.parametrize("keep", [0, -1, True, 1.5, None])
def test_what_is_kept_is_a_number(store: Store, tree: xr.DataTree, keep: object) -> None:
    store.publish("pile", tree, {})
    with pytest.raises(InputError, match="must be a whole number"):
        store.retain("pile", keep)  # type: ignore[arg-type]
