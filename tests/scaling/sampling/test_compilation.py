"""Test compiled densities: shared by layouts, gradients against finite differences, and points of variables."""

import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayescale.data.runs import read_runs
from bayescale.errors import LawError
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling.compilation import deferred, density_of
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.prior_files import default_table
from bayescale.scaling_laws.registry import law
from bayescale.scaling_laws.terms import floor, term
from tests.simulation import simulated_runs


def design_of(discrepancy: bool = True) -> Design:
    name = "joint" if discrepancy else "chinchilla"
    return make_design(read_runs(simulated_runs()), Spec(law(name), discrepancy=discrepancy))


def test_priors_and_settings_are_data_of_shared_compiled_code() -> None:
    runs = read_runs(simulated_runs())
    tight = replace(law("joint"), priors={"alpha": lognormal(0.3, 0.05)})
    usual = make_design(runs, Spec(law("joint")))
    loose = default_table().with_priors({"discrepancy_scale": lognormal(0.05, 1)})
    changed = {
        "other priors": Spec(tight),
        "other discrepancy": Spec(law("joint"), priors=loose),
    }
    for name, spec in changed.items():
        other = make_design(runs, spec)
        assert density_of(usual) is density_of(other), name
        data, usual_data = (pack_data(design, default_centring(design)) for design in (other, usual))
        assert not np.array_equal(data["constants"], usual_data["constants"]), name


@pytest.mark.parametrize("discrepancy", [False, True], ids=["law alone", "with discrepancy"])
def test_gradient_is_that_of_the_density(discrepancy: bool) -> None:
    design = design_of(discrepancy)
    density, data = density_of(design), pack_data(design, default_centring(design))
    rng = np.random.default_rng(0)
    point = starting_point(design, density) + 0.1 * rng.standard_normal(density.size)
    steps = 1e-5 * np.eye(density.size)
    measured = [(density(point + step, data)[0] - density(point - step, data)[0]) / 2e-5 for step in steps]
    np.testing.assert_allclose(density(point, data)[1], measured, rtol=1e-5, atol=1e-4)


def test_points_are_variables_end_to_end() -> None:
    density = density_of(design_of())
    points = np.arange(2.0 * density.size).reshape(2, -1)
    variables = density.unpack(points)
    assert variables["member"].shape == (2, 4, 2)  # A, B, alpha, beta of two families
    assert sum(value[0].size for value in variables.values()) == density.size
    np.testing.assert_array_equal(density.flatten({name: value[1] for name, value in variables.items()}), points[1])


@pytest.mark.parametrize("calls", [1, 64])
def test_a_formula_that_would_take_minutes_to_compile_is_refused(calls: int) -> None:
    terms = [f"saturating_share(a, n_params * {i + 1})" for i in range(calls)]
    while len(terms) > 1:  # nested no deeper than need be
        terms = [" + ".join(f"({part})" for part in terms[i : i + 2]) for i in range(0, len(terms), 2)]
    large = Law("large", floor("E") + term(terms[0].replace(" ", "")), priors={"a": lognormal(0.5, 0.5)})
    design = make_design(read_runs(simulated_runs()), Spec(large, discrepancy=False))
    if calls == 1:
        assert density_of(design).size > 0
    else:
        with pytest.raises(LawError, match=r"law 'large' has [0-9]+,[0-9]+ operations"):
            density_of(design)


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
        "import sys\nfrom bayescale.scaling.sampling.compilation import deferred\n"
        "with deferred('arviz'):\n    import nutpie\n"
        "print([name for name in ('arviz', 'arviz_plots', 'matplotlib') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
