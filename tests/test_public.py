"""The public names: all there, typed, and free until asked for."""

import importlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bayescale
from bayescale.scaling.result import Fit

EXPECTED = {
    "fit",
    "load",
    "read_runs",
    "Runs",
    "law",
    "laws",
    "Law",
    "Fit",
    "Prior",
    "lognormal",
    "logitnormal",
    "normal",
}
GRAMMAR = {"floor", "power", "scaled_power", "joined"}
ERRORS = {"BayescaleError", "InputError", "LawError", "ChecksFailed", "StoredPosteriorError"}


def test_names() -> None:
    assert set(bayescale.__all__) >= EXPECTED | GRAMMAR | ERRORS | {"__version__"}
    assert set(bayescale.__all__) <= set(dir(bayescale))
    for name in bayescale.__all__:
        assert getattr(bayescale, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        bayescale.nothing  # noqa: B018


def test_laws_is_callable_whatever_was_imported_before() -> None:
    module = importlib.import_module("bayescale.scaling_laws.registry")
    assert "chinchilla" in bayescale.laws().index
    assert module.law("L1") == bayescale.law("L1")


def test_a_law_is_written_with_public_names() -> None:
    law = bayescale.Law("mine", bayescale.floor("E") + bayescale.power("A", "alpha", "n_params"))
    assert law.predict({"n_params": 1e9}, {"E": 1.7, "A": 400.0, "alpha": 0.34}) > 1.7


def test_import_costs_nothing() -> None:
    code = "import sys, bayescale; assert not {'numpy', 'pandas', 'xarray'} & set(sys.modules)"
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert time.perf_counter() - start < 3  # the interpreter's own start on a busy machine


def test_loading_needs_no_sampler(plain_fit: Fit, tmp_path: Path) -> None:
    path = tmp_path / "fit.nc"
    plain_fit.save(path)
    code = (
        "import sys, bayescale as bs\n"
        f"fit = bs.load({str(path)!r})\n"
        "fit.forecast([{'n_params': 1e9, 'n_tokens': 1e10}])\n"
        "assert not {'pymc', 'pytensor', 'nutpie', 'numba'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
