"""Test draws as functions of inputs and family against the law's formula."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import bayescale as bs
from bayescale.data.reading import read_runs
from bayescale.scaling.model.design import make_design
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior_tree import variables_from_tree
from bayescale.scaling.predict.draws import Functions, centre_of, from_draws
from bayescale.scaling_laws.law import Law
from tests.conftest import MadeUp, simulated_runs
from tests.golden import golden
from tests.scaling.model.law_cases import LINEAR, PENALTY, SIGMOID, design_of

type Array = NDArray[np.float64]

POINTS = np.log([[1e8, 2e9], [3e8, 8e9], [7e10, 2e12]])
FAMILY = np.array([0, 1, 1])


@pytest.fixture(scope="module")
def joint() -> Functions:
    """The golden posterior of the joint law with a discrepancy."""
    return golden("joint").posterior.functions


@pytest.fixture(scope="module")
def plain() -> Functions:
    """The golden posterior of the Chinchilla law without a discrepancy."""
    return golden("plain").posterior.functions


def test_law_response_is_the_log_of_the_formula(plain: Functions) -> None:
    size, tokens = np.exp(POINTS).T
    E, A, B, alpha, beta = (plain.natural[name][..., FAMILY] for name in ("E", "A", "B", "alpha", "beta"))
    expected = np.log(E + A / size**alpha + B / tokens**beta)
    np.testing.assert_allclose(plain.law_response(POINTS, FAMILY), expected, rtol=1e-10)


def test_noise_grows_with_the_reducible_loss_from_the_centre(plain: Functions) -> None:
    size, tokens = np.exp(POINTS).T
    A, B, alpha, beta = (plain.natural[name][..., FAMILY] for name in ("A", "B", "alpha", "beta"))
    floor, slope, growth = (plain.noise[f"noise_{name}"][..., None] for name in ("floor", "slope", "growth"))
    centre = np.exp(plain.design.log_inputs.mean(axis=0))
    relative = (A / size**alpha + B / tokens**beta) / (A / centre[0] ** alpha + B / centre[1] ** beta)
    assert relative.min() > 1e-3
    expected = floor**2 + (slope * relative**growth) ** 2
    np.testing.assert_allclose(plain.noise_variance(POINTS, FAMILY), expected, rtol=1e-6)


def test_noise_and_effects_of_runs_are_in_the_unit_of_their_family(plain: Functions) -> None:
    scale = np.broadcast_to([2.0, 0.5, 1.0], plain.reducible.shape)
    noise = {**plain.noise, "noise_run": np.full(plain.draws, 0.03)}
    shared, scaled = replace(plain, noise=noise), replace(plain, noise=noise, noise_scale=scale)
    times = np.array([4.0, 0.25, 0.25])
    variance = plain.noise_variance(POINTS, FAMILY)
    np.testing.assert_allclose(scaled.noise_variance(POINTS, FAMILY), times * variance)
    of_run = scaled.run_variance(times * variance, FAMILY)
    np.testing.assert_allclose(of_run, times * shared.run_variance(variance, FAMILY))


def test_points_of_one_family_are_evaluated_as_those_of_several(joint: Functions) -> None:
    separate = joint.law_and_noise(POINTS[1:], FAMILY[1:])
    together = joint.law_and_noise(POINTS, FAMILY)
    for alone, mixed in zip(separate, together, strict=True):
        np.testing.assert_allclose(alone, mixed[..., 1:], rtol=1e-12)


def test_residuals_are_measurements_less_law_and_discrepancy(joint: Functions) -> None:
    design, rows = joint.design, np.array([3, 40])
    loss = np.exp(design.scaled_response[rows])
    log_law = joint.law_response(design.log_inputs[rows], design.family[rows])
    discrepancy = joint.spanned(design.log_inputs[rows], design.family[rows])
    residual, variance = joint.at_data(rows)
    assert np.abs(discrepancy).max() > 1e-4
    np.testing.assert_allclose(np.exp(log_law + discrepancy + residual), np.broadcast_to(loss, residual.shape))
    np.testing.assert_array_equal(residual, joint.at_data()[0][..., rows])
    np.testing.assert_array_equal(variance, joint.at_data()[1][..., rows])
    assert np.sqrt(np.mean(residual**2 / variance)) < 2  # the posterior describes its data


def test_draws_of_chains_are_those_of_the_whole(joint: Functions) -> None:
    parts = list(joint.by_chain())
    assert [part.draws for part in parts] == [(1, joint.draws[1])] * joint.draws[0]
    np.testing.assert_array_equal(np.concatenate([part.scale for part in parts]), joint.scale)
    for evaluate in (Functions.law_response, Functions.noise_variance, Functions.spanned):
        np.testing.assert_array_equal(
            np.concatenate([evaluate(part, POINTS, FAMILY) for part in parts]), evaluate(joint, POINTS, FAMILY)
        )


def test_discrepancy_is_zero_without_a_basis(plain: Functions) -> None:
    np.testing.assert_array_equal(plain.spanned(POINTS, FAMILY), np.zeros((*plain.draws, 3)))


@pytest.mark.parametrize("entry", [SIGMOID, PENALTY, LINEAR], ids=lambda entry: entry.name)
def test_response_of_laws_on_other_scales_is_that_of_the_law(made_up: MadeUp, entry: Law) -> None:
    design = design_of(entry, discrepancy=False)
    functions, _ = from_draws(design, made_up(design).values)
    response = design.natural(functions.law_response(design.log_inputs, design.family))
    expected = entry.predict(design.inputs, {name: v[..., design.family] for name, v in functions.natural.items()})
    np.testing.assert_allclose(response, expected, rtol=1e-8)


def test_negative_floor_gives_a_finite_logarithm(plain: Functions) -> None:
    below = replace(plain, natural={**plain.natural, "E": np.full_like(plain.natural["E"], -1.0)})
    far = np.log([[1e30, 1e30]])
    assert np.isfinite(below.law_response(far, np.zeros(1, dtype=np.int64))).all()


def test_centre_is_the_geometric_mean_of_the_inputs() -> None:
    table = simulated_runs()
    centre = centre_of(make_design(read_runs(table), Spec(bs.law("chinchilla"))))
    expected = {name: np.exp(np.log(table[name]).mean()) for name in ("n_params", "n_tokens")}
    assert centre == pytest.approx(expected)


def test_coordinate_of_the_floor_is_the_logit_of_its_share_of_the_least_loss(plain: Functions) -> None:
    design = plain.design
    functions, coordinates = from_draws(design, variables_from_tree(golden("plain").tree, design))
    share = functions.natural["E"] / design.min_loss
    inside = (share > 0.05) & (share < 0.95)  # it is continued linearly beyond
    assert inside.mean() > 0.9
    np.testing.assert_allclose(coordinates["E"][inside], np.log(share / (1 - share))[inside], rtol=1e-9)
