"""The compiled model and what NumPy computes over draws agree, for laws of every form."""

import dataclasses
from typing import Any

import numpy as np
import pytest

import bayescale as bs
from bayescale.data.reading import read_runs
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.pymc_model import build_model
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.predict.log_likelihood import log_likelihood
from bayescale.scaling.sampling.compilation import density_of
from bayescale.scaling.sampling.reparametrization import inverse
from bayescale.scaling.sampling.starting_point import starting_point
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.registry import law
from tests.conftest import simulated_runs
from tests.scaling.model.law_cases import LINEAR, PENALTY, SIGMOID, design_of, runs_of


@pytest.mark.parametrize(
    "entry", [SIGMOID, LINEAR, pytest.param(PENALTY, marks=pytest.mark.slow)], ids=lambda entry: entry.name
)
def test_likelihood_over_draws_is_that_of_the_compiled_model(entry: Law) -> None:
    design = design_of(entry)
    density, centring = density_of(design), default_centring(design)
    data = pack_data(design, centring)
    rng = np.random.default_rng(5)
    points = starting_point(design, density) + 0.05 * rng.standard_normal((1, 5, density.size))
    values: Any = inverse(design, density.unpack(points), centring)
    moved = data["rows"].copy()
    moved[:, 0] += 0.03 * np.sin(np.arange(len(moved)))
    other = dataclasses.replace(design, scaled_response=moved[:, 0])
    expected = [density(p, data | {"rows": moved})[0] - density(p, data)[0] for p in points[0]]
    numpy = [log_likelihood(from_draws(each, values)[0]).sum(axis=-1)[0] for each in (design, other)]
    np.testing.assert_allclose(numpy[1] - numpy[0], expected, rtol=1e-8, atol=1e-7)


def test_a_custom_law_is_recovered_on_its_own_scale() -> None:
    fitted = bs.fit(runs_of(SIGMOID), law=SIGMOID, discrepancy=False, noise="constant", random_seed=1)
    summary = fitted.summary().set_index(["parameter", "family"])
    low, high = summary.loc[("b", "x"), ["lower", "upper"]]
    assert low < 0.3 < high
    assert high - low < 0.02  # the prior's own interval is .4 wide
    forecast = fitted.forecast([{"family": "x", "n_params": 1e14, "mantissa_bits": 0.0}]).table
    assert 0.9 < forecast["run_lower"][0] < forecast["run_upper"][0] < 1.0


def test_random_variables_have_the_documented_names() -> None:
    design = make_design(read_runs(simulated_runs()), Spec(law("joint")))
    model = build_model(design, default_centring(design))
    names = {variable.name for variable in model.free_RVs}
    assert names == {"population", "log_spread", "member", "level", "noise", "log_discrepancy", "weight"}
    alone = make_design(
        read_runs(simulated_runs({"a": {"E": 1.7, "A": 4e2, "alpha": 0.34, "B": 4e2, "beta": 0.3}})), Spec(law("joint"))
    )
    names = {variable.name for variable in build_model(alone, default_centring(alone)).free_RVs}
    assert names == {"population", "free", "level", "noise", "log_discrepancy", "weight"}  # q is shared
