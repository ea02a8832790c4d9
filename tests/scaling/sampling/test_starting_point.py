"""Test the point that searches for modes start from: medians of the priors, and a finite density."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.data.reading import read_runs
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.sampling.compilation import Density, density_of
from bayescale.scaling.sampling.reparametrization import inverse
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.registry import law
from tests.conftest import TRUTH, MadeUp, simulated_runs
from tests.scaling.model.law_cases import LINEAR, PENALTY, SIGMOID
from tests.scaling.model.law_cases import design_of as design_of_case


def design_of(entry: Law, families: str = "ab", discrepancy: bool = False) -> Design:
    runs = read_runs(simulated_runs({name: TRUTH[name] for name in families}))
    return make_design(runs, Spec(entry, discrepancy=discrepancy))


def blocks_of(design: Design, made_up: MadeUp) -> Density:
    """Places of the variables in a point, without compiled code."""
    blocks, start = {}, 0
    for name, value in made_up(design).values.items():
        if size := value[0, 0].size:
            blocks[name] = slice(start, start + size), value.shape[2:]
            start += size
    return Density(None, blocks, start)  # type: ignore[arg-type]


def functions_at_start(design: Design, made_up: MadeUp) -> Functions:
    density = blocks_of(design, made_up)
    values = density.unpack(starting_point(design, density)[None, None])
    return from_draws(design, inverse(design, values, default_centring(design)))[0]


@pytest.mark.parametrize("families", ["a", "ab"])
def test_parameters_are_the_medians_of_their_priors(made_up: MadeUp, families: str) -> None:
    entry = replace(law("chinchilla"), priors={"alpha": lognormal(0.43, 0.2)})
    design = design_of(entry, families)
    functions = functions_at_start(design, made_up)
    np.testing.assert_allclose(functions.natural["alpha"], 0.43, rtol=1e-9)
    np.testing.assert_allclose(functions.natural["beta"], entry.prior("beta").quantile(0.5), rtol=1e-9)
    np.testing.assert_allclose(functions.natural["E"][0, 0] / design.min_loss, entry.prior("E").quantile(0.5))


@pytest.mark.parametrize("entry", [SIGMOID, PENALTY, LINEAR], ids=lambda entry: entry.name)
def test_parameters_of_formulas_are_the_medians_of_their_priors(made_up: MadeUp, entry: Law) -> None:
    functions = functions_at_start(design_of_case(entry), made_up)
    for name in entry.shapes:
        np.testing.assert_allclose(functions.natural[name], entry.prior(name).quantile(0.5), atol=1e-12, err_msg=name)


def test_noise_is_wide_with_seven_degrees_of_freedom(made_up: MadeUp) -> None:
    noise = functions_at_start(design_of(law("chinchilla")), made_up).noise
    assert noise["noise_floor"] == pytest.approx(0.03)
    assert noise["noise_slope"] == pytest.approx(0.03)
    assert noise["noise_df"] == pytest.approx(7)


def test_scale_of_the_discrepancy_is_the_median_of_its_prior(made_up: MadeUp) -> None:
    design = design_of(law("joint"), discrepancy=True)
    functions = functions_at_start(design, made_up)
    assert functions.scale == pytest.approx(design.spec.priors["discrepancy_scale"].quantile(0.5))
    assert functions.weights is not None
    assert not functions.weights.any()


def test_density_and_gradient_are_finite() -> None:
    design = design_of(law("chinchilla"))
    density = density_of(design)
    value, gradient = density(starting_point(design, density), pack_data(design, default_centring(design)))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
