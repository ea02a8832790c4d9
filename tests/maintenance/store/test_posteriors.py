"""Is what a store gives back what was published, and does its history say everything that happened?"""

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
import zarr

from bayescale.core import netcdf
from bayescale.core.digests import digest_of
from bayescale.core.serialization import fact
from bayescale.data.runs import read_runs
from bayescale.errors import InputError, StoredPosteriorError
from bayescale.loading import require_whole
from bayescale.maintenance.store.commits import create_repository
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.versions import as_table
from bayescale.scaling.model.design import Spec, make_design
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, simulated_runs

LINEAGE = {"data_digest": "0c2a", "checks": [{"check": "R-hat", "value": 1.004, "passed": True}], "path": "full fit"}


def same(left: xr.DataTree, right: xr.DataTree) -> None:
    """Every group, variable, type, attribute and bit, in their order."""
    assert [node.path for node in left.subtree] == [node.path for node in right.subtree]
    for one in left.subtree:
        other = right if one.path == "/" else right[one.path]
        assert dict(one.attrs) == dict(other.attrs)
        mine, theirs = one.to_dataset(inherit=False), other.to_dataset(inherit=False)
        assert list(mine.data_vars) == list(theirs.data_vars)
        assert set(mine.coords) == set(theirs.coords)
        for name, variable in mine.variables.items():
            twin = theirs.variables[name]
            assert (variable.dims, variable.dtype, dict(variable.attrs)) == (twin.dims, twin.dtype, dict(twin.attrs))
            assert variable.to_numpy().tobytes() == twin.to_numpy().tobytes(), (one.path, name)


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest) -> xr.DataTree:
    """A posterior with everything in it: joint law, discrepancy, growing noise."""
    from tests.conftest import _made_up

    made: MadeUp = _made_up
    runs = read_runs(simulated_runs(n=6))
    design = make_design(runs, Spec(law("joint"), "family", True, "growing", {}))
    return to_tree(design, made(design), Sampler(), 7, source=runs.source, digest=runs.digest)


def test_every_bit_comes_back(store: Store, whole: xr.DataTree) -> None:
    made = store.publish("pile", whole, LINEAGE)
    back = store.load("pile")
    same(back, whole)
    assert made.digest == digest_of(back) == digest_of(whole)
    assert store.current("pile") == made
    assert made.lineage == LINEAGE


def test_a_tree_of_several_laws_and_odd_values_comes_back(store: Store, whole: xr.DataTree) -> None:
    odd = np.array([np.nan, -np.nan, -0.0, np.inf, 5e-324])
    payload = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)
    stack = xr.Dataset(
        {
            "weight": ("law", np.array([0.25, 0.75])),
            "odd": ("value", odd),
            "payload": ("one", payload),
            "zeros": ("value", -np.zeros(5)),
            "nothing": (("none", "law"), np.zeros((0, 2))),
            "small": ("law", np.array([1, 2], dtype=np.int8)),
            "single": ("law", np.array([1, 2], dtype=np.float32)),
            "yes": ("law", np.array([True, False])),
            "text": ((), np.array("Ünïcode ✓")),
            "blank": ("law", np.array(["", "b"])),
        },
        {"law": np.array(["joint", "chinchilla"])},
        {"runs_held_back": 3, "said": "weights"},
    )
    tree = xr.DataTree.from_dict({"/stack": stack})
    tree["/members/joint"], tree["/members/chinchilla"] = whole, whole.copy()
    tree.attrs = {"bayescale_schema": "2", "bayescale_kind": '"stack"'}
    store.publish("stack", tree, {})
    same(store.load("stack", require_whole=lambda tree: fact(tree, "schema")), tree)


def test_what_is_no_posterior_is_not_published(store: Store) -> None:
    with pytest.raises(StoredPosteriorError, match="not a bayescale posterior"):
        store.publish("pile", xr.DataTree(xr.Dataset({"x": ("y", [1.0])})), {})
    assert store.models() == ()


def test_lineage_that_is_no_plain_data_is_refused(store: Store, tree: xr.DataTree) -> None:
    with pytest.raises(InputError, match="lineage must be plain data"):
        store.publish("pile", tree, {"when": datetime.now(UTC)})
    assert store.models() == ()


def test_large_lineage_stands_in_its_commit_and_not_in_the_index(store: Store, tree: xr.DataTree) -> None:
    rows = {f"family {i}, run {i}": [["0123456789abcdef", i / 7]] for i in range(2000)}
    given = [{"turn": turn, "rows": rows | {"turn": turn}, "nothing": None, "odd": "ü"} for turn in range(3)]
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
        with pytest.raises(InputError, match="must be a number, an id, or a time"):
            store.version("pile", which)


def test_rolling_back_loses_nothing(store: Store, tree: xr.DataTree, other_tree: xr.DataTree) -> None:
    store.publish("pile", tree, {"data_digest": "a"})
    store.publish("pile", other_tree, {"data_digest": "b"})
    back = store.rollback("pile", 1)
    assert (back.number, back.kind, back.message) == (3, "rolled back", "rolled back to version 1")
    assert back.lineage == {"data_digest": "a", "rolled_back_to": 1}
    assert [digest_of(store.load("pile", n)) for n in (1, 2, 3)] == [digest_of(t) for t in (tree, other_tree, tree)]
    assert store.current("pile") == back


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
        with pytest.raises(StoredPosteriorError, match="has no model 'chinchila-pile': Did you mean 'chinchilla-pile'"):
            ask("chinchila-pile")
    with pytest.raises(StoredPosteriorError, match="no posterior of 'failed-first' was published yet"):
        store.load("failed-first")


def test_a_repository_that_a_dead_writer_left_unlisted_is_taken_up(store: Store, tree: xr.DataTree) -> None:
    create_repository(store.place, "pile")
    assert store.models() == ()
    assert store.history("pile") == ()
    store.publish("pile", tree, {})
    assert store.models() == ("pile",)


def test_stores_that_are_not_there(tmp_path: Path, tree: xr.DataTree) -> None:
    with pytest.raises(StoredPosteriorError, match=r"there is no store at .*: `bayescale refit MODELS --store"):
        Store.open(tmp_path / "store")
    assert not (tmp_path / "store").exists(), "looking makes nothing"
    made = Store.create(tmp_path / "store")
    with pytest.raises(StoredPosteriorError, match="is a store already"):
        Store.create(tmp_path / "store")
    assert Store.open_or_create(tmp_path / "store") == made == Store.open(str(tmp_path / "store"))
    assert Store.open_or_create(tmp_path / "deep" / "er").models() == ()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoredPosteriorError, match="cannot be"):
        Store.open_or_create(tmp_path / "file")


def test_a_store_can_be_sent_elsewhere(store: Store, tree: xr.DataTree) -> None:
    store.publish("pile", tree, {})
    there = pickle.loads(pickle.dumps(store))
    assert there == store
    assert digest_of(there.load("pile")) == digest_of(tree)


def test_a_digest_sees_every_change(tree: xr.DataTree) -> None:
    def changed(**what: xr.DataTree | xr.Dataset | dict[str, str]) -> str:
        other = tree.copy()
        for name, value in what.items():
            if name == "attrs":
                other.attrs = dict(value)
            else:
                other[name] = value
        return digest_of(other)

    posterior = tree["posterior"].to_dataset()
    digests = {
        digest_of(tree),
        changed(attrs=tree.attrs | {"x": "y"}),
        changed(posterior=posterior.assign(E=posterior["E"] + 1e-15)),
        changed(posterior=posterior.assign(E=posterior["E"].astype(np.float32))),
        changed(posterior=posterior.rename(E="F")),
        changed(posterior=posterior.assign(E=posterior["E"].assign_attrs(unit="nats"))),
    }
    assert len(digests) == 6
    assert changed() == digest_of(tree)


def test_a_version_and_a_saved_file_are_the_same_bytes(store: Store, tree: xr.DataTree, tmp_path: Path) -> None:
    version = store.publish("pile", tree, {})
    file = netcdf.write(tree, tmp_path / "fit.nc")
    with store.reading(version) as session:
        assert zarr.open_array(session, path="tree/netcdf", mode="r")[:].tobytes() == file.read_bytes()
    with h5py.File(file) as opened:
        assert opened.attrs[netcdf.DIGEST] == version.digest
    store.publish("pile", netcdf.read(file, require_whole), {})
    assert store.current("pile").digest == version.digest
    assert netcdf.write(store.load("pile"), tmp_path / "back.nc").read_bytes() == file.read_bytes()


def test_a_version_is_few_files(store: Store, tree: xr.DataTree) -> None:
    store.publish("pile", tree, {})
    folder = Path(store.url) / "pile"
    before = {path for path in folder.rglob("*") if path.is_file()}
    store.publish("pile", tree, {})
    assert len({path for path in folder.rglob("*") if path.is_file()} - before) <= 6


def test_text_wider_than_it_has_to_be_is_rolled_back_to(store: Store, tree: xr.DataTree) -> None:
    wide = tree.copy()
    wide["text"] = xr.Dataset({"text": ("value", np.array(["a", "bb"], dtype="<U40"))})
    first = store.publish("pile", wide, {})
    store.publish("pile", tree, {})
    assert store.rollback("pile", 1).digest == first.digest
    assert store.load("pile")["text"]["text"].to_numpy().tolist() == ["a", "bb"]
