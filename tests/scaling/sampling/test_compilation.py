"""Test compiled densities: shared by layouts, gradients against finite differences, and points of variables."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.data.reading import read_runs
from bayescale.errors import LawError
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.priors.prior_files import default_table
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


def test_the_density_takes_points_and_rows_of_any_memory() -> None:
    """Points that are read-only, strided or of another byte order; rows in Fortran order."""
    design = design_of()
    density, data = density_of(design), pack_data(design, default_centring(design))
    point = starting_point(design, density)
    value, gradient = density(point, data)
    read_only = point.copy()
    read_only.flags.writeable = False
    strided = np.repeat(point, 2)[::2]
    swapped = point.astype(">f8")
    rows = {**data, "rows": np.asfortranarray(data["rows"])}
    for there, table in ((read_only, data), (strided, data), (swapped, data), (point, rows)):
        other_value, other_gradient = density(there, table)
        assert other_value == value
        np.testing.assert_array_equal(other_gradient, gradient)
