"""Reading models, versions and damaged files."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.maintenance.store.posteriors import Store
from tests.maintenance.store.test_faults import cut


@pytest.mark.parametrize("name", ["", "Pile", "a/b", "../a", ".a", "_catalog", "a b", "a" * 101, "ä", None, 3, "-a"])
def test_names_that_could_be_no_folder(store: Store, tree: xr.DataTree, name: object) -> None:
    for ask in (lambda: store.publish(name, tree, {}), lambda: store.load(name), lambda: store.note(name, {})):  # type: ignore[arg-type]
        with pytest.raises(InputError, match=r"is no name of a model|must be text"):
            ask()
    assert store.models() == ()


def test_models_that_are_not_there(store: Store, tree: xr.DataTree) -> None:
    store.publish("chinchilla-pile", tree, {})
    store.note("failed-first", {"why": "no"})
    assert store.models() == ("chinchilla-pile", "failed-first")
    for ask in (store.load, store.current, store.history, store.ledger):
        with pytest.raises(StoredPosteriorError, match=r"has no model 'chinchila-pile'\. Did you mean 'chinchilla"):
            ask("chinchila-pile")
    with pytest.raises(StoredPosteriorError, match="no posterior of 'failed-first' was published yet"):
        store.load("failed-first")


@pytest.mark.parametrize("kind", ["chunks", "manifests", "snapshots"])
def test_a_cut_file_harms_its_version_only(store: Store, tree: xr.DataTree, other_tree: xr.DataTree, kind: str) -> None:
    files = Path(store.url) / "model" / kind
    trees = [tree, wide(other_tree), tree]
    written: list[set[Path]] = []
    for one in trees:
        before = set(files.iterdir()) if files.is_dir() else set()
        store.publish("model", one, {})
        written.append((set(files.iterdir()) if files.is_dir() else set()) - before)
    cut(max(written[1], key=lambda path: path.stat().st_size))
    with pytest.raises(StoredPosteriorError, match="version 2") as caught:
        store.load("model", 2)
    assert store.url in str(caught.value)
    assert "damaged" in str(caught.value)
    assert [digest_of(store.load("model", number)) for number in (1, 3)] == [digest_of(tree)] * 2
    assert len(store.history("model")) == 3
    assert store.publish("model", tree, {}).number == 4


def wide(tree: xr.DataTree) -> xr.DataTree:
    """The same with an array too large to stand in its manifest."""
    large = tree.copy()
    draws = np.random.default_rng(1).standard_normal((2, 30, 400))
    large["posterior"] = large["posterior"].to_dataset().assign(large=(("chain", "draw", "many"), draws))
    return large


def test_a_changed_bit_is_noticed(store: Store, tree: xr.DataTree) -> None:
    store.publish("model", wide(tree), {})
    (chunk,) = (Path(store.url) / "model" / "chunks").iterdir()
    data = bytearray(chunk.read_bytes())
    data[len(data) // 2] ^= 1
    chunk.write_bytes(data)
    with pytest.raises(StoredPosteriorError, match="version 1 of 'model' cannot be read: a file of it is damaged"):
        store.load("model")
