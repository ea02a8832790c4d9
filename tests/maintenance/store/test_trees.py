"""A tree in a session: the bytes of a saved file, in few files."""

from pathlib import Path

import h5py
import xarray as xr
import zarr

from bayescale.core import netcdf
from bayescale.loading import require_whole
from bayescale.maintenance.store.posteriors import Store


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
