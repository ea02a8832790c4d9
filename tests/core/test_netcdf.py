"""Is a stored posterior the same bit for bit, whole or absent, and is anything else refused with its name?"""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr

from bayescale.core import netcdf
from bayescale.core.digests import content_digest
from bayescale.core.netcdf import DIGEST, UNVERIFIED
from bayescale.core.serialization import fact
from bayescale.errors import StoredPosteriorError
from bayescale.loading import load, require_whole
from bayescale.scaling.result import Fit


def test_every_bit_comes_back(joint_fit: Fit, tmp_path: Path) -> None:
    joint_fit.save(tmp_path / "fit.nc")
    back = load(tmp_path / "fit.nc").tree
    assert back.attrs == joint_fit.tree.attrs
    assert list(back.children) == list(joint_fit.tree.children)
    for name, group in joint_fit.tree.children.items():
        other = back[name]
        assert set(other.variables) == set(group.variables)
        assert set(other.coords) == set(group.coords)
        assert other.attrs == group.attrs
        for variable in map(str, group.variables):
            left, right = group[variable], other[variable]
            assert left.dims == right.dims
            assert left.dtype == right.dtype, (name, variable)
            assert left.attrs == right.attrs
            assert left.to_numpy().tobytes() == right.to_numpy().tobytes(), (name, variable)


def test_twice_stored_is_the_same(plain_fit: Fit, tmp_path: Path) -> None:
    plain_fit.save(tmp_path / "one.nc")
    load(tmp_path / "one.nc").save(tmp_path / "two.nc")
    xr.testing.assert_identical(load(tmp_path / "two.nc").tree, plain_fit.tree)


def test_a_file_is_replaced(plain_fit: Fit, joint_fit: Fit, tmp_path: Path) -> None:
    path = tmp_path / "fit.nc"
    plain_fit.save(path)
    joint_fit.save(str(path))
    assert load(path).law.name == "joint"
    assert [entry.name for entry in tmp_path.iterdir()] == ["fit.nc"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["pathlib.Path.write_bytes", "os.fsync", "os.replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    plain_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Any, step: str
) -> None:
    path = tmp_path / "fit.nc"
    path.write_bytes(b"old")

    def fail(*args: Any, **kwargs: Any) -> None:
        if step.endswith("write_bytes"):
            with args[0].open("wb") as stream:
                stream.write(args[1][: len(args[1]) // 2])
        raise error

    monkeypatch.setattr(step, fail)
    expected = StoredPosteriorError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        plain_fit.save(path)
    if expected is StoredPosteriorError:
        assert "fit.nc cannot be written: No space left" in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["fit.nc"]
    assert path.read_bytes() == b"old"


def test_places_that_cannot_be_written(plain_fit: Fit, tmp_path: Path) -> None:
    with pytest.raises(StoredPosteriorError, match="there is no folder"):
        plain_fit.save(tmp_path / "missing" / "fit.nc")
    with pytest.raises(StoredPosteriorError, match="is a folder"):
        plain_fit.save(tmp_path)


def test_a_file_that_was_edited_is_refused(tree: xr.DataTree, tmp_path: Path) -> None:
    path = netcdf.write(tree, tmp_path / "fit.nc")
    assert DIGEST not in netcdf.read(path, require_whole).attrs
    with h5py.File(path, "r+") as file:
        file["posterior/E"][0, 0] += 1e-9
    with pytest.raises(StoredPosteriorError, match="does not match its digest"):
        netcdf.read(path, require_whole)
    netcdf.write(tree, path)
    with h5py.File(path, "r+") as file:
        file.attrs["bayescale_random_seed"] = "7777"
    with pytest.raises(StoredPosteriorError, match="does not match its digest"):
        netcdf.read(path, require_whole)


def test_a_file_without_a_digest_opens_with_a_note(tree: xr.DataTree, tmp_path: Path) -> None:
    path = netcdf.write(tree, tmp_path / "fit.nc")
    with h5py.File(path, "r+") as file:
        del file.attrs[DIGEST]
    read = netcdf.read(path, require_whole)
    assert fact(read, "notes")[-1] == UNVERIFIED
    again = netcdf.read(netcdf.write(read, tmp_path / "again.nc"), require_whole)
    assert fact(again, "notes") == fact(read, "notes")


def test_equal_trees_are_equal_bytes(tree: xr.DataTree) -> None:
    content = netcdf.to_bytes(tree)
    assert netcdf.to_bytes(tree) == content
    assert netcdf.to_bytes(netcdf.from_bytes(content)) == content


def test_bits_of_nan_and_names_of_units_come_back(tree: xr.DataTree, tmp_path: Path) -> None:
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000], dtype=np.uint64).view(np.float64)
    other = tree.copy()
    other["odd"] = xr.Dataset({"odd": ("value", odd), "wait": ("value", np.array([1.0, 2.0]), {"units": "seconds"})})
    back = netcdf.read(netcdf.write(other, tmp_path / "fit.nc"), require_whole)["odd"]
    assert back["odd"].to_numpy().tobytes() == odd.tobytes()
    assert (back["wait"].dtype, back["wait"].attrs) == (np.dtype(np.float64), {"units": "seconds"})


def test_order_and_text_of_any_width_come_back(tree: xr.DataTree) -> None:
    wide = xr.Dataset(
        {"z": ("law", np.array(["b", "aa"], dtype="<U40")), "a": ("law", np.array(["", "é"], dtype=object))}
    )
    other = xr.DataTree.from_dict({"/": tree.to_dataset(), "/z": wide, "/a": wide[["a"]]})
    back = netcdf.from_bytes(netcdf.to_bytes(other))
    assert list(back.children) == ["z", "a"]
    assert {name: v.dtype.str for name, v in back["z"].variables.items()} == {"z": "<U2", "a": "<U1"}
    assert list(back["z"].data_vars) == ["z", "a"]
    assert content_digest(back) == content_digest(other)


@pytest.mark.parametrize("value", [True, None, [1], {"a": 1}])
def test_attributes_that_would_not_come_back_are_refused(tree: xr.DataTree, value: object) -> None:
    other = tree.copy()
    other.attrs = {**tree.attrs, "odd": value}
    with pytest.raises(StoredPosteriorError, match=r"attribute 'odd' of '/' is .*attributes are texts and numbers"):
        netcdf.to_bytes(other)


def test_objects_that_are_no_text_are_refused(tree: xr.DataTree) -> None:
    other = tree.copy()
    other["odd"] = xr.Dataset({"odd": ("value", np.array([1, "a"], dtype=object))})
    with pytest.raises(StoredPosteriorError, match="objects that are no text"):
        netcdf.to_bytes(other)
