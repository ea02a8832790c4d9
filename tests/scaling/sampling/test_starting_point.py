"""Test the point that searches for modes start from: medians of the priors, and a finite density."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.data.runs import read_runs
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.reparametrization import inverse
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.registry import law
from tests.scaling.model.law_cases import LINEAR, PENALTY, SIGMOID
from tests.scaling.model.law_cases import design_of as design_of_case
from tests.simulation import TRUTH, simulated_runs


def design_of(entry: Law, families: str = "ab", discrepancy: bool = False) -> Design:
    runs = read_runs(simulated_runs({name: TRUTH[name] for name in families}))
    return make_design(runs, Spec(entry, discrepancy=discrepancy))


def functions_at_start(design: Design) -> Functions:
    density = density_of(design)
    values = density.unpack(starting_point(design, density)[None, None])
    return from_draws(design, inverse(design, values, default_centring(design)))[0]


@pytest.mark.parametrize("families", ["a", "ab"])
def test_parameters_are_the_medians_of_their_priors(families: str) -> None:
    entry = replace(law("chinchilla"), priors={"alpha": lognormal(0.43, 0.2)})
    design = design_of(entry, families)
    functions = functions_at_start(design)
    np.testing.assert_allclose(functions.natural["alpha"], 0.43, rtol=1e-9)
    np.testing.assert_allclose(functions.natural["beta"], entry.prior("beta").quantile(0.5), rtol=1e-9)
    np.testing.assert_allclose(functions.natural["E"][0, 0] / design.min_loss, entry.prior("E").quantile(0.5))


def test_noise_is_wide_with_seven_degrees_of_freedom() -> None:
    noise = functions_at_start(design_of(law("chinchilla"))).noise
    assert noise["noise_floor"] == pytest.approx(0.03)
    assert noise["noise_slope"] == pytest.approx(0.03)
    assert noise["noise_df"] == pytest.approx(7)


def test_scale_of_the_discrepancy_is_the_median_of_its_prior() -> None:
    design = design_of(law("chinchilla"), discrepancy=True)
    functions = functions_at_start(design)
    assert functions.scale == pytest.approx(design.spec.discrepancy_scale.quantile(0.5))
    assert functions.weights is not None
    assert not functions.weights.any()


@pytest.mark.parametrize("entry", [SIGMOID, PENALTY, LINEAR], ids=lambda entry: entry.name)
def test_density_and_gradient_are_finite(entry: Law) -> None:
    design = design_of_case(entry)
    density = density_of(design)
    value, gradient = density(starting_point(design, density), pack_data(design, default_centring(design)))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
