"""Imports that are put off."""

import subprocess
import sys
import types
from pathlib import Path

import pytest

from bayescale.core.deferred import deferred
from tests.golden import FOLDER


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package, and one that imports it at once."""
    (tmp_path / "late_package.py").write_text("VALUE = 3\n")
    (tmp_path / "early_package.py").write_text("import late_package\n\ndef value():\n    return late_package.VALUE\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("late_package", "early_package"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "late_package"


def test_a_package_is_loaded_at_first_use(package: str) -> None:
    with deferred(package):
        import early_package  # type: ignore[import-not-found]
    assert package not in sys.modules
    assert early_package.value() == 3
    assert sys.modules[package].VALUE == 3


def test_a_loaded_package_stays(package: str) -> None:
    loaded = types.ModuleType(package)
    sys.modules[package] = loaded
    with deferred(package):
        assert sys.modules[package] is loaded
    assert sys.modules[package] is loaded


def test_a_failure_leaves_no_placeholder(package: str) -> None:
    with pytest.raises(ZeroDivisionError), deferred(package):
        raise ZeroDivisionError
    assert package not in sys.modules


def test_a_missing_name_is_an_attribute_error(package: str) -> None:
    with deferred(package):
        import early_package
    with pytest.raises(AttributeError, match="missing"):
        _ = early_package.late_package.missing


def test_the_sampler_does_not_load_plots() -> None:
    code = (
        "import sys\nfrom bayescale.core.deferred import deferred\n"
        "with deferred('arviz'):\n    import nutpie\n"
        "print([name for name in ('arviz', 'arviz_plots', 'matplotlib') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def with_dask() -> list[str]:
    """What a process prints that reads a posterior, then makes arrays of Dask."""
    pytest.importorskip("dask.array")
    code = f"""
import sys, bayescale, xarray
bayescale.load({str(FOLDER / "plain.nc")!r})
print("dask.array" in sys.modules)
import dask.array as da
whole = xarray.DataArray(da.ones((4, 2), chunks=(2, 2)))
masked = xarray.DataArray(da.ma.masked_array(da.ones(4), [0, 1, 0, 1]))
print(whole.chunks, float((whole + 1).sum()), int(masked.isnull().sum()), "dask.array<" in repr(whole))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_reading_a_posterior_does_not_load_dask(with_dask: list[str]) -> None:
    assert with_dask[0] == "False"


def test_arrays_of_dask_are_recognised_afterwards(with_dask: list[str]) -> None:
    assert with_dask[1] == "((2, 2), (2,)) 16.0 2 True"
