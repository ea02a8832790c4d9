"""Large entries of a version's record stand in its commit."""

import pickle
from pathlib import Path

import xarray as xr

from bayescale.maintenance.store.posteriors import Store


def test_large_lineage_stands_in_its_commit_and_not_in_the_index(store: Store, tree: xr.DataTree) -> None:
    rows = {f"family {i}, run {i}": [["0123456789abcdef", i / 7]] for i in range(2000)}
    latest = [{"latest": [["fedcba9876543210", turn / 3]]} for turn in range(3)]
    given = [{"turn": turn, "rows": rows | latest[turn], "nothing": None, "odd": "ü"} for turn in range(3)]
    store.publish("pile", tree, given[0])
    store.note("pile", given[1])
    store.publish("pile", tree, given[2])
    assert (Path(store.url) / "pile" / "repo").stat().st_size < 10_000
    history = store.history("pile")
    assert [one.lineage["turn"] for one in history] == [0, 1, 2]
    assert [dict(pickle.loads(pickle.dumps(one.lineage))) for one in history] == given
    assert history[0].lineage.get("absent") is None
    assert len(history[0].lineage) == 4
    assert store.rollback("pile", 1).lineage == given[0] | {"rolled_back_to": 1}
    store.retain("pile", keep=1)
    remembered = [{name: value for name, value in one.items() if name != "rows"} for one in given]
    assert [one.lineage for one in store.history("pile")[:3]] == remembered  # only current rows are compared
