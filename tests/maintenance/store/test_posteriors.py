"""Is what a store gives back what was published, and does its history say everything that happened?"""

import pickle

import numpy as np
import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.core.serialization import fact
from bayescale.data.reading import read_runs
from bayescale.maintenance.store.posteriors import Store
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
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


def test_a_store_can_be_sent_elsewhere(store: Store, tree: xr.DataTree) -> None:
    store.publish("pile", tree, {})
    there = pickle.loads(pickle.dumps(store))
    assert there == store
    assert digest_of(there.load("pile")) == digest_of(tree)
