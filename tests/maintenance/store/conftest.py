"""A posterior's tree that no sampler made, and writers in processes of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from bayescale.core import netcdf
from bayescale.data.reading import read_runs
from bayescale.maintenance.store import files, integrity
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.versions import Version
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling_laws.registry import law
from tests.conftest import MadeUp, _made_up, simulated_runs
from tests.faults import killer
from tests.maintenance.store.writer_processes import Nursery


def make_tree(seed: int) -> xr.DataTree:
    """Another posterior for every seed, of the same shape. Few variables: each is a file or two in a store."""
    made: MadeUp = _made_up
    runs = read_runs(simulated_runs(n=6))
    design = make_design(runs, Spec(law("chinchilla"), "family", False, "constant", {}))
    whole = to_tree(design, made(design), Sampler(), seed, source=runs.source, digest=runs.digest)
    posterior = whole["posterior"].to_dataset()[["E", "alpha"]]
    groups = {"posterior": posterior.assign(E=posterior["E"] + np.float64(seed))}
    groups |= {name: whole[name].to_dataset() for name in ("observed_data", "constant_data")}
    tree = xr.DataTree.from_dict(groups)
    tree.attrs = whole.attrs
    return tree


@pytest.fixture(scope="session")
def tree() -> xr.DataTree:
    return make_tree(1)


@pytest.fixture(scope="session")
def other_tree() -> xr.DataTree:
    return make_tree(2)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "store", timeout=20.0)


@pytest.fixture(scope="session")
def tree_file(tree: xr.DataTree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return netcdf.write(tree, tmp_path_factory.mktemp("tree") / "tree.nc")


@pytest.fixture(scope="session")
def nursery(tree_file: Path) -> Iterator[Nursery]:
    with Nursery(tree_file) as running:
        yield running


@pytest.fixture(scope="session")
def stepwise(tree_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """A nursery whose writers can be killed before any change of a file."""
    with Nursery(tree_file, killer(tmp_path_factory.mktemp("killer"))) as running:
        yield running


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the versions whose posteriors are read; files count as settled at once."""
    numbers: list[int] = []
    original: Callable[..., str] = integrity._posterior_damage

    def counted(store: Store, version: Version) -> str:
        numbers.append(version.number)
        return original(store, version)

    monkeypatch.setattr(integrity, "_posterior_damage", counted)
    monkeypatch.setattr(files, "SETTLED_SECONDS", -1.0)
    return numbers
