"""The public names: all there, typed, and free until asked for."""

import importlib
import subprocess
import sys
import time

import pytest

import bayescale

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
