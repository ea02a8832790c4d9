"""Test the two arrays of the compiled model: rows, and constants that hold priors and the centre of the data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.data.reading import read_runs
from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.model_data import LARGEST_STEP, LEADING_COLUMNS, constants, pack_data
from bayescale.scaling.model.spec import Spec
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.priors.prior_files import default_table
from tests.simulation import TRUTH, simulated_runs


def design_of(families: str = "ab", discrepancy: bool = True, **spec: object) -> Design:
    runs = read_runs(simulated_runs({name: TRUTH[name] for name in families}))
    return make_design(runs, Spec(bs.law("chinchilla"), discrepancy=discrepancy, **spec))  # type: ignore[arg-type]


def test_rows_hold_response_family_run_step_and_inputs() -> None:
    table = pd.DataFrame(
        {
            "family": "x",
            "run": ["a", "a", "b"],
            "n_params": [1e9, 1e9, 1e8],
            "n_tokens": [1e9, 2e9, 1e9],
            "loss": [3.0, 2.8, 4.0],
        }
    )
    design = make_design(read_runs(table), Spec(bs.law("chinchilla"), discrepancy=False))
    expected = [
        [np.log(3.0), 0, 0, LARGEST_STEP, np.log(1e9), np.log(1e9)],
        [np.log(2.8), 0, 0, np.log(2), np.log(1e9), np.log(2e9)],
        [np.log(4.0), 0, 1, LARGEST_STEP, np.log(1e8), np.log(1e9)],
    ]
    np.testing.assert_allclose(pack_data(design, default_centring(design))["rows"], expected, rtol=1e-12)


def test_rows_end_in_rotated_functions_of_the_discrepancy_and_the_projector() -> None:
    design = design_of()
    size, rng = design.layout.n_basis, np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((size, size)))[0]
    projector = rng.standard_normal((50, size))
    rows = pack_data(design, replace(default_centring(design), turn=turn, projector=projector))["rows"]
    assert design.basis is not None
    functions = design.basis.features(design.log_inputs, design.family)
    start = LEADING_COLUMNS + 2
    assert rows.shape == (50, start + 2 * size)
    np.testing.assert_allclose(rows[:, start : start + size] @ turn.T, functions, atol=1e-12)
    np.testing.assert_array_equal(rows[:, start + size :], projector)


def test_constants_are_flat_in_their_order() -> None:
    design = design_of()
    layout = design.layout
    centring = replace(
        default_centring(design),
        members=np.arange(8.0).reshape(4, 2),
        term_weights=np.full((2, 2), 0.6),
        population_weights=np.full(2, 0.7),
        weights=np.full(layout.n_basis, 0.3),
    )
    flat = pack_data(replace(design, basis=None), centring)["constants"]
    centres = [*design.centre, *design.family_centres.T.ravel()]
    np.testing.assert_allclose(flat[:12], [2.0, 50.0, *design.min_loss, 1.0, 1.0, *centres])
    slopes = [0.6] * 4 + [0.7] * 2
    np.testing.assert_array_equal(flat[-14 - layout.n_basis : -layout.n_basis], [*np.arange(8.0), *slopes])
    np.testing.assert_array_equal(flat[-layout.n_basis :], 0.3)


def test_priors_are_those_of_law_and_spec() -> None:
    firm = replace(bs.law("chinchilla"), priors={"alpha": lognormal(0.4, 0.07)})
    runs = read_runs(simulated_runs())
    priors = default_table().with_priors({"discrepancy_scale": lognormal(0.05, 0.9)})
    design = make_design(runs, Spec(firm, noise="constant", priors=priors))
    parts = constants(design, default_centring(design))
    place = design.layout.population.index("alpha")
    np.testing.assert_allclose(parts["population"][place], [np.log(0.4), 0.07])
    np.testing.assert_allclose(parts["discrepancy"], [np.log(0.05), 0.9])
    np.testing.assert_allclose(parts["noise"], [[np.log(0.01), 1.0], [np.log(4.0), 0.8]])  # floor, df - 2
    assert parts["free"].shape == (0, 2)


def test_prior_of_a_single_family_is_as_wide_as_population_and_families_together() -> None:
    single, both = design_of("a", discrepancy=False), design_of("ab", discrepancy=False)
    free = constants(single, default_centring(single))["free"]
    population, spread = (constants(both, default_centring(both))[name] for name in ("population", "spread"))
    np.testing.assert_allclose(free[:, 0], population[:, 0])
    np.testing.assert_allclose(free[:, 1], np.hypot(population[:, 1], np.exp(spread[:, 0])))


@pytest.mark.parametrize("families", ["a", "ab"])
def test_parameter_that_is_free_by_request_has_its_own_prior_alone(families: str) -> None:
    design = design_of(families, discrepancy=False, pooling={"alpha": "free"})
    parts = constants(design, default_centring(design))
    prior = bs.law("chinchilla").prior("alpha")
    place = design.layout.free.index("alpha")
    np.testing.assert_allclose(parts["free"][place], [prior.location, prior.spread])
